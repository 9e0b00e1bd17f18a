"""Content gaps: questions unanswered, weakly answered or rated down, for the site's owner.

A question is stored without who asked it, but for the account whose deletion deletes it. What looks
like an e-mail or network address in it, or in the address of the page, is redacted.
"""

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any, get_args

from sqlalchemy import case, delete, func, select, true, update

from chatkit.auth.sessions import Caller
from chatkit.chat.models import AnswerOutcome, Gap, GapKind
from chatkit.chat.redaction import redact, redact_page
from chatkit.config import settings
from chatkit.database.newest import EXPORT_PAGE_SIZE, in_pages, keep_newest, lock_for_adding, prune_beyond
from chatkit.database.orm import db, on_sqlite, row_count, table, upsert, utcnow
from chatkit.text.analysis import query_words, stem

RETENTION = timedelta(days=90)
NO_THEME = "other"
MAX_OF_ONE_TEXT, MAX_OF_ONE_ACCOUNT = 50, 500
# How many texts the report is made of, and how many notes it shows of each: neither grows with what is stored.
MAX_REPORTED, MAX_NOTES = 5_000, 5
# How owners are told what kind of gap a question is.
KIND_LABELS: dict[str, str] = {"unanswered": "not covered", "weak": "nearest sections", "down": "rated not helpful"}
_GAPS = table(Gap)


@dataclass(frozen=True)
class ContentGap:
    """A question as last worded; ``counts`` says how often it was of each kind, ``notes`` what readers wrote."""

    question: str
    page: str
    theme: str
    counts: Counter[str]
    notes: tuple[str, ...]


def classify(outcome: AnswerOutcome | None) -> GapKind | None:
    """Return what kind of gap an answer leaves, if any: sections that only come near are a weak answer."""
    kinds: dict[AnswerOutcome | None, GapKind] = {"nearest": "weak", "not_covered": "unanswered"}
    return kinds.get(outcome)


def record(
    kind: GapKind,
    message_id: str,
    question: str,
    page_url: str | None,
    user_id: int | None,
    note: str = "",
    asked_at: datetime | None = None,
) -> None:
    """Record a question that the pages should answer, which was asked now without ``asked_at``; the caller commits.

    Of one question on one page, however it is spelled, the newest ``MAX_OF_ONE_TEXT`` are kept, and of one account the
    newest ``MAX_OF_ONE_ACCOUNT``.
    """
    redacted, page = redact(question), redact_page(page_url)
    fingerprint = _fingerprint(page, redacted)
    values = {
        "kind": kind,
        "message_id": message_id,
        "question": redacted,
        "page": page,
        "note": redact(note),
        "user_id": user_id,
        "asked_at": asked_at or utcnow(),
        "fingerprint": fingerprint,
    }
    # Always the account first, so that no two wait for each other.
    if user_id is not None:
        lock_for_adding(f"gaps:{user_id}")
    lock_for_adding(f"gap:{fingerprint}")
    db.session.execute(_upsert_gap(on_sqlite()), values)
    keep_newest(_GAPS, _GAPS.c.fingerprint == fingerprint, MAX_OF_ONE_TEXT)
    if user_id is not None:
        keep_newest(_GAPS, _GAPS.c.user_id == user_id, MAX_OF_ONE_ACCOUNT)


def adopt(message_ids: Sequence[str], user_id: int) -> None:
    """Give the questions of these answers to an account, whose deletion deletes them; the caller commits."""
    db.session.execute(update(_GAPS).where(_GAPS.c.message_id.in_(message_ids)).values(user_id=user_id))


def withdraw(message_id: str) -> None:
    """Delete the gap of an answer that is rated down no more; the caller commits."""
    db.session.execute(delete(Gap).where(Gap.message_id == message_id, Gap.kind == "down"))


def report() -> list[ContentGap]:
    """Return the content gaps by page and theme, the most asked first.

    Questions of the same words are one. A theme is the word that most of the questions share. What is asked most is
    looked at alone, so that a report takes no more memory however much was asked.
    """
    spellings: dict[str, str] = {}
    groups: dict[tuple[str, frozenset[str]], _Group] = {}
    for text in _most_asked():
        stems = frozenset(_stems(text.question, spellings))
        groups.setdefault((text.page, stems), _Group()).add(text)
    shared = Counter(stem for stems in {stems for _, stems in groups} for stem in stems)
    gaps = [
        ContentGap(group.question, page, _theme(stems, shared, spellings), group.counts, tuple(group.notes))
        for (page, stems), group in groups.items()
    ]
    by_page, by_theme = Counter[str](), Counter[tuple[str, str]]()
    for gap in gaps:
        by_page[gap.page] += gap.counts.total()
        by_theme[gap.page, gap.theme] += gap.counts.total()
    return sorted(
        gaps,
        key=lambda gap: (
            (-by_page[gap.page], gap.page),
            (-by_theme[gap.page, gap.theme], gap.theme),
            (-gap.counts.total(), gap.question),
        ),
    )


