"""A server of one worker whose application does what goes wrong as it is asked to, see `tests/broken.py`."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.servers import LOOPBACK, ROOT, START_SECONDS, Gunicorn, eventually


@contextmanager
def broken_server(folder: Path, settings: Mapping[str, str]) -> Iterator[Gunicorn]:
    """Run one for the length of a block."""
    running = Gunicorn(folder, settings)
    options = ["-c", str(ROOT / "gunicorn.conf.py"), "--workers=1", "--bind", f"{LOOPBACK}:{running.port}"]
    running.launch("gunicorn", *options, "tests.broken:app")
    try:
        eventually(running.answers, START_SECONDS)
        yield running
    finally:
        running.end()
