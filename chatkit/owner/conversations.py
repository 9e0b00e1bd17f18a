"""What readers asked and were answered: found by what is known of each answer, shown and exported.

A conversation is found by any of its answers that fits all of a filter, and stands where the latest of these does. An
export holds every answer that fits.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, ScalarSelect, exists, func, select
from sqlalchemy.orm import aliased

from chatkit.audit import service as audit
from chatkit.audit.service import AuditAction
from chatkit.auth.models import User
from chatkit.chat.models import AnswerFacts, Feedback, Message
from chatkit.config import settings
from chatkit.database.newest import EXPORT_PAGE_SIZE
from chatkit.database.orm import db
from chatkit.errors import NotFound
from chatkit.search.models import ScopeRow, Source
from chatkit.web import read_only
from chatkit.web.times import format_utc

PAGE_SIZE = 50
# Of a conversation without end the newest messages are shown.
MOST_MESSAGES = 200
RATINGS = ("up", "down", "none")
UNKNOWN = "unknown"
EXPORTED = (
    *("asked_at", "conversation_id", "question", "answer", "outcome", "rating", "reason", "note"),
    *("page", "site", "language", "cited", "is_counted"),
)


@dataclass(frozen=True)
class Filter:
    """What an answer must be; empty is whatever it is. ``until`` is a day that is still within."""

    since: datetime | None = None
    until: datetime | None = None
    page: str = ""
    outcome: str = ""
    rating: str = ""
    site: str = ""
    language: str = ""


@dataclass(frozen=True)
class Row:
    """A conversation by the latest of its answers that fit: what was asked then, and how many turns it has in all."""

    answer_id: int
    asked_at: datetime
    question: str
    outcome: str
    rating: str | None
    page: str
    site: str
    language: str
    is_counted: bool
    turns: int


@dataclass(frozen=True)
class Turn:
    """A question with its answer, where it has one yet, and the passages that the answer rests on or shows.

    Each passage stands with the number by which the answer speaks of it.
    """

    question: str
    asked_at: datetime
    answer: Message | None
    cited: Sequence[tuple[int, Mapping[str, Any]]]
    shown: Sequence[tuple[int, Mapping[str, Any]]]
    facts: AnswerFacts | None
    feedback: Feedback | None


@dataclass(frozen=True)
class Conversation:
    """Its turns, oldest first, and the reader's address where it may be shown."""

    turns: Sequence[Turn]
    email: str | None
    is_cut: bool


def choices() -> tuple[list[str], list[str]]:
    """Return the sites and the languages that are indexed."""
    sites = db.session.scalars(select(Source.site).distinct().order_by(Source.site))
    languages = db.session.scalars(select(ScopeRow.language).distinct().order_by(ScopeRow.language))
    return list(sites), [language for language in languages if language]


def find(wanted: Filter, before: int | None = None) -> tuple[list[Row], int | None]:
    """Return the conversations that fit, the latest first, and the number to go on ``before``, if there are more."""
    facts, newer, addresses = aliased(AnswerFacts), aliased(AnswerFacts), _addresses(wanted.page)
    is_latest = ~exists().where(
        newer.conversation_id == facts.conversation_id,
        newer.answer_id > facts.answer_id,
        *_fits(newer, wanted, addresses),
    )
    other = aliased(AnswerFacts)
    turns = select(func.count()).where(other.conversation_id == facts.conversation_id).scalar_subquery()
    fitting = select(facts, _question(facts), turns).where(*_fits(facts, wanted, addresses), is_latest)
    if before is not None:
        fitting = fitting.where(facts.answer_id < before)
    found = db.session.execute(fitting.order_by(facts.answer_id.desc()).limit(PAGE_SIZE + 1)).all()
    rows = [
        Row(
            each.answer_id,
            each.asked_at,
            asked or "",
            each.outcome,
            each.rating,
            each.page,
            each.site,
            each.language,
            each.is_counted,
            number,
        )
        for each, asked, number in found[:PAGE_SIZE]
    ]
    return rows, rows[-1].answer_id if len(found) > PAGE_SIZE else None


def read(answer_id: int) -> Conversation:
    """Return the conversation that an answer belongs to; raise ``NotFound`` for one that is gone."""
    answer = db.session.get(Message, answer_id)
    if answer is None or answer.role != "assistant":
        raise NotFound("This conversation is gone: its time is over, or its reader has deleted it.")
    own = (
        Message.conversation_id == answer.conversation_id,
        # Of these two each message has one.
        Message.user_id == answer.user_id,
        Message.anonymous_session_id == answer.anonymous_session_id,
    )
    rows = db.session.execute(
        select(Message, AnswerFacts, Feedback)
        .outerjoin(AnswerFacts, AnswerFacts.answer_id == Message.id)
        .outerjoin(Feedback, Feedback.answer_id == Message.id)
        .where(*own)
        .order_by(Message.id.desc())
        .limit(MOST_MESSAGES)
    ).all()[::-1]
    turns, question, asked_at = list[Turn](), "", answer.created_at
    for message, facts, feedback in rows:
        if message.role == "user":
            question, asked_at = message.content, message.created_at
            continue
        cited, shown = list[tuple[int, Any]](), list[tuple[int, Any]]()
        for number, source in enumerate(message.sources, 1):
            (cited if source["id"] in message.citations else shown).append((number, source))
        turns.append(Turn(question, asked_at, message, cited, shown, facts, feedback))
        question = ""
    if question:
        turns.append(Turn(question, asked_at, None, [], [], None, None))
    return Conversation(turns, _email(answer.user_id), len(rows) == MOST_MESSAGES)


