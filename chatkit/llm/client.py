"""The client of a model server: one chat completion, as it comes, within time limits, or ``RequestFailed``."""

import asyncio
import math
from collections.abc import AsyncGenerator, Awaitable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeVar
from weakref import WeakKeyDictionary

import structlog
from structlog.contextvars import get_contextvars

from chatkit.config import Settings
from chatkit.llm.chunks import Chunk, read_chunks
from chatkit.llm.dialect import ChatMessage, Feature, completion_request, refused_feature
from chatkit.llm.reasoning import ReasoningFilter

if TYPE_CHECKING:
    from openai import AsyncAPIResponse, AsyncOpenAI, AsyncStream
    from openai.types.chat import ChatCompletionChunk

log = structlog.get_logger()

BYTES_PER_TOKEN = 3
MAX_RETRY_AFTER_SECONDS = 300.0
# Any other 4xx says that the request or the key is wrong, and would say so again.
RETRYABLE_STATUSES = frozenset({408, 409, 425, 429})
T = TypeVar("T")

FailureReason = Literal["no_first_byte", "stalled", "too_slow", "too_long", "truncated", "refused", "failed"]


@dataclass(frozen=True)
class Budgets:
    """What one answer may take; `first_byte_seconds` holds for both tries together. The defaults are those of settings.

    `answer_bytes` counts what readers get, `thought_bytes` what a model thinks aloud beside it.
    """

    first_byte_seconds: float = 10
    idle_seconds: float = 10
    total_seconds: float = 60
    # How long the token counts are waited for once the text is complete.
    usage_seconds: float = 2
    retry_pause_seconds: float = 0.3
    breaker_failure_threshold: int = 3
    breaker_recovery_seconds: float = 30
    answer_bytes: int = 6_000
    thought_bytes: int = 200_000

    @classmethod
    def of(cls, settings: Settings) -> "Budgets":
        """Return the budgets that an operator has set."""
        return cls(
            first_byte_seconds=settings.llm_first_byte_seconds,
            idle_seconds=settings.llm_idle_seconds,
            total_seconds=settings.llm_total_seconds,
            answer_bytes=settings.llm_answer_bytes,
        )


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

    ``refused`` is what its server named that a request can do without.

    It holds the type of an error and never its message: some servers repeat the key they refuse.
    """

    def __init__(
        self,
        reason: FailureReason,
        error: str = "",
        status: int | None = None,
        retryable: bool = True,
        retry_after: float = 0,
        refused: Feature | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason, self.error, self.status = reason, error, status
        self.retryable, self.retry_after, self.refused = retryable, retry_after, refused


class Client:
    """Requests chat completions of the configured model.

    ``async for text in client.stream(messages, usage, started_at)`` yields the answer and fills in ``usage``.
    """

    def __init__(self, settings: Settings, budgets: Budgets) -> None:
        self.budgets = budgets
        self._settings = settings
        # What was learned of this server: what it refuses, and that it opens the model's thoughts by itself.
        self._refused: frozenset[Feature] = frozenset()
        self._opens_in_thought = False
        # The SDK's client belongs to the event loop it was made in.
        self._sdk_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncOpenAI] = WeakKeyDictionary()

    async def stream(
        self, messages: Sequence[ChatMessage], usage: Usage, started_at: float, budgets: Budgets | None = None
    ) -> AsyncGenerator[str, None]:
        """Yield the text of one completion; the time limits run from ``started_at``. Raises ``RequestFailed``."""
        budgets, loop = budgets or self.budgets, asyncio.get_running_loop()
        ends_at, due_at = started_at + budgets.total_seconds, started_at + budgets.first_byte_seconds
        late: FailureReason = "no_first_byte"
        finished, cut, answer_bytes, received_bytes = False, False, 0, 0
        earlier = (usage.prompt_tokens, usage.completion_tokens)
        reasoning = ReasoningFilter(self._opens_in_thought)
        response = await self._request(messages, due_at)
        try:
            chunks = read_chunks(response.iter_bytes())
            # Estimates, until the server reports the truth; many do so in a last chunk, some never.
            usage.prompt_tokens += estimate_tokens(messages)
            usage.estimated = True
            while answer_bytes <= budgets.answer_bytes and received_bytes - answer_bytes <= budgets.thought_bytes:
                reason = late if due_at < ends_at else "too_slow"
                try:
                    chunk = await _until(min(due_at, ends_at), anext(chunks, None), reason)
                except RequestFailed as failure:
                    # Once the text is complete, only its token counts are still to come.
                    if finished:
                        break
                    if answer_bytes and failure.reason == "failed":
                        raise RequestFailed("truncated", failure.error) from None
                    raise
                if chunk is None:
                    break
                if chunk.thought_bytes and not self._opens_in_thought:
                    reasoning.begin_answer()
                received = "" if chunk.is_whole and answer_bytes else chunk.text
                piece = reasoning.feed(received)
                cut |= chunk.is_cut
                finished |= chunk.is_last or reasoning.ended
                if finished and not cut:
                    piece += reasoning.finish()
                answer = piece.encode()
                fitting = answer[: max(0, budgets.answer_bytes - answer_bytes)].decode(errors="ignore")
                answer_bytes += len(answer)
                received_bytes += chunk.thought_bytes + len(received.encode())
                _count(usage, earlier, chunk, received_bytes)
                if fitting:
                    yield fitting
                if finished:
                    due_at = loop.time() + budgets.usage_seconds
                elif received or chunk.thought_bytes:
                    due_at, late = loop.time() + budgets.idle_seconds, "stalled"
        finally:
            await response.close()
        self._opens_in_thought = reasoning.closed_unopened or (self._opens_in_thought and not finished)
        if cut or answer_bytes > budgets.answer_bytes or received_bytes - answer_bytes > budgets.thought_bytes:
            raise RequestFailed("too_long")
        if not answer_bytes:
            raise RequestFailed("failed")
        if not finished:
            raise RequestFailed("truncated")

    async def _request(
        self, messages: Sequence[ChatMessage], due_at: float
    ) -> "AsyncAPIResponse[AsyncStream[ChatCompletionChunk]]":
        """Send a request, and once more without each thing that its server refuses."""
        # The reader's request, as it stands in the log.
        request_id = get_contextvars().get("request_id")
        headers = {"X-Request-ID": request_id} if request_id else {}
        while True:
            without = self._refused
            request = completion_request(self._settings.llm_model or "", messages, without)
            sent = self._sdk_client().chat.completions.with_streaming_response.create(**request, extra_headers=headers)
            try:
                return await _until(due_at, sent.__aenter__(), "no_first_byte")
            except RequestFailed as failure:
                if failure.refused is None or failure.refused in without:
                    raise
                self._refused |= {failure.refused}
                log.warning("model_server_refuses", feature=failure.refused, status=failure.status)

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


def _count(usage: Usage, earlier: tuple[int, int], chunk: Chunk, received_bytes: int) -> None:
    """Take the token counts a server reports; until then the completion's are estimated by its bytes."""
    if chunk.prompt_tokens is not None:
        usage.prompt_tokens = earlier[0] + chunk.prompt_tokens
    if chunk.completion_tokens is not None:
        usage.completion_tokens, usage.estimated = earlier[1] + chunk.completion_tokens, False
    elif usage.estimated:
        usage.completion_tokens = earlier[1] + math.ceil(received_bytes / BYTES_PER_TOKEN)


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
        refused = refused_feature(status, error.response.text)
        raise RequestFailed("refused", type(error).__name__, status, retryable, retry_after, refused) from None
    except Exception as error:
        # The server may have sent anything at all, or nothing.
        raise RequestFailed("failed", type(error).__name__) from None


def _retry_after(header: str) -> float:
    """Return the seconds a model server asks to wait, at most five minutes; 0 when it does not say."""
    try:
        return min(max(float(header), 0), MAX_RETRY_AFTER_SECONDS)
    except ValueError:
        return 0
