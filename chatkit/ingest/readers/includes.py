"""Files that a page includes: read only within its site, and only as much as one page may hold."""

import stat
from pathlib import Path

# As much as is read of one file that is included.
MAX_BYTES = 1_000_000


def site_root(config: Path) -> Path:
    """Return the folder that a site's pages may include files of: its repository, or that of its configuration."""
    folder = config.resolve().parent
    return next((place for place in (folder, *folder.parents) if (place / ".git").exists()), folder)


def read_text(root: Path, file: Path, max_bytes: int = MAX_BYTES) -> str | None:
    """Return an included file, or None when it is none, lies outside of ``root``, is too large or no UTF-8."""
    try:
        place = file.resolve()
        if not place.is_relative_to(root.resolve()):
            return None
        status = place.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > max_bytes:
            return None
        return place.read_text(encoding="utf-8")
    except (OSError, ValueError, RuntimeError):
        return None
