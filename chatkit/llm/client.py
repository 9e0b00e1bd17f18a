"""The client of a model server: one chat completion, as it comes, within time limits, or ``RequestFailed``."""

import asyncio
import math
from collections.abc import AsyncGenerator, Awaitable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypedDict, TypeVar, cast
from weakref import WeakKeyDictionary

from chatkit.config import Settings

if TYPE_CHECKING:
    from openai import AsyncOpenAI, AsyncStream
    from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam

BYTES_PER_TOKEN = 3
# More than any answer takes; a server that reports more is not believed.
MAX_REPORTED_TOKENS = 10_000_000
MAX_RETRY_AFTER_SECONDS = 300.0
# Any other 4xx says that the request or the key is wrong, and would say so again.
RETRYABLE_STATUSES = frozenset({408, 409, 425, 429})
T = TypeVar("T")

FailureReason = Literal["no_first_byte", "stalled", "too_slow", "too_long", "truncated", "refused", "failed"]


class ChatMessage(TypedDict):
    """A message of the chat completions protocol."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True)
class Budgets:
    """What one answer may take; `first_byte_seconds` holds for both tries together."""

    first_byte_seconds: float = 10
    idle_seconds: float = 10
    total_seconds: float = 60
    # How long the token counts are waited for once the text is complete.
    usage_seconds: float = 2
    retry_pause_seconds: float = 0.3
    breaker_failure_threshold: int = 3
    breaker_recovery_seconds: float = 30
    answer_bytes: int = 6_000


@dataclass
class Usage:
    """The tokens of one answer; ``estimated`` when the model server did not report them."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    estimated: bool = False

    @property
    def total(self) -> int:
        return self.prompt_tokens + self.completion_tokens


class RequestFailed(Exception):
    """A request that failed; ``retryable`` when another one may succeed, after ``retry_after`` seconds.

    It holds the type of an error and never its message: some servers repeat the key they refuse.
    """

    def __init__(
        self,
        reason: FailureReason,
        error: str = "",
        status: int | None = None,
        retryable: bool = True,
        retry_after: float = 0,
    ) -> None:
        super().__init__(reason)
        self.reason, self.error, self.status = reason, error, status
        self.retryable, self.retry_after = retryable, retry_after


@dataclass(frozen=True)
class _Chunk:
    """One chunk of a stream; ``is_active`` when the model is at work, ``is_cut`` when its server ended the text."""

    text: str = ""
    is_active: bool = False
    is_last: bool = False
    is_cut: bool = False
    token_counts: tuple[int, int] | None = None


