"""The second try of a completion that failed before its first word."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import structlog

from chatkit.llm.client import Client, RequestFailed, Usage
from chatkit.llm.dialect import ChatMessage

log = structlog.get_logger()


async def stream_with_retry(client: Client, messages: Sequence[ChatMessage], usage: Usage) -> AsyncGenerator[str, None]:
    """Yield a completion, of a second try if need be while the first word's time lasts. Raises ``RequestFailed``."""
    loop = asyncio.get_running_loop()
    started_at, begun = loop.time(), False
    for is_last_try in (False, True):
        try:
            async with aclosing(client.stream(messages, usage, started_at)) as pieces:
                async for piece in pieces:
                    begun = True
                    yield piece
            return
        except RequestFailed as failure:
            log.warning("model_failed", reason=failure.reason, error=failure.error, status=failure.status)
            pause = max(client.budgets.retry_pause_seconds, failure.retry_after)
            is_too_late = loop.time() + pause >= started_at + client.budgets.first_byte_seconds
            if is_last_try or begun or is_too_late or not failure.retryable:
                raise
        await asyncio.sleep(pause)
