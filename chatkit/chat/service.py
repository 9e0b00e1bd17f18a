"""Asking: retrieve passages, answer from them or let the model do so, and add the turn to the transcript."""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from chatkit import tracing
from chatkit.analytics import service as analytics
from chatkit.answers import extractive, greetings
from chatkit.answers.elsewhere import compose_elsewhere
from chatkit.answers.extractive import Answer, Outcome
from chatkit.answers.phrases.languages import phrases_in
from chatkit.answers.prompt import MAX_HISTORY_MESSAGES, build_messages
from chatkit.chat import answer_facts, answer_reader, content_gaps, generation, metrics, transcripts
from chatkit.chat.answer_reader import AnswerReader, Completed
from chatkit.chat.generation import Origin, Task
from chatkit.chat.models import Message
from chatkit.chat.reply import Fallback, Reply
from chatkit.chat.transcripts import Conversation
from chatkit.config import settings
from chatkit.curated import matching
from chatkit.curated import service as curated_answers
from chatkit.database.orm import db
from chatkit.errors import NotFound
from chatkit.llm import service as llm
from chatkit.llm.dialect import ChatMessage
from chatkit.search.passages import Passage, by_section, join_passages
from chatkit.search.query import Query, Question, analyze, conversation_language
from chatkit.search.retrieval import retrieve_in_turn
from chatkit.text import markdown
from chatkit.web import concurrency, read_only

NOWHERE = Origin()


@dataclass(frozen=True)
class _Extracted:
    """The extractive answer, what it was made from, and what it begins with when that is outside the query's scope."""

    query: Query
    passages: list[Passage]
    reply: Reply
    nearest: str
    opening: str


def ask(
    conversation: Conversation, question: Question, message_id: str | None = None, origin: Origin = NOWHERE
) -> AnswerReader:
    """Answer a question and keep the turn in the transcript; commits, and holds no connection then.

    An answer that is there already under ``message_id`` is returned as it is, and nothing is
    asked. Raises ``NotFound`` when it is another reader's. In read-only mode the pages answer,
    without the model, and nothing is kept. Where transcripts are not stored, nothing is kept but
    how many questions there were.
    """
    if message_id is not None:
        if (unkept := generation.current().find_unkept(message_id, conversation.user_id)) is not None:
            return unkept
        if (earlier := transcripts.find(message_id)) is not None:
            return _owners_reader(conversation, earlier)
    message_id, task, not_kept = message_id or str(uuid.uuid4()), None, read_only.is_on()
    query: Query | None = None
    curated = None
    if (greeting := greetings.recognize(question.text)) is not None:
        said = greetings.answer(greeting, conversation_language(question))
        reply = _reply(message_id, Answer(Outcome.GREETING, said))
    else:
        history = transcripts.history(conversation, MAX_HISTORY_MESSAGES)
        asked = tuple(message["content"] for message in history if message["role"] == "user")
        # What a model writes is shared between workers through the database, and so are its tokens.
        with_model = llm.is_configured() and not not_kept
        query, tokens_used = _understand(replace(question, earlier=asked), history if with_model else (), origin)
        curated = matching.find(query) if query.question.text == question.text else None
        if curated is not None:
            reply = _curated_reply(message_id, curated.answer)
        else:
            extracted = _extract(query, message_id)
            reply = extracted.reply
            if extracted.passages and with_model:
                reply, task = _task(extracted, question, history, origin, tokens_used)
    if not_kept:
        db.session.rollback()
        return _begin(reply, None, origin)
    if curated is not None and origin.is_counted:
        curated_answers.count_hit(curated.id)
    if origin.is_machine or not settings().store_transcripts:
        return _answer_unkept(conversation, reply, task, origin)
    added = transcripts.add_turn(conversation, question, reply, task.fallback if task else None)
    if added is None:
        db.session.rollback()
        return _owners_reader(conversation, transcripts.find(reply.message_id))
    if task is None and origin.is_counted and (kind := content_gaps.classify(reply.outcome.value)):
        content_gaps.record(kind, reply.message_id, question.text, question.page_url, conversation.user_id)
    outcome = {} if task else {"outcome": reply.outcome}
    analytics.record("chat", conversation.user_id, {"sources": len(reply.sources)} | outcome)
    answer_facts.add(added, reply, answer_facts.asked_of(query, question.page_url, origin.is_counted))
    db.session.commit()
    return _begin(reply, task, origin)


def ask_once(question: Question, origin: Origin) -> Reply:
    """Return the whole answer to a question that follows on no other; commits."""
    reader = ask(Conversation(str(uuid.uuid4()), None), question, origin=origin)
    reply = reader.poll(0, 0)
    if not reply.running:
        return reply
    with concurrency.yielded():
        return answer_reader.wait(reader)


def resume(message_id: str, user_id: int | None) -> AnswerReader:
    """Return what reads an answer, wherever it is written; raises ``NotFound`` for one that is not for ``user_id``."""
    if (unkept := generation.current().find_unkept(message_id, user_id)) is not None:
        return unkept
    return _reader(transcripts.find_or_fail(message_id, user_id))


def stop(message_id: str, user_id: int | None) -> None:
    """End an answer that is being written, here or in another process, and commit; raises ``NotFound`` as above."""
    if generation.current().find_unkept(message_id, user_id) is None:
        transcripts.find_or_fail(message_id, user_id)
        transcripts.stop(message_id)
        db.session.commit()
    generation.current().stop(message_id)


