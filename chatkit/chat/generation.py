"""Answers being written by the model: one event loop per process, so that no request has to stay for its answer.

A request starts an answer, and then it and others read along. When they go, the answer goes on
into the transcript, where any worker finds it. Every second the loop writes there what has come,
which also tells the others that it lives and tells it which answers were stopped elsewhere.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import structlog
from flask import Flask, current_app
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from chatkit.answers.citations import Checker
from chatkit.answers.extractive import NOT_COVERED
from chatkit.answers.prompt import Asked, Turn
from chatkit.chat import content_gaps, transcripts
from chatkit.chat.reply import Fallback, Reply
from chatkit.database.orm import db
from chatkit.llm import model
from chatkit.llm.completion import Usage
from chatkit.llm.model import ModelUnavailable
from chatkit.search.retrieval import Hit

log = structlog.get_logger()

EXTENSION = "chatkit_generations"
# The model keeps to a minute by itself; this holds whatever happens.
TOTAL_SECONDS = 61.0
BEAT_SECONDS = 1.0
# What is checked at once; a model server may send a whole answer in one piece.
SLICE_LETTERS = 200
# The loop's statements run beside it, on so many connections at most.
WRITERS = 4
Given = TypeVar("Given")
T = TypeVar("T")


@dataclass(frozen=True)
class Task:
    """What the model is to answer from: ``passages`` are counted as the reply's sources are."""

    asked: Asked
    passages: Sequence[Hit]
    turns: Sequence[Turn]
    fallback: Fallback