def export(caller: Caller) -> Iterator[dict[str, object]]:
    """Yield the gaps that are stored with an account, oldest first."""
    columns = (_GAPS.c.kind, _GAPS.c.question, _GAPS.c.page, _GAPS.c.note, _GAPS.c.asked_at)
    for row in in_pages(columns, _GAPS.c.id, _GAPS.c.user_id == caller.account_id, EXPORT_PAGE_SIZE):
        yield {
            "kind": row.kind,
            "question": row.question,
            "page": row.page,
            "note": row.note,
            "asked_at": row.asked_at,
        }


def prune(limit: int) -> int:
    """Delete up to ``limit`` questions older than 90 days, or beyond what the site keeps; return how many.

    The caller commits.
    """
    old = select(Gap.id).where(Gap.asked_at < utcnow() - RETENTION).limit(limit)
    gone = row_count(db.session.execute(delete(Gap).where(Gap.id.in_(old))))
    return gone or prune_beyond(_GAPS, true(), settings().storage_site_rows, limit)


@dataclass(frozen=True)
class _Text:
    """A question on a page, in its latest spelling, with the number of its latest row."""

    last: int
    question: str
    page: str
    counts: Counter[str]
    notes: list[str]


@dataclass
class _Group:
    """Questions of the same words: the latest wording, how often of each kind, and what readers wrote."""

    last: int = 0
    question: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    notes: dict[str, None] = field(default_factory=dict)

    def add(self, text: _Text) -> None:
        if text.last > self.last:
            self.last, self.question = text.last, text.question
        self.counts += text.counts
        for note in text.notes[: MAX_NOTES - len(self.notes)]:
            self.notes[note] = None


def _most_asked() -> list[_Text]:
    """Return the texts that were asked most, in the order of their latest rows."""
    last = func.max(_GAPS.c.id)
    kinds = [func.sum(case((_GAPS.c.kind == kind, 1), else_=0)) for kind in get_args(GapKind)]
    grouped = select(_GAPS.c.fingerprint, last, *kinds).group_by(_GAPS.c.fingerprint)
    rows = db.session.execute(grouped.order_by(func.count().desc(), last.desc()).limit(MAX_REPORTED)).all()
    found = []
    for fingerprint, number, *counts in sorted(rows, key=lambda row: row[1]):
        latest = db.session.execute(select(_GAPS.c.question, _GAPS.c.page).where(_GAPS.c.id == number)).one_or_none()
        if latest is None:
            continue
        noted = select(_GAPS.c.note).where(_GAPS.c.fingerprint == fingerprint, _GAPS.c.note != "")
        notes = list(db.session.scalars(noted.order_by(_GAPS.c.id).limit(MAX_NOTES)))
        asked = {kind: int(count) for kind, count in zip(get_args(GapKind), counts, strict=True) if count}
        found.append(_Text(number, latest.question, latest.page, Counter(asked), notes))
    return found


def _fingerprint(page: str, question: str) -> str:
    """Return what all spellings of a question on a page share: its letters and digits alone, in one case and width."""
    plain = unicodedata.normalize("NFKC", question).casefold()
    letters = "".join(letter for letter in plain if unicodedata.category(letter)[0] in "LMN")
    return hashlib.sha256(f"{page}\n{letters}".encode("utf-8", "replace")).hexdigest()


def _stems(question: str, spellings: dict[str, str]) -> Iterator[str]:
    """Yield the stems of a question; ``spellings`` learns the word that each was first written as."""
    for word in query_words(question):
        spellings.setdefault(stem(word), word)
        yield stem(word)


def _theme(stems: frozenset[str], shared: Counter[str], spellings: dict[str, str]) -> str:
    return spellings[max(stems, key=lambda stem: (shared[stem], len(stem), stem))] if stems else NO_THEME


@cache
def _upsert_gap(on_sqlite: bool) -> Any:
    """Return the statement for a database of this kind, made once: making it takes longer than the database does."""
    row = upsert(table(Gap))
    return row.on_conflict_do_update(index_elements=["message_id", "kind"], set_={"note": row.excluded.note})