class Client:
    """Requests chat completions of the configured model.

    ``async for text in client.stream(messages, usage, started_at)`` yields the answer and fills in ``usage``.
    """

    def __init__(self, settings: Settings, budgets: Budgets) -> None:
        self.budgets = budgets
        self._settings = settings
        # The SDK's client belongs to the event loop it was made in.
        self._sdk_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncOpenAI] = WeakKeyDictionary()

    async def stream(
        self, messages: Sequence[ChatMessage], usage: Usage, started_at: float
    ) -> AsyncGenerator[str, None]:
        """Yield the text of one completion; the time limits run from ``started_at``. Raises ``RequestFailed``."""
        budgets, loop = self.budgets, asyncio.get_running_loop()
        ends_at, due_at = started_at + budgets.total_seconds, started_at + budgets.first_byte_seconds
        late: FailureReason = "no_first_byte"
        finished, cut, received_bytes = False, False, 0
        earlier = (usage.prompt_tokens, usage.completion_tokens)
        request = self._sdk_client().chat.completions.create(
            model=self._settings.llm_model or "",
            messages=cast("list[ChatCompletionMessageParam]", messages),
            stream=True,
            stream_options={"include_usage": True},
        )
        stream = await _until(due_at, request, late)
        try:
            # Estimates, until the server reports the truth; many do so in a last chunk, some never.
            usage.prompt_tokens += estimate_tokens(messages)
            usage.estimated = True
            while received_bytes <= budgets.answer_bytes:
                try:
                    chunk = await _until(min(due_at, ends_at), _next(stream), late if due_at < ends_at else "too_slow")
                except RequestFailed as failure:
                    # Once the text is complete, only its token counts are still to come.
                    if finished:
                        break
                    if received_bytes and failure.reason == "failed":
                        raise RequestFailed("truncated", failure.error) from None
                    raise
                if chunk is None:
                    break
                if chunk.token_counts is not None:
                    usage.prompt_tokens = earlier[0] + chunk.token_counts[0]
                    usage.completion_tokens = earlier[1] + chunk.token_counts[1]
                    usage.estimated = False
                if chunk.text:
                    received = chunk.text.encode()
                    fitting = received[: budgets.answer_bytes - received_bytes].decode(errors="ignore")
                    received_bytes += len(received)
                    if usage.estimated:
                        usage.completion_tokens = earlier[1] + math.ceil(received_bytes / BYTES_PER_TOKEN)
                    yield fitting
                finished |= chunk.is_last
                cut |= chunk.is_cut
                if finished:
                    due_at = loop.time() + budgets.usage_seconds
                elif chunk.is_active:
                    due_at, late = loop.time() + budgets.idle_seconds, "stalled"
        finally:
            await stream.close()
        if not received_bytes:
            raise RequestFailed("failed")
        if cut or received_bytes > budgets.answer_bytes:
            raise RequestFailed("too_long")
        if not finished:
            raise RequestFailed("truncated")

    def _sdk_client(self) -> "AsyncOpenAI":
        from openai import AsyncOpenAI

        loop = asyncio.get_running_loop()
        if loop not in self._sdk_clients:
            # It keeps up to 1,000 connections, and retries nothing: that is decided in `retries`.
            self._sdk_clients[loop] = AsyncOpenAI(
                api_key=self._settings.openai_api_key or "none",
                base_url=self._settings.openai_base_url,
                timeout=self.budgets.total_seconds,
                max_retries=0,
            )
        return self._sdk_clients[loop]


def estimate_tokens(messages: Sequence[ChatMessage]) -> int:
    """Return about how many tokens messages are, rather too many than too few, in any script."""
    return math.ceil(sum(len(message["content"].encode()) for message in messages) / BYTES_PER_TOKEN)


async def _next(stream: "AsyncStream[ChatCompletionChunk]") -> _Chunk | None:
    """Read one chunk; None at the end of the stream. Raises any exception at all for a malformed one."""
    chunk = await anext(stream, None)
    if chunk is None:
        return None
    token_counts = None
    if chunk.usage is not None:
        token_counts = (int(chunk.usage.prompt_tokens), int(chunk.usage.completion_tokens))
        if not all(0 <= count <= MAX_REPORTED_TOKENS for count in token_counts):
            token_counts = None
    if not chunk.choices:
        return _Chunk(token_counts=token_counts)
    choice = chunk.choices[0]
    if choice.finish_reason == "content_filter":
        raise ValueError("the model server filtered the answer")
    content: Any = choice.delta.content or ""
    # A model streams its reasoning in fields or parts of their own: a sign that it is at work.
    is_active = bool(content or choice.delta.model_extra)
    if isinstance(content, list):
        content = "".join(part["text"] for part in content if part["type"] == "text")
    # A lone surrogate is no character.
    text = content.encode(errors="replace").decode()
    return _Chunk(text, is_active, choice.finish_reason is not None, choice.finish_reason == "length", token_counts)


async def _until(deadline: float, request: Awaitable[T], timeout_reason: FailureReason) -> T:
    """Await the model server until ``deadline``, in the loop's time; any error becomes a ``RequestFailed``."""
    import openai

    try:
        async with asyncio.timeout_at(deadline):
            return await request
    except TimeoutError:
        raise RequestFailed(timeout_reason, retryable=False) from None
    except openai.APIStatusError as error:
        status = error.status_code
        retryable = status in RETRYABLE_STATUSES or status >= 500
        retry_after = _retry_after(error.response.headers.get("Retry-After", ""))
        raise RequestFailed("refused", type(error).__name__, status, retryable, retry_after) from None
    except Exception as error:
        # The server may have sent anything at all, or nothing.
        raise RequestFailed("failed", type(error).__name__) from None


def _retry_after(header: str) -> float:
    """Return the seconds a model server asks to wait, at most five minutes; 0 when it does not say."""
    try:
        return min(max(float(header), 0), MAX_RETRY_AFTER_SECONDS)
    except ValueError:
        return 0