def export(wanted: Filter) -> Iterator[dict[str, object]]:
    """Yield every answer that fits, oldest first, and never hold many of them, nor a transaction."""
    fitting = _fits(AnswerFacts, wanted, _addresses(wanted.page))
    rows = select(AnswerFacts, _question(AnswerFacts)).where(*fitting).order_by(AnswerFacts.answer_id)
    last = 0
    while page := db.session.execute(rows.where(AnswerFacts.answer_id > last).limit(EXPORT_PAGE_SIZE)).all():
        last = page[-1][0].answer_id
        # Read by their numbers: joined, PostgreSQL would read the messages from their beginning for each page.
        numbers = [facts.answer_id for facts, _ in page]
        answers = {each.id: each for each in db.session.scalars(select(Message).where(Message.id.in_(numbers)))}
        rated = db.session.scalars(select(Feedback).where(Feedback.answer_id.in_(numbers)))
        notes = {each.answer_id: each for each in rated}
        found = [
            _exported(facts, question, answers[facts.answer_id], notes.get(facts.answer_id))
            for facts, question in page
            if facts.answer_id in answers
        ]
        db.session.expunge_all()
        db.session.rollback()
        yield from found


def _exported(facts: AnswerFacts, question: str | None, answer: Message, rated: Feedback | None) -> dict[str, object]:
    return {
        "asked_at": format_utc(facts.asked_at),
        "conversation_id": facts.conversation_id,
        "question": question,
        "answer": answer.content,
        "outcome": facts.outcome,
        "rating": facts.rating,
        "reason": rated and rated.reason,
        "note": rated and rated.note,
        "page": facts.page,
        "site": facts.site,
        "language": facts.language,
        "cited": [source["url"] for source in answer.sources if source["id"] in answer.citations],
        "is_counted": facts.is_counted,
    }


def record_export(wanted: Filter, kind: str, actor: str) -> None:
    """Record that somebody takes along what fits, and commit; what was looked for in addresses is not kept."""
    if read_only.is_on():
        return
    given: dict[str, Any] = {name: str(value) for name, value in asdict(wanted).items() if value and name != "page"}
    audit.record(AuditAction.CONVERSATIONS_EXPORTED, kind, actor=actor, **given)
    db.session.commit()


def _email(user_id: int | None) -> str | None:
    if user_id is None or not settings().owner_sees_addresses:
        return None
    return db.session.scalar(select(User.email).where(User.id == user_id, User.deleted_at.is_(None)))


def _question(facts: Any) -> ScalarSelect[str]:
    """Return what was asked last before an answer, as a column."""
    return (
        select(Message.content)
        .where(Message.conversation_id == facts.conversation_id, Message.role == "user", Message.id < facts.answer_id)
        .order_by(Message.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def _addresses(page: str) -> list[str]:
    """Return the addresses that something was asked on: the page's own, or a path on each of the sites."""
    if not page:
        return []
    bases = map(urlsplit, db.session.scalars(select(Source.base_url)).all())
    origins = {f"{parts.scheme}://{parts.netloc}" for parts in bases if parts.netloc} | set(settings().cors_origins)
    named = [page, *(f"{origin}{page}" for origin in sorted(origins))] if page.startswith("/") else [page]
    # Looked up one by one: of several at once a database may look through all answers for those that are not there.
    latest = select(func.max(AnswerFacts.answer_id))
    return [each for each in named if db.session.scalar(latest.where(AnswerFacts.page == each)) is not None]


def _fits(facts: Any, wanted: Filter, addresses: Sequence[str]) -> list[ColumnElement[bool]]:
    """Return what holds of an answer that fits; ``addresses`` are those of the filter's page."""
    found: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        found.append(facts.asked_at >= wanted.since)
    if wanted.until is not None:
        # No day comes after the calendar's last.
        ends = min(wanted.until, datetime.max.replace(tzinfo=UTC) - timedelta(days=1)) + timedelta(days=1)
        found.append(facts.asked_at < ends)
    if wanted.page:
        found.append(facts.page == addresses[0] if len(addresses) == 1 else facts.page.in_(addresses))
    if wanted.outcome:
        found.append(facts.outcome == wanted.outcome)
    if wanted.rating:
        found.append(facts.rating.is_(None) if wanted.rating == "none" else facts.rating == wanted.rating)
    for column, value in ((facts.site, wanted.site), (facts.language, wanted.language)):
        if value:
            found.append(column == ("" if value == UNKNOWN else value))
    return found
