"""What the owner decides: pages that are recommended to everybody, and pages that are recommended to nobody.

Each act commits, together with its line in the audit log.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from chatkit.audit import service as audit
from chatkit.audit.service import AuditAction
from chatkit.database.orm import db, row_count, upsert, utcnow
from chatkit.errors import NotFound
from chatkit.personalize import pages
from chatkit.personalize.models import PageRule, Rule
from chatkit.search.scope import page_at

_ACTIONS = {"pinned": AuditAction.RECOMMENDATION_PINNED, "excluded": AuditAction.RECOMMENDATION_EXCLUDED}
# What the subject of an act in the audit log has room for, and how many digits tell addresses apart that are longer.
SUBJECT_LENGTH, DIGITS = 200, 16


@dataclass(frozen=True)
class Decision:
    """What was decided of the page at an address; ``title`` is None while no page is indexed there.

    ``decided_by`` is who decided it, empty once the audit log has forgotten that.
    """

    url: str
    title: str | None
    rule: Rule
    decided_at: datetime
    decided_by: str


def rules() -> Mapping[str, Rule]:
    """Return what was decided of pages, by their addresses, in the order in which it was decided."""
    ordered = select(PageRule.url, PageRule.rule).order_by(PageRule.decided_at, PageRule.url)
    return {row.url: row.rule for row in db.session.execute(ordered)}


def list_page(start: int, limit: int) -> Sequence[Decision]:
    """Return up to ``limit`` decisions after the first ``start``: pins as they are recommended, then exclusions."""
    ordered = select(PageRule).order_by(PageRule.rule.desc(), PageRule.decided_at, PageRule.url)
    found = db.session.scalars(ordered.offset(start).limit(limit)).all()
    titles = {url: page.plain_title for url, page in pages.by_url([row.url for row in found]).items()}
    actors = audit.latest_actors(_ACTIONS.values(), {subject_of(row.url) for row in found})
    return [
        Decision(row.url, titles.get(row.url), row.rule, row.decided_at, actors.get(subject_of(row.url), ""))
        for row in found
    ]


def decide(url: str, rule: Rule, actor: str | None = None) -> str:
    """Pin or exclude a page, in the place of what was decided of it before; return its address in the index.

    ``actor`` is who does it, where that is not whoever runs a command. Raises ``NotFound`` for a page that is not
    indexed.
    """
    ids = page_at(url).ids
    if not ids:
        raise NotFound(f"No page is indexed at {url}.")
    known = pages.by_id(ids[:1])[ids[0]].url
    values = {"rule": rule, "decided_at": utcnow()}
    row = upsert(PageRule).values(url=known, **values)
    db.session.execute(row.on_conflict_do_update(index_elements=["url"], set_=values))
    audit.record(_ACTIONS[rule], subject_of(known), actor=actor)
    db.session.commit()
    return known


def reset(url: str, actor: str | None = None) -> None:
    """Take back what was decided of a page. Raises ``NotFound`` where nothing was."""
    ids = page_at(url).ids
    known = {url, *(page.url for page in pages.by_id(ids).values())}
    if not row_count(db.session.execute(delete(PageRule).where(PageRule.url.in_(known)))):
        raise NotFound(f"{url} is neither pinned nor excluded.")
    audit.record(AuditAction.RECOMMENDATION_RESET, subject_of(url), actor=actor)
    db.session.commit()


def subject_of(url: str) -> str:
    """Return an address as the audit log has room for it; of a longer one the beginning and what tells it apart."""
    if len(url) <= SUBJECT_LENGTH:
        return url
    digest = hashlib.sha256(url.encode("utf-8", "replace")).hexdigest()[:DIGITS]
    return f"{url[: SUBJECT_LENGTH - DIGITS - 1]}…{digest}"
