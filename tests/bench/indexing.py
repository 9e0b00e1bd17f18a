"""Measure indexing on both databases: `python -m tests.bench.indexing [PAGES]`.

Each run is a process of its own; its peak is the memory that it and those it started hold together.
"""

import json
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import flask_migrate
import psutil  # type: ignore[import-untyped]

from chatkit import create_app
from chatkit.database.orm import db
from chatkit.ingest import service
from chatkit.ingest.folder import Folder
from chatkit.paths import DOCS
from tests import own_folder
from tests.factories import SECRET_KEY
from tests.servers import PostgreSQL

PAGES = 2_000
PAGE_CHARACTERS = 4_000
MIN_PAGES_PER_SECOND, MAX_MEGABYTES = 200, 250
GENERATORS = ("chatkit", "docusaurus", "mkdocs")
CHANGED = 20
SAMPLE_SECONDS = 0.1


def main() -> int:
    """Print the table; return 1 when indexing is slower or larger than it must be."""
    pages = int(sys.argv[1]) if len(sys.argv) > 1 else PAGES
    missed = 0
    with tempfile.TemporaryDirectory(prefix="indexing-", dir=own_folder.root()) as place:
        folder = Path(place) / "docs"
        characters = write_pages(folder, pages)
        print(f"{pages} pages of {characters / pages:,.0f} characters on average\n")
        print(f"{'database':<12}{'read as':<12}{'pages/s':>9}{'writing':>10}{'peak':>9}{'again':>9}{'1 % new':>9}")
        server = PostgreSQL()
        try:
            for generator in GENERATORS:
                for kind in ("sqlite", "postgresql"):
                    url = f"sqlite:///{place}/{generator}.db"
                    if kind == "postgresql":
                        server.create(generator)
                        url = server.url(generator)
                    missed += _measure(kind, url, folder, generator)
        finally:
            server.stop()
    return 1 if missed else 0


def write_pages(folder: Path, pages: int) -> int:
    """Write pages made of the sections of ChatKit's own documentation; return how many characters."""
    sections = [part for file in sorted(DOCS.glob("*.md")) for part in re.split(r"(?m)^(?=## )", file.read_text())[1:]]
    draw = random.Random(7)  # noqa: S311  (not a secret)
    total = 0
    for number in range(pages):
        text = f"# Page {number}\n\nThis is page {number} of {pages}.\n\n"
        while len(text) < PAGE_CHARACTERS:
            text += draw.choice(sections)
        file = folder / f"part-{number % 40}" / f"page-{number}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        total += len(text)
    return total


def _measure(kind: str, url: str, folder: Path, generator: str) -> bool:
    # Not as a module that is run: each process that reads pages would import that, and all of ChatKit with it.
    script = "import sys; from tests.bench.indexing import one; one(*sys.argv[1:])"
    command = [sys.executable, "-c", script, url, str(folder), generator]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, _megabytes(process.pid))
            time.sleep(SAMPLE_SECONDS)
        found = json.loads((process.communicate()[0] or "").splitlines()[-1])
    print(
        f"{kind:<12}{generator:<12}{found['rate']:>9.0f}{found['writing']:>8.1f} s{peak:>6.0f} MB"
        f"{found['again']:>7.1f} s{found['changed']:>7.1f} s",
        flush=True,
    )
    return bool(found["rate"] < MIN_PAGES_PER_SECOND or peak > MAX_MEGABYTES)


def _megabytes(pid: int) -> float:
    """Return what a process and its children hold, what they share counted once."""
    try:
        process = psutil.Process(pid)
        held = [one.memory_full_info().pss for one in [process, *process.children(recursive=True)]]
    except psutil.Error:
        return 0.0
    return float(sum(held)) / 1024**2


def one(url: str, place: str, generator: str) -> None:
    """Index a folder from nothing, again without a change, and again with a hundredth of it changed."""
    folder = Path(place)
    app = create_app({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": url, "LOG_LEVEL": "ERROR"})
    with app.app_context():
        flask_migrate.upgrade()
        first = service.index(Folder(folder, "/guide/", generator))
        again = service.index(Folder(folder, "/guide/", generator))
        files = sorted(folder.rglob("*.md"))
        for file in files[:: max(len(files) // CHANGED, 1)]:
            file.write_text(file.read_text(encoding="utf-8") + "\nOne sentence more.\n", encoding="utf-8")
        changed = service.index(Folder(folder, "/guide/", generator))
        db.session.remove()
        db.engine.dispose()
    found = {"rate": first.indexed / first.seconds, "writing": first.writing_seconds}
    print(json.dumps(found | {"again": again.seconds, "changed": changed.seconds}))


if __name__ == "__main__":
    sys.exit(main())
