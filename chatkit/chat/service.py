"""Asking: find passages, answer from them or let a model do so, keep the turn."""

import time
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from chatkit.analytics import service as analytics
from chatkit.answers import extractive as answering
from chatkit.answers.extractive import CitedPassage
from chatkit.answers.prompt import MAX_HISTORY_MESSAGES, build_messages
from chatkit.chat import content_gaps, generation, transcripts
from chatkit.chat.answer_reader import AnswerReader, Completed
from chatkit.chat.generation import Task
from chatkit.chat.models import Message
from chatkit.chat.reply import Fallback, Reply
from chatkit.chat.transcripts import Conversation
from chatkit.config import settings
from chatkit.database.orm import db
from chatkit.errors import NotFound
from chatkit.llm import service as llm
from chatkit.llm.client import ChatMessage
from chatkit.search.passages import Passage
from chatkit.search.query import Query, Question, analyze
from chatkit.search.retrieval import retrieve


@dataclass(frozen=True)
class _Found:
    """What the pages say about a question, and how long it took."""

    query: Query
    passages: list[Passage]
    reply: Reply
    covered: bool


def ask(conversation: Conversation, asked: Question, message_id: str | None = None) -> AnswerReader:
    """Answer a question and keep the turn in the transcript; commits, and holds no connection then.

    An answer that is there already under ``message_id`` is returned as it is, and nothing is
    asked. Raises ``NotFound`` when it is another reader's.
    """
    if message_id is not None and (earlier := transcripts.find(message_id)) is not None:
        return _owners_reader(conversation, earlier)
    history = transcripts.history(conversation, MAX_HISTORY_MESSAGES)
    asked = replace(asked, earlier=tuple(message["content"] for message in history if message["role"] == "user"))
    found = _find(asked, message_id or str(uuid.uuid4()))
    reply, task = found.reply, None
    if found.passages and llm.is_configured():
        reply, task = _task(found, history)
    if not transcripts.add_turn(conversation, asked, reply, task.fallback if task else None):
        db.session.rollback()
        return _owners_reader(conversation, transcripts.find(reply.message_id))
    if task is None and (kind := content_gaps.classify(reply.sources)):
        content_gaps.record(kind, reply.message_id, asked.text, asked.page_url, conversation.user_id)
    analytics.record("chat", conversation.user_id, {"sources": len(reply.sources)})
    db.session.commit()
    return generation.current().start(reply, task) if task else Completed(reply)


def resume(message_id: str, user_id: int | None) -> AnswerReader:
    """Return what reads an answer, wherever it is written; raises ``NotFound`` for one that is not for ``user_id``."""
    return _reader(transcripts.find_or_fail(message_id, user_id))


def stop(message_id: str, user_id: int | None) -> None:
    """End an answer that is being written, here or in another process, and commit; raises ``NotFound`` as above."""
    transcripts.find_or_fail(message_id, user_id)
    transcripts.stop(message_id)
    db.session.commit()
    generation.current().stop(message_id)


def _find(asked: Question, message_id: str) -> _Found:
    began = time.perf_counter()
    query = analyze(asked)
    passages = answering.rerank(query, retrieve(query))
    found = time.perf_counter()
    answer = answering.compose(query, passages)
    made = time.perf_counter()
    metadata = {
        "model": answering.MODEL,
        "fallback": False,
        "tokens_used": 0,
        "retrieval_time_ms": _ms(found - began),
        "generation_time_ms": _ms(made - found),
        "total_time_ms": _ms(made - began),
    }
    cited = [source.id for source in answer.sources] if answer.covered else []
    reply = Reply(message_id, answer.text, _plain(answer.sources), cited, metadata)
    return _Found(query, passages, reply, answer.covered)


def _task(found: _Found, history: Sequence[ChatMessage]) -> tuple[Reply, Task]:
    """Return an empty answer, and what the model is to fill it from.

    The sources of the extractive answer come first, so its marks count the same sources should
    the model fail.
    """
    passages = _sections(found.passages, [source["id"] for source in found.reply.sources])
    known = {source["id"]: source for source in found.reply.sources}
    others = [passage for passage in passages if passage.stable_id not in known]
    known |= {source.id: asdict(source) for source in answering.cite_best(found.query, others)}
    reply = replace(
        found.reply,
        answer="",
        sources=[known[passage.stable_id] for passage in passages],
        citations=[],
        metadata=found.reply.metadata | {"model": settings().llm_model, "generation_time_ms": 0.0},
        state="running",
    )
    question = found.query.question
    messages = build_messages(question.text, question.selected_text, passages, history)
    return reply, Task(question.text, messages, passages, Fallback(found.reply.answer, found.reply.citations))


def _sections(passages: Sequence[Passage], first: Sequence[str]) -> list[Passage]:
    """Return up to five passages to answer from, those named in ``first`` before the others.

    Passages of one section become one: a reader follows both links to the same place.
    """
    places = {stable_id: place for place, stable_id in enumerate(first)}
    ordered = sorted(passages, key=lambda passage: places.get(passage.stable_id, len(places)))
    sections: dict[str, list[Passage]] = {}
    for passage in ordered[: 2 * answering.MAX_SOURCES]:
        sections.setdefault(passage.url, []).append(passage)
    merged = [replace(own[0], body="\n\n".join(passage.body for passage in own)) for own in sections.values()]
    return merged[: answering.MAX_SOURCES]


def _plain(sources: Sequence[CitedPassage]) -> list[dict[str, Any]]:
    return [asdict(source) for source in sources]


def _owners_reader(conversation: Conversation, message: Message | None) -> AnswerReader:
    """Return what reads an answer of this conversation's owner; raise ``NotFound`` for anybody else's."""
    owner = conversation.owner
    if message is None or owner != {name: getattr(message, name) for name in owner}:
        raise NotFound("There is no such answer.")
    return _reader(message)


def _reader(message: Message) -> AnswerReader:
    """Return what reads an answer; holds no connection then."""
    reply = transcripts.to_reply(message)
    db.session.rollback()
    return generation.current().reader(reply.message_id) if reply.running else Completed(reply)


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)
