"""Indexed pages as Markdown documents, made of the blocks that their readers found.

A page whose address begins with one of MACHINES_EXCLUDE is none.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

from sqlalchemy import Result, Select, bindparam, select

from chatkit.config import settings
from chatkit.database.orm import db, table
from chatkit.search.models import Page, PassageRow, Source
from chatkit.search.passages import HEADING_SEPARATOR, read_blocks
from chatkit.search.scope import ENDING, ENDINGS, page_at
from chatkit.text.markdown import escape_markdown, plain_text

# So much of a page is fetched at once; a passage has at most 4,000.
PIECE_CHARACTERS = 16_000
WHOLE = re.compile(r"https?://", re.I)
MAX_LEVEL = 6


@dataclass(frozen=True)
class Document:
    """A page of the index; ``url`` is where its readers find it, whole."""

    id: int
    url: str
    title: str
    site: str
    version: str | None
    language: str | None
    content_hash: str
    indexed_at: datetime

    @property
    def heading(self) -> str:
        """Its title and where it is from, as Markdown."""
        return f"# {escape_markdown(self.title)}\n\nSource: {self.url}"


def find_by_address(address: str) -> Document | None:
    """Return the page of a path below `/pages/`, as ``markdown_path`` writes it without its ending."""
    stem = ENDING.sub("", f"/{address}", count=1)
    forms = [f"{scheme}{stem}{ending}" for scheme in ("https:/", "http:/", "") for ending in ENDINGS]
    rows = _rows(_PAGES.where(_PAGE.c.url.in_(bindparam("urls", expanding=True))), urls=forms)
    found = {row.url: row for row in rows}
    return next((_document(found[url]) for url in forms if url in found and not is_excluded(url)), None)


def find_by_url(url: str) -> Document | None:
    """Return the page at an address that is whole or a path."""
    ids = page_at(url).ids
    rows = _rows(_PAGES.where(_PAGE.c.id == bindparam("id")), id=ids[0]) if ids else []
    return next((_document(row) for row in rows if not is_excluded(row.url)), None)


def find_by_passage(stable_id: str) -> Document | None:
    """Return the page that a passage stands on."""
    by_passage = _PAGES.join(_PASSAGES, _PASSAGES.c.page_id == _PAGE.c.id)
    rows = _rows(by_passage.where(_PASSAGES.c.stable_id == bindparam("stable_id")), stable_id=stable_id)
    return next((_document(row) for row in rows if not is_excluded(row.url)), None)


def find_all(ids: Sequence[int]) -> list[Document]:
    """Return the pages with these ids, in this order."""
    found = {row.id: row for row in _rows(_PAGES.where(_PAGE.c.id.in_(bindparam("ids", expanding=True))), ids=ids)}
    return [_document(found[id_]) for id_ in ids if id_ in found]


def sections(document: Document) -> Iterator[str]:
    """Yield what stands below a page's title, a passage at a time, each with the headings that begin there."""
    shown, anchor = list[str](), ""
    found: Result[Any] = db.session.execute(_SECTIONS, {"page_id": document.id})
    for row in found.all():
        headings = row.heading.split(HEADING_SEPARATOR)
        pairs = enumerate(zip(headings, shown, strict=False))
        first = next((place for place, (new, old) in pairs if new != old), len(shown))
        # A passage goes on with the section before it, or begins another one, maybe of the same name.
        if row.anchor != anchor:
            first = min(first, len(headings) - 1)
        # The first heading is the page's title.
        first = max(first, 1)
        parts = [f"{'#' * min(level, MAX_LEVEL)} {escape_markdown(words)}" for level, words in enumerate(headings, 1)]
        shown, anchor = headings, row.anchor
        yield "\n\n".join([*parts[first:], *(block.markdown.rstrip() for block in read_blocks(row.blocks, row.body))])


def full_text(document: Document) -> str:
    """Return a page whole, as Markdown."""
    return "\n\n".join([document.heading, *sections(document)])


def pieces(parts: Iterable[str]) -> list[str]:
    """Return the sections of a page gathered into pieces, each as long as is fetched at once; at least one."""
    gathered = [""]
    for part in parts:
        if gathered[-1] and len(gathered[-1]) + len(part) > PIECE_CHARACTERS:
            gathered.append("")
        gathered[-1] += f"\n\n{part}" if gathered[-1] else part
    return gathered


def markdown_path(url: str) -> str:
    """Return the path at which this server has a page as Markdown: its address without scheme and ending."""
    parts = urlsplit(url)
    stem = ENDING.sub("", parts.path, count=1)
    address = f"{parts.netloc}{stem}" if parts.netloc else stem.lstrip("/")
    if not stem:
        address = f"{address}/index".lstrip("/")
    return f"/pages/{quote(f'{address}?{parts.query}' if parts.query else address, safe='/:@')}.md"


def markdown_url(url: str) -> str:
    """Return where this server has a page as Markdown."""
    return f"{settings().base_url}{markdown_path(url)}"


def whole_url(url: str) -> str:
    """Return where readers find a page; one that the index knows by its path alone is taken to be on this server."""
    return url if WHOLE.match(url) else f"{settings().base_url}{url}"


def is_excluded(url: str) -> bool:
    """Tell whether the owner keeps a page from programs."""
    excluded = settings().machines_exclude
    return bool(excluded) and (url.startswith(excluded) or urlsplit(url).path.startswith(excluded))


def _document(row: Any) -> Document:
    return Document(
        row.id,
        whole_url(row.url),
        plain_text(row.title),
        row.site,
        row.version,
        row.language,
        row.content_hash,
        row.indexed_at,
    )


def _rows(statement: Select[Any], **values: object) -> Sequence[Any]:
    found: Result[Any] = db.session.execute(statement, values)
    return found.all()


_PAGE, _PASSAGES, _SOURCES = table(Page), table(PassageRow), table(Source)
_COLUMNS = ("id", "url", "title", "version", "language", "content_hash", "indexed_at")
_PAGES = select(*(_PAGE.c[name] for name in _COLUMNS), _SOURCES.c.site).join_from(
    _PAGE, _SOURCES, _SOURCES.c.id == _PAGE.c.source_id
)
_SECTIONS = (
    select(*(_PASSAGES.c[name] for name in ("heading", "anchor", "body", "blocks")))
    .where(_PASSAGES.c.page_id == bindparam("page_id"))
    .order_by(_PASSAGES.c.position)
)
