"""Asking the model: with a retry, behind a circuit breaker, within the day's token budget."""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Literal

import structlog
from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from chatkit import tracing
from chatkit.config import Settings
from chatkit.database.threads import run_in_thread
from chatkit.errors import ChatKitError
from chatkit.llm import metrics, token_budget
from chatkit.llm.circuit_breaker import CircuitBreaker
from chatkit.llm.client import (
    BYTES_PER_TOKEN,
    Budgets,
    Client,
    FailureReason,
    RequestFailed,
    Usage,
    estimate_tokens,
)
from chatkit.llm.dialect import ChatMessage
from chatkit.llm.retries import stream_with_retry
from chatkit.llm.token_budget import Exhausted, Reservation

log = structlog.get_logger()

EXTENSION = "chatkit_llm"

# What a completion may take that a reader waits for before the search.
BRIEF = Budgets(
    first_byte_seconds=3, idle_seconds=3, total_seconds=3, usage_seconds=0.2, answer_bytes=600, thought_bytes=4_000
)
BRIEF_RECOVERY_SECONDS = 600


UnavailableReason = (
    FailureReason | Literal["not_configured", "breaker_open", "cap_reached", "share_used", "cap_unknown"]
)


class ModelUnavailable(ChatKitError):
    """No answer by a model, or not the rest of one; ``reason`` is a stable code, which the metrics count."""

    def __init__(self, reason: UnavailableReason) -> None:
        super().__init__(f"The model gave no answer: {reason}.")
        self.reason = reason


@dataclass(frozen=True)
class _Model:
    """One application's model."""

    client: Client
    breaker: CircuitBreaker
    # Of brief completions: a model that is too slow for them still answers questions.
    brief_breaker: CircuitBreaker


def init_app(app: Flask, budgets: Budgets | None = None) -> None:
    """Get ready to ask the model of the settings; without one, nothing is imported."""
    settings: Settings = app.config["CHATKIT"]
    if settings.llm_model is None:
        return
    # Now, and not with the first question, which would wait for it.
    import openai  # noqa: F401

    budgets = budgets or Budgets.of(settings)
    breaker = CircuitBreaker(budgets.breaker_failure_threshold, budgets.breaker_recovery_seconds)
    brief_breaker = CircuitBreaker(budgets.breaker_failure_threshold, BRIEF_RECOVERY_SECONDS)
    app.extensions[EXTENSION] = _Model(Client(settings, budgets), breaker, brief_breaker)


def is_configured() -> bool:
    """Tell whether the current application has a model to ask."""
    return EXTENSION in current_app.extensions


def sample(app: Flask) -> None:
    """Set the gauges of this process to what is true of its model now."""
    model: _Model | None = app.extensions.get(EXTENSION)
    metrics.BREAKER_OPEN.set(0 if model is None or model.breaker.is_closed else 1)


