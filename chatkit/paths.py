"""Where the files that travel with the code are: beside it in a checkout, inside the package in a wheel."""

from importlib.metadata import distribution
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_IN_CHECKOUT = (_PACKAGE.parent / "setup.cfg").exists()
_HOME = _PACKAGE.parent if _IN_CHECKOUT else _PACKAGE

MIGRATIONS = _HOME / "migrations"
DOCS = _HOME / "docs"


def gunicorn_conf() -> Path:
    """Return the server's configuration file."""
    if _IN_CHECKOUT:
        return _HOME / "gunicorn.conf.py"
    files = distribution("chatkit").files or []
    return Path(str(next(file.locate() for file in files if file.name == "gunicorn.conf.py")))