def _answer_unkept(conversation: Conversation, reply: Reply, task: Task | None, origin: Origin) -> AnswerReader:
    """Answer without a transcript; commits what is counted."""
    if task is not None:
        db.session.rollback()
        return _begin(reply, replace(task, is_kept=False, user_id=conversation.user_id), origin)
    if origin.is_counted:
        answer_facts.count_unkept(reply)
    db.session.commit()
    return _begin(reply, None, origin)


def _begin(reply: Reply, task: Task | None, origin: Origin) -> AnswerReader:
    """Return what reads an answer that is there, or that a task begins to write."""
    if task is not None:
        return generation.current().start(reply, task)
    if not origin.is_machine:
        metrics.count_question(reply, by_model=False)
    return Completed(reply)


def _understand(question: Question, history: Sequence[ChatMessage], origin: Origin) -> tuple[Query, int]:
    """Return what to search for, and how many tokens it took to understand that.

    With a model a follow-up is searched for as a question that stands alone; without one, and whenever that
    fails, by its own words and those of the questions before it.
    """
    query = analyze(question)
    if not (query.follow_up and history and llm.is_configured()):
        return query, 0
    # Neither a connection nor the place of another request waits for the model.
    db.session.rollback()
    with concurrency.yielded():
        rewritten, tokens_used = generation.current().rewrite(question.text, history, origin)
    return analyze(replace(question, text=rewritten, earlier=())) if rewritten else query, tokens_used


def _extract(query: Query, message_id: str) -> _Extracted:
    started_at = time.perf_counter()
    found = retrieve_in_turn(query)
    with tracing.span("search"):
        passages = next(found)
    retrieval_seconds = time.perf_counter() - started_at
    answer = extractive.compose(query, passages)
    if answer.outcome is not Outcome.ANSWERED:
        searched_at = time.perf_counter()
        with tracing.span("search"):
            others = next(found, [])
        retrieval_seconds += time.perf_counter() - searched_at
        if others and (from_elsewhere := compose_elsewhere(query, passages, others)) is not None:
            passages, answer = others, from_elsewhere
    people = settings().ask_people
    if answer.outcome is Outcome.NOT_COVERED and people is not None:
        link = markdown.link(people["label"], people["url"])
        answer = replace(answer, text=f"{answer.text}\n\n{phrases_in(query.language).ask_people} {link}")
    generation_seconds = time.perf_counter() - started_at - retrieval_seconds
    reply = _reply(message_id, answer, retrieval_seconds, generation_seconds)
    return _Extracted(query, passages, reply, answer.nearest, answer.opening)


def _reply(message_id: str, answer: Answer, retrieval_seconds: float = 0.0, generation_seconds: float = 0.0) -> Reply:
    """Return an answer without a model as it is sent."""
    metadata = {
        "model": extractive.MODEL,
        "fallback": False,
        "fallback_reason": None,
        "tokens_used": 0,
        "retrieval_time_ms": _ms(retrieval_seconds),
        "generation_time_ms": _ms(generation_seconds),
        "total_time_ms": _ms(retrieval_seconds + generation_seconds),
    }
    return Reply(
        message_id,
        answer.text,
        [dict(vars(source)) for source in answer.sources],
        list(answer.citations),
        metadata,
        outcome=answer.outcome,
        people=settings().ask_people,
    )


def _curated_reply(message_id: str, answer: Answer) -> Reply:
    """Return a curated answer as it is sent: to a reader it is the site's own words, as those of its pages are."""
    reply = _reply(message_id, answer)
    return replace(reply, metadata=reply.metadata | {"curated": True})


def _task(
    extracted: _Extracted, question: Question, history: Sequence[ChatMessage], origin: Origin, tokens_used: int
) -> tuple[Reply, Task]:
    """Return a running reply, still empty, and the task that fills it.

    The sources of the extractive answer come first, so its marks count the same sources should
    the model fail.
    """
    passages = _sections(extracted.passages, [source["id"] for source in extracted.reply.sources])
    known = {source["id"]: source for source in extracted.reply.sources}
    others = [passage for passage in passages if passage.stable_id not in known]
    known |= {source.id: dict(vars(source)) for source in extractive.cite(extracted.query, others)}
    reply = replace(
        extracted.reply,
        answer="",
        sources=[known[passage.stable_id] for passage in passages],
        citations=[],
        outcome=Outcome.NEAREST,
        metadata=extracted.reply.metadata | {"model": settings().llm_model, "generation_time_ms": 0.0},
        state="running",
    )
    messages = build_messages(question.text, question.selected_text, passages, history)
    said = extracted.reply
    fallback = Fallback(said.answer, said.citations, said.outcome, extracted.query.language, extracted.nearest)
    return reply, Task(question.text, messages, passages, fallback, origin, tokens_used, extracted.opening)


def _sections(passages: Sequence[Passage], first: Sequence[str]) -> list[Passage]:
    """Return up to five passages to answer from, those named in ``first`` before the others.

    Passages of one section become one: a reader follows both links to the same place.
    """
    places = {stable_id: place for place, stable_id in enumerate(first)}
    ordered = sorted(passages, key=lambda passage: places.get(passage.stable_id, len(places)))
    sections = by_section(ordered[: 2 * extractive.MAX_SOURCES])
    return [join_passages(own) for own in sections[: extractive.MAX_SOURCES]]


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