async def stream_completion(
    app: Flask, messages: Sequence[ChatMessage], usage: Usage, spenders: Sequence[str] = ()
) -> AsyncGenerator[str, None]:
    """Yield what the model of an application writes, as it comes, unchecked; its tokens count against ``spenders``.

    Raises ``ModelUnavailable`` before the first piece or after any. Cancelling the task or closing
    the iterator ends the request at the model server. ``usage`` is filled in at the end, also then.
    """
    model: _Model | None = app.extensions.get(EXTENSION)
    if model is None:
        raise ModelUnavailable("not_configured")
    if not model.breaker.allow_request():
        metrics.ANSWERS.labels("breaker_open").inc()
        raise ModelUnavailable("breaker_open")
    is_probe = model.breaker.is_probing
    reservation: Reservation | None = None
    outcome: UnavailableReason | Literal["stopped", "answered"] = "stopped"
    began, begun, span = time.perf_counter(), False, tracing.start(app, "model answer")
    try:
        tokens = estimate_tokens(messages) + model.client.budgets.answer_bytes // BYTES_PER_TOKEN
        reservation = await _reserve(app, tokens, spenders)
        async with aclosing(stream_with_retry(model.client, messages, usage)) as pieces:
            async for piece in pieces:
                if not begun:
                    begun = True
                    metrics.FIRST_BYTE.observe(time.perf_counter() - began)
                yield piece
        outcome, is_probe = "answered", False
        model.breaker.record_success()
    except RequestFailed as failure:
        outcome, is_probe = failure.reason, False
        if outcome == "too_long":
            # The server works, and the next answer may be short.
            model.breaker.record_success()
        else:
            model.breaker.record_failure(failure.retry_after)
        raise ModelUnavailable(failure.reason) from None
    except ModelUnavailable as error:
        outcome = error.reason
        raise
    finally:
        if is_probe:
            model.breaker.release_probe()
        seconds = time.perf_counter() - began
        metrics.ANSWERS.labels(outcome).inc()
        metrics.SECONDS.observe(seconds)
        tracing.end(span, attributes={"outcome": outcome, "tokens": usage.total})
        metrics.count_tokens(usage)
        log.info(
            "model_answer_ended",
            outcome=outcome,
            usage=usage.total,
            estimated=usage.estimated,
            ms=round(seconds * 1000, 2),
        )
        if reservation is not None:
            await _settle(app, reservation, usage.total)


async def complete_briefly(app: Flask, messages: Sequence[ChatMessage], usage: Usage, spenders: Sequence[str]) -> str:
    """Return a short completion within the ``BRIEF`` budgets, or raise ``ModelUnavailable``; it is not tried again."""
    model: _Model | None = app.extensions.get(EXTENSION)
    if model is None:
        raise ModelUnavailable("not_configured")
    if not (model.breaker.is_closed and model.brief_breaker.allow_request()):
        raise ModelUnavailable("breaker_open")
    is_probe, reservation = model.brief_breaker.is_probing, None
    span = tracing.start(app, "model rewrite")
    outcome: UnavailableReason | Literal["stopped", "answered"] = "stopped"
    started_at = asyncio.get_running_loop().time()
    try:
        reservation = await _reserve(app, estimate_tokens(messages) + BRIEF.answer_bytes // BYTES_PER_TOKEN, spenders)
        async with aclosing(model.client.stream(messages, usage, started_at, BRIEF)) as pieces:
            text = "".join([piece async for piece in pieces])
        outcome, is_probe = "answered", False
        model.brief_breaker.record_success()
        return text
    except RequestFailed as failure:
        outcome, is_probe = failure.reason, False
        model.brief_breaker.record_failure()
        log.info("model_brief_failed", reason=failure.reason, error=failure.error, status=failure.status)
        raise ModelUnavailable(failure.reason) from None
    except ModelUnavailable as error:
        outcome = error.reason
        raise
    finally:
        if is_probe:
            model.brief_breaker.release_probe()
        metrics.REWRITES.labels(outcome).inc()
        tracing.end(span, attributes={"outcome": outcome, "tokens": usage.total})
        metrics.count_tokens(usage)
        if reservation is not None:
            await _settle(app, reservation, usage.total)


async def _reserve(app: Flask, tokens: int, spenders: Sequence[str]) -> Reservation:
    """Reserve tokens, or raise ``ModelUnavailable``: also when they cannot be counted."""
    try:
        return await run_in_thread(app, token_budget.reserve, tokens, spenders)
    except Exhausted as error:
        raise ModelUnavailable(error.reason) from None
    except SQLAlchemyError:
        raise ModelUnavailable("cap_unknown") from None


async def _settle(app: Flask, reservation: Reservation, used_tokens: int) -> None:
    try:
        await run_in_thread(app, token_budget.settle, reservation, used_tokens)
    except SQLAlchemyError as error:
        # The reservation stays, so the day's count is too high rather than too low.
        log.warning("model_tokens_unsettled", error=type(error).__name__)
