"""Asking: find passages, answer from them, keep the turn."""

import time
import uuid
from dataclasses import asdict, replace

from chatkit.analytics import service as analytics
from chatkit.chat import answer as answering
from chatkit.chat import gaps, transcripts
from chatkit.chat.answer import Question
from chatkit.chat.models import Message
from chatkit.chat.transcripts import Conversation, Reply
from chatkit.errors import NotFound
from chatkit.extensions import db

# How many messages of a conversation say what a follow-up is about.
TURNS = 6


def ask(conversation: Conversation, asked: Question, message_id: str | None = None) -> Reply:
    """Answer a question and keep the turn in the transcript; commits.

    An answer that is there already under ``message_id`` is returned as it is, and nothing is
    asked. Raises ``NotFound`` when it is another reader's.
    """
    if message_id is not None and (earlier := transcripts.find(message_id)) is not None:
        return _own(conversation, earlier)
    turns = transcripts.turns(conversation, TURNS)
    asked = replace(asked, earlier=tuple(turn.content for turn in turns if turn.role == "user"))
    reply = _answer(asked, message_id or str(uuid.uuid4()))
    if not transcripts.add_turn(conversation, asked, reply):
        db.session.rollback()
        return _own(conversation, transcripts.find(reply.message_id))
    if kind := gaps.judge(reply.sources):
        gaps.record(kind, reply.message_id, asked.text, asked.page_url, conversation.user_id)
    analytics.record("chat", conversation.user_id, {"sources": len(reply.sources)})
    db.session.commit()
    return reply


def _answer(asked: Question, message_id: str) -> Reply:
    began = time.perf_counter()
    hits = answering.find(asked)
    found = time.perf_counter()
    answer = answering.compose(asked, hits)
    made = time.perf_counter()
    metadata = {
        "model": answering.MODEL,
        "tokens_used": 0,
        "retrieval_time_ms": _ms(found - began),
        "generation_time_ms": _ms(made - found),
        "total_time_ms": _ms(made - began),
    }
    sources = [asdict(source) for source in answer.sources]
    return Reply(message_id, answer.text, sources, [source["id"] for source in sources], metadata)


def _own(conversation: Conversation, message: Message | None) -> Reply:
    """Return what was answered to the same reader."""
    owner = conversation.owner
    if message is None or owner != {name: getattr(message, name) for name in owner}:
        raise NotFound("There is no such answer.")
    return transcripts.kept(message)


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)
