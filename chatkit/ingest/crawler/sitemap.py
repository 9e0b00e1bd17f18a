"""Sitemaps: the pages that a site names itself."""

import zlib
from xml.parsers import expat

MAX_SITEMAP_BYTES = 50_000_000
GZIP_MAGIC = b"\x1f\x8b"


def parse(content: bytes) -> tuple[list[str], list[str]]:
    """Return the addresses of pages and of further sitemaps. Raises ``ValueError`` when it is no sitemap."""
    if content.startswith(GZIP_MAGIC):
        content = _unpacked(content)
    pages, sitemaps, path, text = list[str](), list[str](), list[str](), list[str]()

    def start(name: str, attributes: dict[str, str]) -> None:
        path.append(name.rpartition(" ")[2])
        text.clear()

    def end(name: str) -> None:
        found = "".join(text).strip()
        if path[-2:] == ["url", "loc"]:
            pages.append(found)
        elif path[-2:] == ["sitemap", "loc"]:
            sitemaps.append(found)
        path.pop()

    def refuse(*declared: object) -> None:
        # Entities can grow without end, and no sitemap needs them.
        raise ValueError("it declares a document type")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = text.append
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise ValueError(f"it is no sitemap: {error}") from None
    return pages, sitemaps


def _unpacked(content: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        found = unpacker.decompress(content, MAX_SITEMAP_BYTES)
    except zlib.error as error:
        raise ValueError(f"it cannot be unpacked: {error}") from None
    if unpacker.unconsumed_tail:
        raise ValueError(f"it is larger than {MAX_SITEMAP_BYTES // 1_000_000} MB")
    return found
