"""Content gaps: questions unanswered, weakly answered or rated down, for the site's owner.

A question is stored without who asked it, but for the account whose deletion deletes it. What looks
like an e-mail or network address in it, or in the address of the page, is redacted.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit

from sqlalchemy import delete, select, update

from chatkit.auth.sessions import Caller
from chatkit.chat.models import AnswerOutcome, Gap, GapKind
from chatkit.database.orm import db, on_sqlite, row_count, table, upsert, utcnow
from chatkit.text.analysis import query_words, stem

RETENTION = timedelta(days=90)
NO_THEME = "other"
MAX_PAGE_LENGTH = 2_000
# Also a host without a dot, such as `localhost`, and the credentials before a host.
EMAIL = re.compile(r"(?<![^\s@<>()\[\]/])[^\s@<>()\[\]/]++@[^\s@<>()\[\]/]+")
_GROUPS = r"[0-9A-F]{1,4}(?::[0-9A-F]{1,4})"
_IPV4 = r"\b\d{1,3}(?:\.\d{1,3}){3}\b"
# Short or in full, with IPv4 at its end, with a zone; what has no digit is a name such as std::vector.
_IPV6 = rf"""(?<!\w)(?=[A-F:]*\d)(?:(?:{_GROUPS}*)?::(?:{_GROUPS}*)?|{_GROUPS}{{3,7}})
    (?:(?:\.\d{{1,3}}){{3}})?(?!:?\w)(?:%\w+)?"""
ADDRESS = re.compile(rf"{_IPV4}|{_IPV6}", re.ASCII | re.IGNORECASE | re.VERBOSE)


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
    kind: GapKind, message_id: str, question: str, page_url: str | None, user_id: int | None, note: str = ""
) -> None:
    """Record a question that the pages should answer; the caller commits."""
    values = {
        "kind": kind,
        "message_id": message_id,
        "question": _redact(question),
        "page": _page(page_url),
        "note": _redact(note),
        "user_id": user_id,
        "asked_at": utcnow(),
    }
    db.session.execute(_upsert_gap(on_sqlite()), values)


def adopt(message_ids: Sequence[str], user_id: int) -> None:
    """Give the questions of these answers to an account, whose deletion deletes them; the caller commits."""
    db.session.execute(update(Gap).where(Gap.message_id.in_(message_ids)).values(user_id=user_id))


def withdraw(message_id: str) -> None:
    """Delete the gap of an answer that is rated down no more; the caller commits."""
    db.session.execute(delete(Gap).where(Gap.message_id == message_id, Gap.kind == "down"))


def report() -> list[ContentGap]:
    """Return the content gaps by page and theme, the most asked first.

    Questions of the same words are one. A theme is the word that most of the questions share.
    """
    rows = db.session.scalars(select(Gap).order_by(Gap.id)).all()
    spellings: dict[str, str] = {}
    words = {row.id: frozenset(_stems(row.question, spellings)) for row in rows}
    shared = Counter(stem for stems in set(words.values()) for stem in stems)
    groups: dict[tuple[str, frozenset[str]], list[Gap]] = {}
    for row in rows:
        groups.setdefault((row.page, words[row.id]), []).append(row)
    gaps = [_summarize(page, _theme(stems, shared, spellings), rows) for (page, stems), rows in groups.items()]
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


def export(caller: Caller) -> list[dict[str, object]]:
    """Return the gaps that are stored with an account, oldest first."""
    rows = select(Gap).where(Gap.user_id == caller.account_id).order_by(Gap.id)
    return [
        {"kind": row.kind, "question": row.question, "page": row.page, "note": row.note, "asked_at": row.asked_at}
        for row in db.session.scalars(rows)
    ]


def prune(limit: int) -> int:
    """Delete up to ``limit`` questions older than 90 days; return how many. The caller commits."""
    old = select(Gap.id).where(Gap.asked_at < utcnow() - RETENTION).limit(limit)
    return row_count(db.session.execute(delete(Gap).where(Gap.id.in_(old))))


def _summarize(page: str, theme: str, rows: Sequence[Gap]) -> ContentGap:
    notes = dict.fromkeys(row.note for row in rows if row.note)
    return ContentGap(rows[-1].question, page, theme, Counter(row.kind for row in rows), tuple(notes))


def _stems(question: str, spellings: dict[str, str]) -> Iterator[str]:
    """Yield the stems of a question; ``spellings`` learns the word that each was first written as."""
    for word in query_words(question):
        spellings.setdefault(stem(word), word)
        yield stem(word)


def _theme(stems: frozenset[str], shared: Counter[str], spellings: dict[str, str]) -> str:
    return spellings[max(stems, key=lambda stem: (shared[stem], len(stem), stem))] if stems else NO_THEME


def _page(url: str | None) -> str:
    """Return an address without credentials, query and fragment; nothing for one that cannot be read."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return ""
    host = parts.netloc.rpartition("@")[2]
    return _redact(f"{parts.scheme}://{host}{parts.path}" if host else parts.path)[:MAX_PAGE_LENGTH]


def _redact(text: str) -> str:
    """Redact addresses however they are spelled: encoded for a link, or in letters of another width."""
    plain = unicodedata.normalize("NFKC", unquote(text)).replace("\0", "")
    redacted = ADDRESS.sub("[address]", EMAIL.sub("[e-mail]", plain))
    return text if redacted == plain else redacted


@cache
def _upsert_gap(on_sqlite: bool) -> Any:
    """Return the statement for a database of this kind, made once: making it takes longer than the database does."""
    row = upsert(table(Gap))
    return row.on_conflict_do_update(index_elements=["message_id", "kind"], set_={"note": row.excluded.note})
