"""A site as the real MkDocs builds it: each page's headings, read by a parser that ChatKit does not use."""

import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

from chatkit.content.mkdocs import MkDocs

HEADING = re.compile(r"h[1-6]")


@dataclass
class _Headings(HTMLParser):
    """Collects the ids of the headings inside the element whose role is main, in order."""

    found: list[str] = field(default_factory=list)
    main: str = ""
    depth: int = 0

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if self.depth and HEADING.fullmatch(tag):
            # One without an id is found at the one before it.
            self.found.append(named.get("id") or (self.found or [""])[-1])
        if named.get("role") == "main":
            self.main, self.depth = tag, 1
        elif self.depth:
            # Only the element's own kind is counted: pages hold tags that nobody closes.
            self.depth += tag == self.main

    def handle_endtag(self, tag: str) -> None:
        if self.depth:
            self.depth -= tag == self.main


def headings(folder: Path, settings: str = "") -> dict[str, list[str]]:
    """Build the site of a folder of pages and return each page's file with its headings' ids.

    The configuration is the one inside or beside ``folder``, or else MkDocs's defaults with the lines
    of ``settings``.
    """
    with tempfile.TemporaryDirectory(prefix="chatkit-mkdocs-") as temporary:
        near = (place / name for place in (folder, folder.parent) for name in MkDocs.configs)
        config = next((file for file in near if file.exists()), None)
        if config is None:
            config = Path(temporary) / "mkdocs.yml"
            pages = folder / "docs" if (folder / "docs").is_dir() else folder
            config.write_text(f"site_name: Checked\ndocs_dir: {pages.resolve()}\n{settings}\n")
        site = Path(temporary) / "site"
        command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "-f", str(config), "-d", str(site)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"MkDocs does not build this site:\n{done.stderr}")
        return {page.relative_to(site).as_posix(): _read(page) for page in sorted(site.rglob("*.html"))}


def file_at(address: str) -> str:
    """Return the file a web server shows at an address of the site."""
    return address if address.endswith(".html") else f"{address}index.html"


def _read(page: Path) -> list[str]:
    parser = _Headings()
    parser.feed(page.read_text(encoding="utf-8"))
    return parser.found
