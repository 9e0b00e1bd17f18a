"""Sitemaps: the pages that a site names itself, read also where they are not quite as they should be."""

import codecs
import re
import zlib
from contextlib import suppress
from dataclasses import dataclass, field
from xml.parsers import expat

MAX_SITEMAP_BYTES = 50_000_000
GZIP_MAGIC = b"\x1f\x8b"
BYTE_ORDER_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
ENCODING = re.compile(rb"<\?xml[^>]{1,200}?encoding=[\"']([\w.-]+)", re.I)
# A tag, or its beginning where it is broken; whatever is no tag, and what CDATA holds.
TOKEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<!\[CDATA\[(?P<data>.*?)(?:\]\]>|\Z)|<!doctype[^\[>]*(?:\[.*?(?:\]\s*>|\Z)|>|\Z)|<\?.*?(?:\?>|\Z)"
    r"|<(?P<closes>/?)(?:[\w.-]+:)?(?P<name>[\w.-]+)[^<>]*>?|(?P<text>[^<]+)|<",
    re.I | re.S,
)
# What every XML knows; other entities are what a sitemap declares, and mean nothing here.
ENTITY = re.compile(r"&(amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9a-f]{1,6});", re.I)
ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
ADDRESS = re.compile(r"https?://\S+", re.I)
# What has addresses of its own within that of a page.
MEDIA = {"image", "video"}


@dataclass
class Sitemap:
    """The addresses of pages and of further sitemaps, and what is wrong with it though it could be read."""

    pages: list[str] = field(default_factory=list)
    sitemaps: list[str] = field(default_factory=list)
    fault: str | None = None


def parse(content: bytes) -> Sitemap:
    """Return what a sitemap names, in XML or as plain text. Raises ``ValueError`` when it is no sitemap.

    No entity is expanded but those of XML itself, and nothing is fetched.
    """
    is_whole = True
    if content.startswith(GZIP_MAGIC):
        content, is_whole = _unpacked(content)
    text = _text(content)
    found = _in_xml(text, _xml_fault(content)) if "<" in text else _in_lines(text)
    if not (found.pages or found.sitemaps) and found.fault is not None:
        raise ValueError(f"it is no sitemap: {found.fault}")
    if not is_whole:
        found.fault = "what is packed is cut off"
    return found


def _text(content: bytes) -> str:
    """Return the text of a sitemap, whatever encoding it declares beside the one it is in."""
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if content.startswith(mark):
            return content.removeprefix(mark).decode(encoding, "replace")
    declared = ENCODING.search(content[:400])
    for encoding in ("utf-8", declared.group(1).decode("ascii") if declared else ""):
        with suppress(UnicodeDecodeError, LookupError):
            return content.decode(encoding)
    return content.decode("cp1252", "replace")


def _in_xml(text: str, fault: str | None) -> Sitemap:
    found, root, around = Sitemap(fault=fault), "", ""
    # The parts of the address that is being read.
    address: list[str] | None = None
    for token in TOKEN.finditer(text):
        name = (token["name"] or "").lower()
        if not name:
            if address is not None:
                address.append(token["data"] or _unescaped(token["text"] or ""))
            continue
        if address is not None and name == "loc" and token["closes"] and around not in MEDIA:
            is_map = (around or root) in {"sitemap", "sitemapindex"}
            (found.sitemaps if is_map else found.pages).append("".join(address).strip())
        # An address that another tag ends is none.
        address = [] if name == "loc" and not token["closes"] else None
        if name in {"urlset", "sitemapindex"}:
            root = root or name
        elif name in {"url", "sitemap"}:
            around = "" if token["closes"] else name
        elif name in MEDIA:
            around = "url" if token["closes"] else name
    return found if root else Sitemap(fault=fault or "it names no set of addresses")


def _in_lines(text: str) -> Sitemap:
    lines = list(filter(None, map(str.strip, text.splitlines())))
    pages = [line for line in lines if ADDRESS.fullmatch(line)]
    fault = f"{len(lines) - len(pages)} of its lines are no addresses" if len(pages) < len(lines) else None
    return Sitemap(pages, fault=fault or (None if pages else "it is empty"))


def _unescaped(text: str) -> str:
    return ENTITY.sub(_character, text)


def _character(entity: re.Match[str]) -> str:
    name = entity[1].lower()
    if not name.startswith("#"):
        return ENTITIES[name]
    number = int(name[2:], 16) if name.startswith("#x") else int(name[1:])
    return chr(number) if 0 < number < 0x110000 and not 0xD800 <= number < 0xE000 else entity[0]


def _xml_fault(content: bytes) -> str | None:
    """Return why a sitemap is no well-formed XML, or None when it is."""

    def refuse(*declared: object) -> None:
        # Entities can grow without end, and no sitemap needs them.
        raise ValueError("it declares a document type")

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        return str(error)
    return None


def _unpacked(content: bytes) -> tuple[bytes, bool]:
    """Return what is packed, as far as it is there, and whether all of it is."""
    parts, size = list[bytes](), 0
    while content.startswith(GZIP_MAGIC):
        unpacker = zlib.decompressobj(wbits=31)
        try:
            parts.append(unpacker.decompress(content, MAX_SITEMAP_BYTES - size))
        except zlib.error as error:
            raise ValueError(f"it cannot be unpacked: {error}") from None
        size += len(parts[-1])
        if unpacker.unconsumed_tail or (not unpacker.eof and size >= MAX_SITEMAP_BYTES):
            raise ValueError(f"it is larger than {MAX_SITEMAP_BYTES // 1_000_000} MB")
        if not unpacker.eof:
            return b"".join(parts), False
        content = unpacker.unused_data
    return b"".join(parts), True
