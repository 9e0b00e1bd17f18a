"""The queue of answers that an owner judges, and their verdicts, which feed the test set."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import func, select

from chatkit.audit import service as audit
from chatkit.audit.service import AuditAction
from chatkit.auth.sessions import Caller
from chatkit.chat.models import AnswerFacts, Feedback, Message
from chatkit.chat.redaction import redact
from chatkit.database.newest import EXPORT_PAGE_SIZE, in_pages
from chatkit.database.orm import db, monday_of, table, upsert, utcnow
from chatkit.errors import Invalid, NotFound
from chatkit.evaluation import service as test_set
from chatkit.evaluation.questions import MAX_QUESTION, Line
from chatkit.evaluation.service import Taken
from chatkit.review.models import ReviewVerdict, Verdict
from chatkit.search import sections

Kind = Literal["negative", "unsure", "sample"]
# So many answers are shown at once, and of so many of the newest.
SHOWN, NEWEST = 20, 50_000
# Of so many of the newest answers of a week a sample is taken.
SAMPLED_FROM = 5_000
_MESSAGES, _FACTS, _FEEDBACK, _VERDICTS = (table(model) for model in (Message, AnswerFacts, Feedback, ReviewVerdict))


@dataclass(frozen=True)
class Item:
    """An answer to be judged: what was asked, redacted, what was shown, and what its reader thought of it."""

    id: int
    question: str
    answer: str
    outcome: str
    page: str
    sources: tuple[dict[str, Any], ...]
    rating: str
    note: str
    asked_at: datetime


def queue(kind: Kind, now: datetime | None = None) -> list[Item]:
    """Return the answers of a kind that nobody has judged, the newest first.

    They are those rated down, those that only show what comes nearest, or a sample of this week's: the same one for
    whoever looks, and another one next week. What is in no figure is left out: what owners asked, tests and machines.
    """
    ids: Sequence[int]
    if kind == "sample":
        ids = _sample(now or utcnow())
    else:
        wanted = _FACTS.c.rating == "down" if kind == "negative" else _FACTS.c.outcome == "nearest"
        ids = db.session.scalars(_open().where(wanted).limit(SHOWN)).all()
    return [_item(row) for row in _rows(ids)]


def get(answer_id: int) -> Item:
    """Return an answer, judged or not; raises ``NotFound``."""
    rows = _rows([answer_id])
    if not rows:
        raise NotFound("There is no such answer any more.")
    return _item(rows[0])


def judge(answer_id: int, verdict: Verdict, section: str = "", *, to_test_set: bool, actor: str | None = None) -> None:
    """Keep a verdict in the place of an earlier one, and put the question into the test set if asked to; commits.

    There it must show the ``section``; without one what was cited of a right answer, and of a wrong one nothing, since
    no page answers it. Raises ``NotFound``, and ``Invalid`` for a section that is not indexed.
    """
    if verdict not in get_args(Verdict):
        raise Invalid({"verdict": ["Choose a verdict."]})
    item, found = get(answer_id), sections.locate(section)
    if section.strip() and not found.content_hash:
        raise Invalid({"section": [sections.UNKNOWN]})
    if verdict == "incomplete" and not found.url:
        raise Invalid({"section": ["Name the section that should have been shown too."]})
    values = {"verdict": verdict, "section": found.address, "reviewed_at": utcnow()}
    row = upsert(ReviewVerdict).values(answer_id=answer_id, **values)
    db.session.execute(row.on_conflict_do_update(index_elements=["answer_id"], set_=values))
    if to_test_set:
        places = (found.address,) if found.url else _cited(item) if verdict == "right" else ()
        shown: dict[str, Any] = next(iter(item.sources), {}) if not found.url else vars(found)
        line = Line(item.question, places, site=shown.get("site") or "", version=shown.get("version") or "")
        message = db.session.get_one(Message, answer_id)
        test_set.add(line, Taken(message.message_id or "", message.user_id, bool(found.url)), actor=actor)
    audit.record(AuditAction.ANSWER_REVIEWED, f"answer {answer_id}", actor=actor, verdict=verdict)
    db.session.commit()


def count_verdicts() -> dict[str, int]:
    """Return how many answers that are still kept got each verdict."""
    counted = db.session.execute(select(_VERDICTS.c.verdict, func.count()).group_by(_VERDICTS.c.verdict))
    return dict(counted.all())


def export(caller: Caller) -> Iterator[dict[str, object]]:
    """Yield the verdicts on answers to a person, in the order of the answers."""
    columns = (_MESSAGES.c.message_id, _VERDICTS.c.verdict, _VERDICTS.c.section, _VERDICTS.c.reviewed_at)
    mine = (_MESSAGES.c.user_id == caller.account_id) & (_VERDICTS.c.answer_id == _MESSAGES.c.id)
    for row in in_pages(columns, _MESSAGES.c.id, mine, EXPORT_PAGE_SIZE):
        names = ("message_id", "verdict", "section", "reviewed_at")
        yield {name: row._mapping[name] for name in names}


def _open() -> Any:
    """Return the query of the ids of the newest answers that readers got and nobody has judged."""
    judged = select(_VERDICTS.c.answer_id).where(_VERDICTS.c.answer_id == _FACTS.c.answer_id).exists()
    newest = db.session.scalar(select(func.max(_FACTS.c.answer_id))) or 0
    own = (_FACTS.c.answer_id > newest - NEWEST, _FACTS.c.is_counted, ~judged)
    return select(_FACTS.c.answer_id).where(*own).order_by(_FACTS.c.answer_id.desc())


def _sample(now: datetime) -> list[int]:
    """Return answers of this week, chosen by the week's number."""
    monday = monday_of(now)
    week = f"{monday:%G-%V}"
    this_week = _open().where(_FACTS.c.asked_at >= monday, _FACTS.c.outcome != "greeting")
    ids = db.session.scalars(this_week.limit(SAMPLED_FROM)).all()
    by_lot = sorted(ids, key=lambda id_: hashlib.sha256(f"{week} {id_}".encode()).digest())
    return sorted(by_lot[:SHOWN], reverse=True)


