"""Answers being written by the model: one event loop per process, so that no request has to stay for its answer.

A request starts an answer, and then it and others read along. When they go, the answer goes on
into the transcript, where any worker finds it. Every second the loop writes there what has come:
the heartbeat that tells other workers that it is alive, and tells it which answers were stopped there.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import structlog
from flask import Flask, current_app
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from structlog.contextvars import bind_contextvars

from chatkit import tracing
from chatkit.answers import follow_ups
from chatkit.answers.citations import CitationChecker
from chatkit.answers.phrases.languages import phrases_in
from chatkit.chat import answer_facts, content_gaps, metrics, transcripts
from chatkit.chat.answer_reader import AnswerReader, Remote
from chatkit.chat.reply import Fallback, Reply
from chatkit.config import Settings
from chatkit.database.orm import db
from chatkit.database.threads import run_in_thread
from chatkit.llm import service as llm
from chatkit.llm.client import Usage
from chatkit.llm.dialect import ChatMessage
from chatkit.llm.service import ModelUnavailable
from chatkit.search.passages import Passage

if TYPE_CHECKING:
    from opentelemetry.context import Context

log = structlog.get_logger()

EXTENSION = "chatkit_generations"
# How much is checked at once; a model server may send a whole answer in one piece.
SLICE_LENGTH = 200
# The loop's statements run in this many threads, so on this many connections at most.
WRITER_THREADS = 4
# Beside the model's time for rewriting a question, that of the database.
REWRITE_GRACE_SECONDS = 0.5
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Timeouts:
    """How long an answer may take, and after how long without a heartbeat its writer is taken for dead."""

    # The model keeps to LLM_TOTAL_SECONDS by itself; this much later its answer ends whatever happens.
    grace_seconds: float = 1.0
    heartbeat_seconds: float = 1.0
    dead_seconds: float = 5.0


@dataclass(frozen=True)
class Origin:
    """Where a question comes from: the id of its request, and against whom its tokens count, such as ``account:5``.

    ``is_counted`` tells whether it is in the owner's figures. A question of a program, ``is_machine``, is counted by
    whoever asks in its name, and is in no transcript.
    """

    request_id: str = ""
    spenders: tuple[str, ...] = ()
    is_counted: bool = True
    is_machine: bool = False


@dataclass(frozen=True)
class Task:
    """What the model is to answer from: ``messages`` show it the ``passages``, counted as the reply's sources are.

    ``opening`` comes before whatever it writes, as a paragraph. An answer that is not ``is_kept`` is in no transcript:
    it can be read here alone, by whom ``user_id`` says.
    """

    question: str
    messages: Sequence[ChatMessage]
    passages: Sequence[Passage]
    fallback: Fallback
    origin: Origin
    # What was used for the question before the answer.
    tokens_used: int = 0
    opening: str = ""
    is_kept: bool = True
    user_id: int | None = None


class Generation:
    """An answer that this process writes; threads read it meanwhile."""

    def __init__(self, reply: Reply, task: Task) -> None:
        self._reply = reply
        self.task = task
        self._began = time.perf_counter()
        self._changed = threading.Condition()
        self.cancel: Callable[[], object] = lambda: None
        self.writing: asyncio.Task[None] | None = None
        self.is_stopped = False

    @property
    def reply(self) -> Reply:
        return self._reply

    def poll(self, seen: int, timeout_seconds: float) -> Reply:
        with self._changed:
            self._changed.wait_for(lambda: not self._reply.running or len(self._reply.answer) > seen, timeout_seconds)
            return self._reply

    def append(self, piece: str) -> None:
        """Add to the answer."""
        if piece:
            self.publish(replace(self._reply, answer=self._reply.answer + piece))

    def publish(self, reply: Reply) -> None:
        """Let readers see the answer as it is now."""
        with self._changed:
            self._reply = reply
            self._changed.notify_all()

    def with_timings(self, reply: Reply, tokens: int) -> Reply:
        """Return ``reply`` with the tokens and the time it took until now."""
        milliseconds = round((time.perf_counter() - self._began) * 1000, 2)
        total = round(reply.metadata["retrieval_time_ms"] + milliseconds, 2)
        took = {"tokens_used": tokens, "generation_time_ms": milliseconds, "total_time_ms": total}
        return replace(reply, metadata=reply.metadata | took)


class Generations:
    """The answers one process writes for one application; made at the first, never before a fork."""

    def __init__(self, app: Flask, timeouts: Timeouts) -> None:
        self._app = app
        self._timeouts = timeouts
        settings: Settings = app.config["CHATKIT"]
        self._total_seconds = settings.llm_total_seconds + timeouts.grace_seconds
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._running: dict[str, Generation] = {}

    def reader(self, message_id: str) -> AnswerReader:
        """Return what reads a running answer, written here or in another process."""
        return self._running.get(message_id) or Remote(self._app, message_id, self._timeouts.dead_seconds)

    def find_unkept(self, message_id: str, user_id: int | None) -> AnswerReader | None:
        """Return what reads an answer that is in no transcript, while it is written here, if it is for ``user_id``."""
        found = self._running.get(message_id)
        is_theirs = found is not None and not found.task.is_kept and found.task.user_id in (None, user_id)
        return found if is_theirs else None

    def start(self, reply: Reply, task: Task) -> AnswerReader:
        """Begin to write an answer whose row, if it has one, is committed."""
        generation = Generation(reply, task)
        loop = self._running_loop()
        self._running[reply.message_id] = generation
        loop.call_soon_threadsafe(self._begin, loop, generation, tracing.current())
        return generation

    def rewrite(self, question: str, history: Sequence[ChatMessage], origin: Origin) -> tuple[str | None, int]:
        """Return a follow-up as a question that stands alone, None without one, and the tokens it took.

        The model has a few seconds for it, which the calling thread waits.
        """
        usage = Usage()
        rewriting = asyncio.run_coroutine_threadsafe(
            self._rewrite(question, history, origin, usage, tracing.current()), self._running_loop()
        )
        try:
            return rewriting.result(llm.BRIEF.total_seconds + REWRITE_GRACE_SECONDS), usage.total
        except TimeoutError:
            rewriting.cancel()
            return None, usage.total

    async def _rewrite(
        self,
        question: str,
        history: Sequence[ChatMessage],
        origin: Origin,
        usage: Usage,
        trace: "Context | None",
    ) -> str | None:
        tracing.proceed(trace)
        bind_contextvars(request_id=origin.request_id)
        messages = follow_ups.build_messages(question, history)
        try:
            reply = await llm.complete_briefly(self._app, messages, usage, origin.spenders)
        except ModelUnavailable:
            return None
        except Exception as error:
            log.error("rewriting_failed", exc_info=error)
            return None
        return follow_ups.read_question(reply, question, history)

    def stop(self, message_id: str) -> None:
        """Cancel the model's call for an answer, if it is made here."""
        generation = self._running.get(message_id)
        if generation is not None and self._loop is not None:
            self._loop.call_soon_threadsafe(_stop, generation)

    def drain(self) -> None:
        """Wait until the answers under way have ended, at most as long as one may take."""
        until = time.monotonic() + self._total_seconds
        while self._running and time.monotonic() < until:
            time.sleep(0.05)

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._loop.set_default_executor(ThreadPoolExecutor(WRITER_THREADS, "chatkit-generation-writer"))
                threading.Thread(target=self._run, args=(self._loop,), name="chatkit-generation", daemon=True).start()
            return self._loop

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        heartbeat = loop.create_task(self._send_heartbeats())
        loop.run_forever()
        heartbeat.cancel()

    def _begin(self, loop: asyncio.AbstractEventLoop, generation: Generation, trace: "Context | None") -> None:
        generation.writing = loop.create_task(self._generate(generation, trace))

    async def _generate(self, generation: Generation, trace: "Context | None") -> None:
        tracing.proceed(trace)
        task = generation.task
        # For the log, and for the model server's.
        bind_contextvars(request_id=task.origin.request_id)
        usage, checker = Usage(), CitationChecker(task.passages, phrases_in(task.fallback.language))
        # Not before: a task that is cancelled before it has begun never runs, and its answer would never end.
        if generation.writing is not None:
            generation.cancel = generation.writing.cancel
        try:
            if generation.is_stopped:
                raise asyncio.CancelledError
            async with asyncio.timeout(self._total_seconds):
                await self._stream(generation, usage, checker)
            ended = self._complete(generation.reply, checker, task.fallback)
        except asyncio.CancelledError:
            ended = replace(_cited(generation.reply, checker), state="stopped")
        except (ModelUnavailable, TimeoutError):
            ended = _cited(generation.reply, checker).interrupted(task.fallback)
        except Exception as error:
            log.error("generation_failed", exc_info=error)
            ended = _cited(generation.reply, checker).interrupted(task.fallback)
        # From here on there is nothing to cancel, and the end must be kept.
        generation.cancel = lambda: None
        await self._finish(generation, generation.with_timings(ended, task.tokens_used + usage.total))

    async def _stream(self, generation: Generation, usage: Usage, checker: CitationChecker) -> None:
        task = generation.task

        def append(text: str) -> None:
            is_first = task.opening and text and not generation.reply.answer
            generation.append(f"{task.opening}\n\n{text}" if is_first else text)

        async with aclosing(llm.stream_completion(self._app, task.messages, usage, task.origin.spenders)) as pieces:
            async for piece in pieces:
                for start in range(0, len(piece), SLICE_LENGTH):
                    append(checker.feed(piece[start : start + SLICE_LENGTH]))
                    # The other answers share this loop.
                    await asyncio.sleep(0)
        append(checker.finish())

    def _complete(self, reply: Reply, checker: CitationChecker, fallback: Fallback) -> Reply:
        if checker.not_covered:
            return reply.declined(fallback)
        if not checker.cited:
            return reply.ungrounded(fallback)
        return replace(_cited(reply, checker), state="done")

    async def _finish(self, generation: Generation, ended: Reply) -> None:
        """Write how an answer ended, then publish it; at once while the database is away."""
        until = time.monotonic() + self._total_seconds
        while not await self._commit(_finish, generation.task, ended) and time.monotonic() < until:
            generation.publish(ended)
            await asyncio.sleep(self._timeouts.heartbeat_seconds)
        if not generation.task.origin.is_machine:
            metrics.count_question(ended, by_model=True)
        generation.publish(ended)
        del self._running[ended.message_id]

    async def _send_heartbeats(self) -> None:
        """Write every second what has come of the answers under way, and cancel those that were stopped elsewhere."""
        while True:
            await asyncio.sleep(self._timeouts.heartbeat_seconds)
            replies = [each.reply for each in list(self._running.values()) if each.task.is_kept]
            answers = {reply.message_id: reply.answer for reply in replies if reply.running}
            if answers:
                for message_id in await self._commit(transcripts.heartbeat, answers) or ():
                    self.stop(message_id)

    async def _commit(self, write: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """Write to the transcript beside the loop, in one transaction; None when the database does not take it."""

        def run() -> T:
            result = write(*args, **kwargs)
            db.session.commit()
            return result

        try:
            return await run_in_thread(self._app, run)
        except (DBAPIError, PoolTimeout) as error:
            log.warning("transcript_waits", error=type(error).__name__)
        except Exception as error:
            log.error("transcript_failed", exc_info=error)
        return None


def init_app(app: Flask, timeouts: Timeouts | None = None) -> None:
    """Get ready to write answers; nothing starts before the first."""
    app.extensions[EXTENSION] = Generations(app, timeouts or Timeouts())


def drain(app: Flask) -> None:
    """Wait until the answers that this process writes have ended."""
    generations: Generations = app.extensions[EXTENSION]
    generations.drain()


def current() -> Generations:
    """Return the answers this process writes for the current application."""
    generations: Generations = current_app.extensions[EXTENSION]
    return generations


def _stop(generation: Generation) -> None:
    generation.is_stopped = True
    generation.cancel()


def _finish(task: Task, ended: Reply) -> bool:
    """Write an answer that has ended, and a reader's question as a content gap when the pages did not answer it."""
    if not task.is_kept:
        if task.origin.is_counted:
            answer_facts.count_unkept(ended)
        return True
    was_running = transcripts.finish(ended)
    message = transcripts.find(ended.message_id)
    if message is None:
        return True
    kind = content_gaps.classify(message.outcome) if message.state == "done" else None
    if kind is not None and task.origin.is_counted:
        content_gaps.record(kind, ended.message_id, task.question, message.page_url, message.user_id)
    if was_running:
        answer_facts.finish(message.id, ended)
    return True


def _cited(reply: Reply, checker: CitationChecker) -> Reply:
    return reply.citing([reply.sources[number - 1]["id"] for number in checker.cited])
