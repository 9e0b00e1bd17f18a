"""Writing the index: parsed pages wait on disk, and take the place of what is outdated in one transaction."""

import json
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import IO, Any

from sqlalchemy import delete, insert, select, update

from chatkit.database.orm import db, row_count, utcnow
from chatkit.ingest.chunking import Chunk
from chatkit.ingest.index_lock import IndexLock
from chatkit.ingest.outcomes import Parsed
from chatkit.ingest.page_source import VERSION_LENGTH, PageSource
from chatkit.search import catalog
from chatkit.search import index as search_index
from chatkit.search.models import Page, Source
from chatkit.text.analysis import index_terms
from chatkit.text.languages.registry import language_of

# ChatKit's own documentation, and pages indexed before the index knew sources: both give way to an owner's pages.
BUNDLED_DOCS, UNNAMED_SOURCE = "ChatKit's documentation", "pages indexed earlier"
PLACEHOLDER_SOURCES = (BUNDLED_DOCS, UNNAMED_SOURCE)
BATCH_SIZE = 200
TITLE_LENGTH, HEADING_LENGTH, REASON_LENGTH = 300, 600, 300


class PageSpool:
    """Keeps the rows of parsed pages in a file, so that memory holds a few pages at a time."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def add(self, page: Parsed) -> None:
        """Append a page."""
        self._file.write(json.dumps(_rows(page)) + "\n")

    def pages(self, paths: Container[str]) -> Iterator[dict[str, Any]]:
        """Yield the rows of the pages at ``paths``, each with the rows of its passages inside."""
        self._file.seek(0)
        for line in self._file:
            page = json.loads(line)
            if page["path"] in paths:
                yield page


def write(
    lock: IndexLock,
    source: PageSource,
    source_id: int | None,
    outdated: Sequence[int],
    pages: Iterable[dict[str, Any]],
    forget_validators: bool,
    options: Mapping[str, Any] | None,
) -> None:
    """Put the rows of ``pages`` in the place of the outdated ones, by their ids, and commit.

    ``source_id`` is the source's row, when it has been indexed before. ``forget_validators`` has every page of it
    fetched whole the next time; ``options`` is kept, see ``Source``. Raises ``ContentError`` when the lock was lost
    meanwhile.
    """
    lock.confirm()
    placeholders = delete(Source).where(Source.name.in_(PLACEHOLDER_SOURCES), Source.name != source.name)
    altered = bool(row_count(db.session.execute(placeholders)))
    now = utcnow()
    named = {"name": source.name, "base_url": source.base_url, "site": source.site, "generator": source.generator}
    values = named | {"reason": source.reason[:REASON_LENGTH], "options": options, "indexed_at": now}
    if source_id is None:
        source_id = db.session.execute(insert(Source).returning(Source.id), values).scalar_one()
    else:
        moved = select(Source.id).where(Source.id == source_id, Source.site != source.site)
        altered = altered or db.session.scalar(moved) is not None
        db.session.execute(update(Source).where(Source.id == source_id).values(values))
    # All that goes, goes first: a page may have the address, and passages the ids, that another had.
    for ids in _batches(outdated):
        db.session.execute(delete(Page).where(Page.id.in_(ids)))
        altered = True
    for batch in _batches(pages):
        passages = [page.pop("passages") for page in batch]
        added = insert(Page).values(source_id=source_id, indexed_at=now)
        page_ids = db.session.scalars(added.returning(Page.id, sort_by_parameter_order=True), batch).all()
        scopes = catalog.scope_ids(source_id, [(page["version"], page["language"]) for page in batch])
        rows = [
            {**row, "page_id": page_id, "scope_id": scopes[page["version"] or "", page["language"] or ""]}
            for page, page_id, own in zip(batch, page_ids, passages, strict=True)
            for row in own
        ]
        if rows:
            search_index.add(rows)
        altered = True
    if altered:
        search_index.refresh()
    if forget_validators:
        db.session.execute(update(Page).where(Page.source_id == source_id).values(etag=None, last_modified=None))
    db.session.commit()


def _rows(page: Parsed) -> dict[str, Any]:
    """Return a page's row, its passages' rows inside it."""
    return {
        "path": page.path,
        "url": page.url,
        "title": page.title[:TITLE_LENGTH],
        "version": page.version[:VERSION_LENGTH] if page.version else None,
        "language": page.language,
        "order_key": page.order_key,
        "content_hash": page.content_hash,
        "etag": page.etag,
        "last_modified": page.last_modified,
        "passages": [_passage_row(chunk, position, page.language) for position, chunk in enumerate(page.passages)],
    }


def _passage_row(chunk: Chunk, position: int, page_language: str | None) -> dict[str, Any]:
    heading, language = chunk.heading[:HEADING_LENGTH], language_of(page_language, chunk.body)
    heading_terms, body_terms = index_terms(heading, language), index_terms(chunk.body, language)
    return {
        "stable_id": chunk.stable_id,
        "position": position,
        "anchor": chunk.anchor,
        "heading": heading,
        "body": chunk.body,
        "blocks": chunk.blocks,
        "term_count": len(heading_terms) + len(body_terms),
        "text_hash": search_index.text_hash(heading, chunk.body),
        "heading_terms": " ".join(heading_terms),
        "body_terms": " ".join(body_terms),
    }


def _batches(items: Iterable[Any]) -> Iterator[list[Any]]:
    remaining = iter(items)
    while batch := list(islice(remaining, BATCH_SIZE)):
        yield batch