def _rows(ids: Sequence[int]) -> Sequence[Any]:
    asked = _MESSAGES.alias()
    same = (
        asked.c.conversation_id == _MESSAGES.c.conversation_id,
        asked.c.role == "user",
        asked.c.id < _MESSAGES.c.id,
        func.coalesce(asked.c.user_id, 0) == func.coalesce(_MESSAGES.c.user_id, 0),
    )
    question = select(asked.c.content).where(*same).order_by(asked.c.id.desc()).limit(1).scalar_subquery()
    names = ("id", "content", "outcome", "page_url", "sources", "citations", "created_at")
    columns = [*(_MESSAGES.c[name] for name in names), _FEEDBACK.c.rating, _FEEDBACK.c.note]
    rows = select(*columns, question.label("question")).outerjoin(_FEEDBACK, _FEEDBACK.c.answer_id == _MESSAGES.c.id)
    answers = rows.where(_MESSAGES.c.id.in_(ids), _MESSAGES.c.role == "assistant")
    return db.session.execute(answers.order_by(_MESSAGES.c.id.desc())).all()


def _item(row: Any) -> Item:
    cited = [source | {"cited": source["id"] in row.citations} for source in row.sources]
    return Item(
        row.id,
        redact(row.question or "")[:MAX_QUESTION],
        row.content,
        row.outcome or "",
        redact(row.page_url or ""),
        tuple(cited),
        row.rating or "",
        redact(row.note or ""),
        row.created_at,
    )


def _cited(item: Item) -> tuple[str, ...]:
    """Return the sections that an answer rests on, without the words to be marked there."""
    return tuple(source["url"].partition(":~:")[0].rstrip("#") for source in item.sources if source["cited"])
