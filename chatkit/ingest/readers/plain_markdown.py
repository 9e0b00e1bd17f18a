"""Plain Markdown, of no generator: the anchors that most generators make, and addresses without an ending."""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from chatkit.ingest.document import Document
from chatkit.ingest.readers import front_matter, markdown
from chatkit.ingest.readers.anchors import plain_slugger
from chatkit.ingest.readers.generator import MARKDOWN_SUFFIXES, Generator
from chatkit.ingest.readers.html.page import read_sections
from chatkit.ingest.readers.mdx import mdx_parser


class PlainMarkdown(Generator):
    """Pages that ChatKit itself could show."""

    name = "chatkit"
    has_relative_addresses = False

    def address(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str:
        """Return a page's address."""
        return page_slug(path)

    def linked_files(self, page: PurePosixPath, path: str) -> Iterator[str]:
        """Yield the files that the path of a link may name, which may be an address without its file's ending."""
        for place in super().linked_files(page, path):
            yield place
            if not place.endswith(MARKDOWN_SUFFIXES):
                stem = place.removesuffix(".html").rstrip("/")
                yield from (f"{stem}{end}{suffix}" for suffix in MARKDOWN_SUFFIXES for end in ("", "/index", "/README"))

    def parse(self, path: PurePosixPath, text: str) -> tuple[dict[str, Any], Document]:
        """Return a page's front matter, and the page; tags and imports in MDX are no text, whoever reads it."""
        metadata, body = self.split(text)
        if path.suffix.lower() != ".mdx":
            return metadata, markdown.parse(text, path.stem)
        sections = read_sections(markdown.to_html(mdx_parser(), body, plain_slugger()))
        return metadata, front_matter.document(metadata, sections, path.stem)


def page_slug(path: PurePosixPath) -> str:
    """Return a file's place in a site of plain Markdown: `a/index.md` is `a`, `a/b.md` is `a/b`."""
    place = str(path.parent if path.stem == "index" else path.with_suffix(""))
    return "" if place == "." else place
