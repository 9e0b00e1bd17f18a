"""Transcripts, ratings, content gaps and saved chats."""

from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from chatkit.database.orm import Model, UtcDateTime, utcnow

AnswerState = Literal["running", "done", "stopped"]
AnswerOutcome = Literal["answered", "nearest", "not_covered", "greeting"]
GapKind = Literal["unanswered", "weak", "down"]


class AnonymousSession(Model):
    """A reader without an account; gone after 24 hours."""

    __tablename__ = "anonymous_sessions"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class Message(Model):
    """A message of a transcript: of an anonymous session, or of an account.

    An answer has a ``message_id``, under which it is asked for, read and rated, and an ``outcome``; a question has
    neither.
    While it is running, ``beats`` counts the heartbeats of its writer, and ``fallback`` is what it ends with
    when they stop.
    """

    __tablename__ = "messages"
    __table_args__ = (
        CheckConstraint("(anonymous_session_id IS NULL) <> (user_id IS NULL)", name="owner"),
        CheckConstraint("role IN ('user', 'assistant')", name="role"),
        CheckConstraint("state IN ('running', 'done', 'stopped')", name="state"),
        CheckConstraint("outcome IN ('answered', 'nearest', 'not_covered', 'greeting')", name="outcome"),
        Index("ix_messages_user_id_id", "user_id", "id"),
        Index("ix_messages_conversation_id_id", "conversation_id", "id"),
        # The oldest of all readers without an account, for the bound of the whole site; it says so by the account, or
        # PostgreSQL would look through it for the messages of one session.
        Index(
            "ix_messages_anonymous",
            "id",
            sqlite_where=text("user_id IS NULL"),
            postgresql_where=text("user_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    anonymous_session_id: Mapped[str | None] = mapped_column(
        ForeignKey("anonymous_sessions.id", ondelete="CASCADE"), index=True
    )
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    message_id: Mapped[str | None] = mapped_column(String(36), unique=True)
    conversation_id: Mapped[str | None] = mapped_column(String(36))
    role: Mapped[str] = mapped_column(String(16))
    content: Mapped[str] = mapped_column(Text)
    sources: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    state: Mapped[AnswerState] = mapped_column(String(16), default="done", server_default="done")
    outcome: Mapped[AnswerOutcome | None] = mapped_column(String(16))
    citations: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    page_url: Mapped[str | None] = mapped_column(String(2000))
    beats: Mapped[int] = mapped_column(default=0, server_default="0")
    fallback: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    # "metadata" is SQLAlchemy's own name on a model.
    answer_metadata: Mapped[dict[str, Any]] = mapped_column("metadata", JSON, default=dict, server_default="{}")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow, index=True)


class AnswerFacts(Model):
    """What the owner finds an answer by; narrow, so that many are looked through in no time. Deleted with the answer.

    ``page`` is where it was asked, redacted; ``site`` and ``language`` are empty where nobody knows. ``is_counted``
    tells that it is in the figures.
    """

    __tablename__ = "answer_facts"
    __table_args__ = (
        Index("ix_answer_facts_conversation_id_answer_id", "conversation_id", "answer_id"),
        Index("ix_answer_facts_page_answer_id", "page", "answer_id"),
        Index(
            "ix_answer_facts_rating_answer_id",
            "rating",
            "answer_id",
            sqlite_where=text("rating IS NOT NULL"),
            postgresql_where=text("rating IS NOT NULL"),
        ),
    )

    answer_id: Mapped[int] = mapped_column(
        ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    conversation_id: Mapped[str] = mapped_column(String(36))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    outcome: Mapped[AnswerOutcome] = mapped_column(String(16))
    page: Mapped[str] = mapped_column(String(1000))
    site: Mapped[str] = mapped_column(String(255))
    language: Mapped[str] = mapped_column(String(35))
    rating: Mapped[str | None] = mapped_column(String(8))
    is_counted: Mapped[bool]


class DailyCount(Model):
    """How many there were on one day (UTC) of what ``measure`` counts, by ``label``; see `daily_counts.py`.

    The number is the sum of its parts: transactions that count at once each count in another ``part``.
    """

    __tablename__ = "daily_counts"

    measure: Mapped[str] = mapped_column(String(16), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True, index=True)
    label: Mapped[str] = mapped_column(String(1000), primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True, server_default="0", autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger)


class Feedback(Model):
    """A reader's rating of one answer; deleted with the answer."""

    __tablename__ = "feedback"
    __table_args__ = (CheckConstraint("rating IN ('up', 'down')", name="rating"),)

    answer_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True)
    rating: Mapped[str] = mapped_column(String(8))
    reason: Mapped[str | None] = mapped_column(String(16))
    note: Mapped[str] = mapped_column(Text, default="")
    rated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)


class Gap(Model):
    """A question that the pages did not answer well; it outlives its transcript, and names nobody.

    ``fingerprint`` is the same for all spellings of a question on a page. ``cluster_id`` is that of the questions which
    ask the same, 0 where it gave way to others, see `chatkit/gaps/`.
    """

    __tablename__ = "gaps"
    __table_args__ = (
        CheckConstraint("kind IN ('unanswered', 'weak', 'down')", name="kind"),
        UniqueConstraint("message_id", "kind"),
        Index("ix_gaps_fingerprint_id", "fingerprint", "id"),
        Index("ix_gaps_user_id_id", "user_id", "id"),
        Index("ix_gaps_cluster_id_id", "cluster_id", "id"),
        # By which those of a large cluster are counted without being read.
        Index("ix_gaps_cluster_id_kind", "cluster_id", "kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(String(36))
    kind: Mapped[GapKind] = mapped_column(String(16))
    question: Mapped[str] = mapped_column(Text)
    page: Mapped[str] = mapped_column(String(2000))
    note: Mapped[str] = mapped_column(Text, default="")
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow, index=True)
    fingerprint: Mapped[str] = mapped_column(String(64), default="", server_default="")
    cluster_id: Mapped[int | None]


class SavedChat(Model):
    """A chat that an account has saved; its messages are one document of ``size`` bytes.

    An account has one of each conversation; those that belong to none, ``conversation_id`` is None, are any number.
    """

    __tablename__ = "saved_chats"
    # An id is never given twice: a tab that still lists a deleted chat must not reach another.
    __table_args__ = (
        Index("ix_saved_chats_user_id_id", "user_id", "id"),
        Index("ix_saved_chats_user_id_conversation_id", "user_id", "conversation_id", unique=True),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(200))
    messages: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    conversation_id: Mapped[str | None] = mapped_column(String(36))
    size: Mapped[int] = mapped_column(default=0, server_default="0")
    message_count: Mapped[int] = mapped_column(default=0, server_default="0")
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
