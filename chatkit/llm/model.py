"""Asking a model: within time budgets, with one retry, behind a circuit breaker, under a daily cap."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, TypeVar
from weakref import WeakKeyDictionary

import structlog
from flask import Flask, current_app
from prometheus_client import Counter
from sqlalchemy.exc import SQLAlchemyError

from chatkit.answers.prompt import Asked, Turn, messages
from chatkit.config import Settings
from chatkit.errors import ChatKitError
from chatkit.llm import token_budget
from chatkit.llm.circuit_breaker import Breaker
from chatkit.llm.completion import BYTES_PER_TOKEN, Budgets, Failure, Usage, completion, estimate
from chatkit.search.retrieval import Hit

if TYPE_CHECKING:
    from openai import AsyncOpenAI

log = structlog.get_logger()

EXTENSION = "chatkit_model"
T = TypeVar("T")

ANSWERS = Counter("chatkit_model_answers_total", "Answers asked of the model.", ["outcome"])
TOKENS = Counter("chatkit_model_tokens_total", "Tokens the model was given and gave.")


class ModelUnavailable(ChatKitError):
    """No answer by a model, or not the rest of one.

    ``reason`` is a stable code: `not_configured`, `breaker_open`, `cap_reached`, `cap_unknown`,
    `no_first_byte`, `stalled`, `too_slow`, `too_long`, `truncated`, `refused`, `failed`.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"The model gave no answer: {reason}.")
        self.reason = reason


@dataclass
class _Model:
    """One application's model; a client belongs to the event loop it was made in."""

    name: str
    chosen: Settings
    budgets: Budgets
    breaker: Breaker
    clients: "WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncOpenAI]" = field(default_factory=WeakKeyDictionary)

    @property
    def client(self) -> "AsyncOpenAI":
        from openai import AsyncOpenAI

        loop = asyncio.get_running_loop()
        if loop not in self.clients:
            # It keeps up to 1,000 connections, and retries nothing: that is decided here.
            self.clients[loop] = AsyncOpenAI(
                api_key=self.chosen.openai_api_key or "none",
                base_url=self.chosen.openai_base_url,
                timeout=self.budgets.total_seconds,
                max_retries=0,
            )
        return self.clients[loop]


def init_app(app: Flask, budgets: Budgets | None = None) -> None:
    """Get ready to ask the model of the settings; without one, nothing is imported."""
    chosen: Settings = app.config["CHATKIT"]
    if chosen.llm_model is None:
        return
    # Now, and not with the first question, which would wait for it.
    import openai  # noqa: F401

    budgets = budgets or Budgets()
    breaker = Breaker(budgets.breaker_failures, budgets.breaker_pause_seconds)
    app.extensions[EXTENSION] = _Model(chosen.llm_model, chosen, budgets, breaker)


def configured() -> bool:
    """Tell whether the current application has a model to ask."""
    return EXTENSION in current_app.extensions


async def write(
    asked: Asked, passages: Sequence[Hit], turns: Sequence[Turn], usage: Usage
) -> AsyncGenerator[str, None]:
    """Yield a model's answer as it comes, unchecked; needs the application's context.

    Raises ``ModelUnavailable`` before the first piece or after any. Cancelling the task or closing
    the iterator ends the request at the model server. ``usage`` is filled in at the end, also then.
    """
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    model: _Model | None = app.extensions.get(EXTENSION)
    if model is None:
        raise ModelUnavailable("not_configured")
    if not model.breaker.admit():
        ANSWERS.labels("breaker_open").inc()
        raise ModelUnavailable("breaker_open")
    trying = model.breaker.trying
    sent = messages(asked, passages, turns)
    reserved = estimate("".join(message["content"] for message in sent)) + model.budgets.answer_bytes // BYTES_PER_TOKEN
    day, outcome = None, "stopped"
    try:
        day = await _reserve(app, reserved)
        async with aclosing(_tries(model, sent, usage)) as pieces:
            async for piece in pieces:
                yield piece
        outcome, trying = "answered", False
        model.breaker.succeeded()
    except Failure as failure:
        outcome, trying = failure.reason, False
        if outcome == "too_long":
            # It works, and the next answer may be short.
            model.breaker.succeeded()
        else:
            model.breaker.failed(failure.retry_after)
        raise ModelUnavailable(outcome) from None
    except ModelUnavailable as error:
        outcome = error.reason
        raise
    finally:
        if trying:
            model.breaker.released()
        ANSWERS.labels(outcome).inc()
        TOKENS.inc(usage.total)
        if day is not None:
            await _settle(app, day, usage.total - reserved)


async def _tries(model: _Model, sent: list[dict[str, str]], usage: Usage) -> AsyncGenerator[str, None]:
    """Yield the answer of the first try, or of a second if the first failed before its first piece."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    told = False
    for last in (False, True):
        try:
            async with aclosing(completion(model.client, model.name, sent, usage, model.budgets, began)) as pieces:
                async for piece in pieces:
                    told = True
                    yield piece
            return
        except Failure as failure:
            log.warning("model_failed", reason=failure.reason, error=failure.error, status=failure.status)
            pause = max(model.budgets.retry_pause_seconds, failure.retry_after)
            too_late = loop.time() + pause >= began + model.budgets.first_byte_seconds
            if last or told or too_late or not failure.passing:
                raise
        await asyncio.sleep(pause)


async def _reserve(app: Flask, count: int) -> date:
    """Count tokens beforehand, or raise ``ModelUnavailable``: also when they cannot be counted."""
    try:
        day = await _in_thread(app, token_budget.reserve, count)
    except SQLAlchemyError:
        raise ModelUnavailable("cap_unknown") from None
    if day is None:
        raise ModelUnavailable("cap_reached")
    return day


async def _settle(app: Flask, day: date, difference: int) -> None:
    try:
        await _in_thread(app, token_budget.settle, day, difference)
    except SQLAlchemyError as error:
        # The reservation stays, so the day's count is too high rather than too low.
        log.warning("model_tokens_unsettled", error=type(error).__name__)


async def _in_thread(app: Flask, call: Callable[..., T], *values: object) -> T:
    """Run a statement beside the event loop, on a connection that goes back to the pool at once."""

    def run() -> T:
        with app.app_context():
            return call(*values)

    return await asyncio.to_thread(run)