class Generation:
    """An answer that this process writes; threads read it as it grows."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply
        self._began = time.perf_counter()
        self._changed = threading.Condition()
        self.cancel: Callable[[], object] = lambda: None

    @property
    def reply(self) -> Reply:
        return self._reply

    def after(self, seen: int, seconds: float) -> Reply:
        with self._changed:
            self._changed.wait_for(lambda: not self._reply.running or len(self._reply.answer) > seen, seconds)
            return self._reply

    def grow(self, piece: str) -> None:
        """Append to the answer."""
        if piece:
            self.become(replace(self._reply, answer=self._reply.answer + piece))

    def become(self, reply: Reply) -> None:
        """Let readers see the answer as it is now."""
        with self._changed:
            self._reply = reply
            self._changed.notify_all()

    def timed(self, reply: Reply, tokens: int) -> Reply:
        """Return ``reply`` with what it took until now."""
        milliseconds = round((time.perf_counter() - self._began) * 1000, 2)
        total = round(reply.metadata["retrieval_time_ms"] + milliseconds, 2)
        took = {"tokens_used": tokens, "generation_time_ms": milliseconds, "total_time_ms": total}
        return replace(reply, metadata=reply.metadata | took)


class Generations:
    """The answers one process writes for one application; made at the first, never before a fork."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._under_way: dict[str, Generation] = {}

    def find(self, message_id: str) -> Generation | None:
        """Return an answer under way here."""
        return self._under_way.get(message_id)

    def start(self, reply: Reply, task: Task) -> Generation:
        """Begin to write an answer whose row is committed."""
        generation = Generation(reply)
        loop = self._running_loop()
        self._under_way[reply.message_id] = generation
        loop.call_soon_threadsafe(self._begin, loop, generation, task)
        return generation

    def stop(self, message_id: str) -> None:
        """Cancel the model's call for an answer, if it is made here."""
        generation = self.find(message_id)
        if generation is not None and self._loop is not None:
            self._loop.call_soon_threadsafe(lambda: generation.cancel())

    def drain(self, seconds: float) -> None:
        """Wait until the answers under way have ended, for so long at most."""
        until = time.monotonic() + seconds
        while self._under_way and time.monotonic() < until:
            time.sleep(0.05)

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._loop.set_default_executor(ThreadPoolExecutor(WRITERS, "chatkit-generation-writer"))
                threading.Thread(target=self._run, args=(self._loop,), name="chatkit-generation", daemon=True).start()
            return self._loop

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        beating = loop.create_task(self._beat())
        loop.run_forever()
        beating.cancel()

    def _begin(self, loop: asyncio.AbstractEventLoop, generation: Generation, task: Task) -> None:
        generation.cancel = loop.create_task(self._write(generation, task)).cancel

    async def _write(self, generation: Generation, task: Task) -> None:
        usage, checker = Usage(), Checker(task.passages)
        try:
            with self._app.app_context():
                async with asyncio.timeout(TOTAL_SECONDS):
                    await self._take_down(generation, task, usage, checker)
            ended = self._complete(generation.reply, checker, task.fallback)
        except asyncio.CancelledError:
            ended = replace(_cited(generation.reply, checker), state="stopped")
        except (ModelUnavailable, TimeoutError):
            generation.grow(checker.break_off())
            ended = _cited(generation.reply, checker).broken_off(task.fallback)
        except Exception as error:
            log.error("generation_failed", exc_info=error)
            ended = _cited(generation.reply, checker).broken_off(task.fallback)
        # From here on there is nothing to cancel, and the end must be kept.
        generation.cancel = lambda: None
        await self._keep(generation, generation.timed(ended, usage.total), task.asked.question)

    async def _take_down(self, generation: Generation, task: Task, usage: Usage, checker: Checker) -> None:
        async with aclosing(model.write(task.asked, task.passages, task.turns, usage)) as pieces:
            async for piece in pieces:
                for start in range(0, len(piece), SLICE_LETTERS):
                    generation.grow(checker.feed(piece[start : start + SLICE_LETTERS]))
                    # The other answers share this loop.
                    await asyncio.sleep(0)
        generation.grow(checker.finish())

    def _complete(self, reply: Reply, checker: Checker, fallback: Fallback) -> Reply:
        if checker.not_covered:
            return replace(reply, answer=NOT_COVERED if fallback.citations else fallback.text, state="done")
        if not checker.cited:
            return reply.unfounded(fallback)
        return replace(_cited(reply, checker), state="done")

    async def _keep(self, generation: Generation, ended: Reply, question: str) -> None:
        """Write how an answer ended, then tell its readers; while the database is away, they are told at once."""
        until = time.monotonic() + TOTAL_SECONDS
        while not await self._in_thread(partial(_finish, question), ended) and time.monotonic() < until:
            generation.become(ended)
            await asyncio.sleep(BEAT_SECONDS)
        generation.become(ended)
        del self._under_way[ended.message_id]

    async def _beat(self) -> None:
        """Write every second what the answers under way have become, and cancel those that have been stopped."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            replies = [generation.reply for generation in list(self._under_way.values())]
            growing = {reply.message_id: reply.answer for reply in replies if reply.running}
            if growing:
                for message_id in await self._in_thread(transcripts.grow, growing) or ():
                    self.stop(message_id)

    async def _in_thread(self, write: Callable[[Given], T], given: Given) -> T | None:
        """Write to the transcript beside the loop, in one transaction; None when the database does not take it."""

        def run() -> T:
            with self._app.app_context():
                result = write(given)
                db.session.commit()
                return result

        try:
            return await asyncio.to_thread(run)
        except (DBAPIError, PoolTimeout) as error:
            log.warning("transcript_waits", error=type(error).__name__)
        except Exception as error:
            log.error("transcript_failed", exc_info=error)
        return None


def init_app(app: Flask) -> None:
    """Get ready to write answers; nothing starts before the first."""
    app.extensions[EXTENSION] = Generations(app)


def drain(app: Flask, seconds: float) -> None:
    """Wait until the answers that this process writes have ended, for so long at most."""
    found: Generations = app.extensions[EXTENSION]
    found.drain(seconds)


def here() -> Generations:
    """Return the answers this process writes for the current application."""
    found: Generations = current_app.extensions[EXTENSION]
    return found


def _finish(question: str, ended: Reply) -> bool:
    """Keep an answer, and its question as one the pages do not answer when it cites none of them."""
    transcripts.finish(ended)
    message = transcripts.find(ended.message_id)
    if message is not None and message.state == "done" and not message.citations:
        content_gaps.record("unanswered", ended.message_id, question, message.page_url, message.user_id)
    return True


def _cited(reply: Reply, checker: Checker) -> Reply:
    return replace(reply, citations=[reply.sources[number - 1]["id"] for number in checker.cited])
