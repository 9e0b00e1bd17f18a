"""A site as the real MkDocs builds it: each page's headings and words, read by a parser that ChatKit does not use."""

import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from chatkit.ingest.readers.mkdocs.generator import MkDocs

HEADING = re.compile(r"h[1-6]")


UNREAD = {"script", "style"}


@dataclass(frozen=True)
class Page:
    """A built page: the ids of its headings, in order, and its words without any space between them."""

    anchors: list[str]
    words: str


class _Main(HTMLParser):
    """Collects what stands inside the element whose role is main."""

    def __init__(self) -> None:
        super().__init__()
        self.anchors: list[str] = []
        self.text: list[str] = []
        self._main, self._depth, self._unread = "", 0, 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if self._depth and HEADING.fullmatch(tag):
            # One without an id is found at the one before it.
            self.anchors.append(named.get("id") or (self.anchors or [""])[-1])
        self._unread += tag in UNREAD
        if named.get("role") == "main":
            self._main, self._depth = tag, 1
        elif self._depth:
            # Only the element's own kind is counted: pages hold tags that nobody closes.
            self._depth += tag == self._main

    def handle_endtag(self, tag: str) -> None:
        self._unread -= tag in UNREAD
        if self._depth:
            self._depth -= tag == self._main

    def handle_data(self, data: str) -> None:
        if self._depth and not self._unread:
            self.text.append(data)


def headings(folder: Path, settings: str = "") -> dict[str, list[str]]:
    """Return the ids of each built page's headings; see ``pages``."""
    return {name: page.anchors for name, page in pages(folder, settings).items()}


def squeezed(text: str) -> str:
    """Return text without any space, as ``Page.words`` has it."""
    return "".join(text.split())


def pages(folder: Path, settings: str = "") -> dict[str, Page]:
    """Build the site of a folder of pages and return each page by its file.

    The configuration is the one inside or beside ``folder``, or else MkDocs's defaults with the lines
    of ``settings``.
    """
    with tempfile.TemporaryDirectory(prefix="chatkit-mkdocs-") as temporary:
        near = (place / name for place in (folder, folder.parent) for name in MkDocs.config_files)
        config = next((file for file in near if file.exists()), None)
        if config is None:
            config = Path(temporary) / "mkdocs.yml"
            docs = folder / "docs" if (folder / "docs").is_dir() else folder
            config.write_text(f"site_name: Checked\ndocs_dir: {docs.resolve()}\n{settings}\n")
        site = Path(temporary) / "site"
        command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "-f", str(config), "-d", str(site)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"MkDocs does not build this site:\n{done.stderr}")
        return {page.relative_to(site).as_posix(): _read(page) for page in sorted(site.rglob("*.html"))}


def file_at(address: str) -> str:
    """Return the file a web server shows at an address of the site."""
    return address if address.endswith(".html") else f"{address}index.html"


def _read(file: Path) -> Page:
    parser = _Main()
    parser.feed(file.read_text(encoding="utf-8"))
    return Page(parser.anchors, squeezed("".join(parser.text)))
