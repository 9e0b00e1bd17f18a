"""Indexing a folder of Markdown."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from sqlalchemy import delete, insert, select

from chatkit.content import markdown, passages, search
from chatkit.content.generators import page_slug
from chatkit.content.models import Page, Passage
from chatkit.content.words import unseen
from chatkit.extensions import db, utcnow

SUFFIXES = (".md", ".markdown")


@dataclass
class Report:
    """What indexing did, in pages; ``unreadable`` maps a file to why."""

    indexed: int = 0
    unchanged: int = 0
    removed: int = 0
    passages: int = 0
    unreadable: dict[str, str] = field(default_factory=dict)


def index(folder: Path, base_url: str) -> Report:
    """Index every Markdown file below ``folder`` and commit once; pages that are gone are removed.

    ``base_url`` is what a file's path, without its suffix, is appended to for its link.
    """
    report = Report()
    known = {page.path: page for page in db.session.scalars(select(Page))}
    found: set[str] = set()
    for file in sorted(file for file in folder.rglob("*") if file.suffix.lower() in SUFFIXES):
        path = file.relative_to(folder).as_posix()
        found.add(path)
        try:
            source = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            report.unreadable[path] = str(error)
            continue
        url = base_url.rstrip("/") + "/" + page_slug(PurePosixPath(path))
        digest = hashlib.sha256(f"{url}\n{source}".encode()).hexdigest()
        page = known.get(path)
        if page is not None and page.content_hash == digest:
            report.unchanged += 1
            continue
        if page is not None:
            db.session.execute(delete(Page).where(Page.id == page.id))
        report.passages += _add(path, url, source, digest)
        report.indexed += 1
    for path, page in known.items():
        if path not in found:
            db.session.execute(delete(Page).where(Page.id == page.id))
            report.removed += 1
    if report.indexed or report.removed:
        search.refresh()
    db.session.commit()
    return report


def titles() -> list[tuple[str, str]]:
    """Return the title and link of every page, by path."""
    return [(title, url) for title, url in db.session.execute(select(Page.title, Page.url).order_by(Page.path))]


def _add(path: str, url: str, source: str, digest: str) -> int:
    document = markdown.parse(source, fallback_title=path)
    row = insert(Page).returning(Page.id)
    values = {"path": path, "url": url, "title": document.title[:300], "content_hash": digest, "indexed_at": utcnow()}
    page_id = db.session.execute(row, values).scalar_one()
    rows = [
        {
            "stable_id": chunk.stable_id,
            "page_id": page_id,
            "position": position,
            "anchor": chunk.anchor[:200],
            "heading": chunk.heading[:600],
            "body": chunk.body,
            # Three times, as the words of a heading count.
            "unseen": unseen(f"{chunk.heading}\n" * 3 + chunk.body),
            "word_count": len(chunk.body.split()),
        }
        for position, chunk in enumerate(passages.chunks(path, document))
    ]
    if rows:
        db.session.execute(insert(Passage), rows)
    return len(rows)
