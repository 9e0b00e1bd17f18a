"""What a person asked lately and what came of it, for what may rest on it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Result, bindparam, case, select

from chatkit.answers.extractive import Outcome
from chatkit.chat.models import AnswerOutcome, Feedback, Message, SavedChat
from chatkit.chat.reply import cited_pages
from chatkit.database.orm import db, table

_MESSAGES, _FEEDBACK, _CHATS = table(Message), table(Feedback), table(SavedChat)


@dataclass(frozen=True)
class PastQuestion:
    """A question with the id of its answer; ``cited`` are the addresses of the pages that the answer rests on.

    ``page_url`` is the page on which it was asked, and ``rated_down`` tells what its reader thinks of the answer.
    """

    message_id: str
    text: str
    asked_at: datetime
    outcome: AnswerOutcome | None
    conversation_id: str | None
    cited: tuple[str, ...] = ()
    page_url: str | None = None
    rated_down: bool = False

    @property
    def answered(self) -> bool:
        """Whether the pages answered it, and its reader has not said that they did not."""
        return self.outcome == Outcome.ANSWERED.value and bool(self.cited) and not self.rated_down


@dataclass(frozen=True)
class CitedChat:
    """A saved chat with the addresses of the pages that its answers rest on."""

    id: int
    title: str
    conversation_id: str | None
    cited: tuple[str, ...]


def latest(user_id: int, limit: int) -> list[PastQuestion]:
    """Return a person's latest ``limit`` questions whose answers have ended, newest first."""
    found: Result[Any] = db.session.execute(_LATEST, {"user_id": user_id, "limit": 2 * limit})
    asked, questions = dict[str | None, str](), list[PastQuestion]()
    for row in found.all()[::-1]:
        if row.role == "user":
            asked[row.conversation_id] = row.question
        elif row.state != "running" and row.conversation_id in asked:
            questions.append(
                PastQuestion(
                    row.message_id or "",
                    asked[row.conversation_id],
                    row.created_at,
                    row.outcome,
                    row.conversation_id,
                    cited_pages(row.sources, row.citations),
                    row.page_url,
                    row.rating == "down",
                )
            )
    return questions[::-1]


def saved(user_id: int, limit: int) -> list[CitedChat]:
    """Return a person's latest ``limit`` saved chats in which the pages answered something, newest first."""
    rows: Result[Any] = db.session.execute(_SAVED, {"user_id": user_id, "limit": limit})
    chats = []
    for row in rows:
        answers = [message for message in row.messages if message.get("outcome") == Outcome.ANSWERED]
        pages = [page for each in answers for page in cited_pages(each.get("sources"), each.get("citations"))]
        if pages:
            chats.append(CitedChat(row.id, row.title, row.conversation_id, tuple(dict.fromkeys(pages))))
    return chats


# The texts of answers, which may be long, are left where they are.
_LATEST = (
    select(
        *(_MESSAGES.c[name] for name in ("role", "message_id", "conversation_id", "created_at", "state", "outcome")),
        *(_MESSAGES.c[name] for name in ("sources", "citations", "page_url")),
        case((_MESSAGES.c.role == "user", _MESSAGES.c.content)).label("question"),
        _FEEDBACK.c.rating,
    )
    .outerjoin(_FEEDBACK, _FEEDBACK.c.answer_id == _MESSAGES.c.id)
    .where(_MESSAGES.c.user_id == bindparam("user_id"))
    .order_by(_MESSAGES.c.id.desc())
    .limit(bindparam("limit"))
)
_SAVED = (
    select(*(_CHATS.c[name] for name in ("id", "title", "conversation_id", "messages")))
    .where(_CHATS.c.user_id == bindparam("user_id"))
    .order_by(_CHATS.c.id.desc())
    .limit(bindparam("limit"))
)
