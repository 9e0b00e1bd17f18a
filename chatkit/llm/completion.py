"""One request to a model server: its text as it comes, within time budgets, or a ``Failure``."""

import asyncio
import math
from collections.abc import AsyncGenerator, Awaitable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from openai import AsyncOpenAI, AsyncStream
    from openai.types.chat import ChatCompletionChunk

BYTES_PER_TOKEN = 3
# More than any answer takes; a server that tells more is not believed.
MOST_TOKENS = 10_000_000
LONGEST_HOLD_SECONDS = 300.0
# Where a second try may help: the others say that the request or the key is wrong.
PASSING_STATUSES = frozenset({408, 409, 425, 429})
T = TypeVar("T")


@dataclass(frozen=True)
class Budgets:
    """What an answer may take. The first byte's time is for both tries together."""

    first_byte_seconds: float = 10
    idle_seconds: float = 10
    total_seconds: float = 60
    # How long the tokens are waited for once the text is complete.
    usage_seconds: float = 2
    retry_pause_seconds: float = 0.3
    breaker_failures: int = 3
    breaker_pause_seconds: float = 30
    answer_bytes: int = 6_000


@dataclass
class Usage:
    """The tokens of one answer; ``estimated`` when the model server did not tell."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    estimated: bool = False

    @property
    def total(self) -> int:
        return self.prompt_tokens + self.completion_tokens


@dataclass(frozen=True)
class _Part:
    """What one chunk says: text, that the model is at work, that it is the last, or a cut, what was counted."""

    text: str = ""
    alive: bool = False
    last: bool = False
    cut: bool = False
    counted: tuple[int, int] | None = None


class Failure(Exception):
    """A request that failed; ``passing`` when another try may help, after ``retry_after`` seconds.

    It holds the kind of an error and never its words: some servers repeat the key they refuse.
    """

    def __init__(
        self, reason: str, error: str = "", status: int | None = None, passing: bool = True, retry_after: float = 0
    ) -> None:
        super().__init__(reason)
        self.reason, self.error, self.status = reason, error, status
        self.passing, self.retry_after = passing, retry_after


def estimate(text: str) -> int:
    """Return about how many tokens a text is, rather too many than too few, in any script."""
    return math.ceil(len(text.encode()) / BYTES_PER_TOKEN)


async def completion(
    client: "AsyncOpenAI", name: str, sent: Any, usage: Usage, budgets: Budgets, began: float
) -> AsyncGenerator[str, None]:
    """Yield the pieces of one request; the time budgets run from ``began``. Raises ``Failure``."""
    loop = asyncio.get_running_loop()
    ends_at, due_at, late = began + budgets.total_seconds, began + budgets.first_byte_seconds, "no_first_byte"
    finished, cut, told_bytes = False, False, 0
    before = (usage.prompt_tokens, usage.completion_tokens)
    request = client.chat.completions.create(
        model=name,
        messages=sent,
        stream=True,
        stream_options={"include_usage": True},
    )
    stream = await _within(request, due_at, late)
    try:
        # Estimates, until the server tells the truth; many do so in a last chunk, some never.
        usage.prompt_tokens += estimate("".join(message["content"] for message in sent))
        usage.estimated = True
        while told_bytes <= budgets.answer_bytes:
            try:
                part = await _within(_next(stream), min(due_at, ends_at), late if due_at < ends_at else "too_slow")
            except Failure as failure:
                # Once the text is complete, only its tokens are still to come.
                if finished:
                    break
                if told_bytes and failure.reason == "failed":
                    raise Failure("truncated", failure.error) from None
                raise
            if part is None:
                break
            if part.counted is not None:
                usage.prompt_tokens, usage.completion_tokens = before[0] + part.counted[0], before[1] + part.counted[1]
                usage.estimated = False
            if part.text:
                told = part.text.encode()
                shown = told[: budgets.answer_bytes - told_bytes].decode(errors="ignore")
                told_bytes += len(told)
                if usage.estimated:
                    usage.completion_tokens = before[1] + math.ceil(told_bytes / BYTES_PER_TOKEN)
                yield shown
            finished |= part.last
            cut |= part.cut
            if finished:
                due_at = loop.time() + budgets.usage_seconds
            elif part.alive:
                due_at, late = loop.time() + budgets.idle_seconds, "stalled"
    finally:
        await stream.close()
    if not told_bytes:
        raise Failure("failed")
    if cut or told_bytes > budgets.answer_bytes:
        raise Failure("too_long")
    if not finished:
        raise Failure("truncated")


async def _next(stream: "AsyncStream[ChatCompletionChunk]") -> _Part | None:
    """Read one chunk; None at the end of the stream. A chunk that makes no sense raises whatever it likes."""
    chunk = await anext(stream, None)
    if chunk is None:
        return None
    counted = None
    if chunk.usage is not None:
        counted = (int(chunk.usage.prompt_tokens), int(chunk.usage.completion_tokens))
        if not all(0 <= count <= MOST_TOKENS for count in counted):
            counted = None
    if not chunk.choices:
        return _Part(counted=counted)
    choice = chunk.choices[0]
    if choice.finish_reason == "content_filter":
        raise ValueError("the model server filtered the answer")
    said: Any = choice.delta.content or ""
    # Models that think aloud do so in fields or parts of their own: a sign that they are at work.
    alive = bool(said or choice.delta.model_extra)
    if isinstance(said, list):
        said = "".join(part["text"] for part in said if part["type"] == "text")
    # Half a character is none.
    text = said.encode(errors="replace").decode()
    return _Part(text, alive, choice.finish_reason is not None, choice.finish_reason == "length", counted)


async def _within(work: Awaitable[T], deadline: float, late: str) -> T:
    """Await what asks the model server until ``deadline``; whatever goes wrong becomes a ``Failure``."""
    import openai

    try:
        async with asyncio.timeout_at(deadline):
            return await work
    except TimeoutError:
        raise Failure(late, passing=False) from None
    except openai.APIStatusError as error:
        status = error.status_code
        passing = status in PASSING_STATUSES or status >= 500
        wait = _retry_after(error.response.headers.get("Retry-After", ""))
        raise Failure("refused", type(error).__name__, status, passing, wait) from None
    except Exception as error:
        # The other side may have sent anything at all, or nothing.
        raise Failure("failed", type(error).__name__) from None


def _retry_after(header: str) -> float:
    """Return the seconds a model server asks to wait, at most five minutes; 0 when it does not say."""
    try:
        return min(max(float(header), 0), LONGEST_HOLD_SECONDS)
    except ValueError:
        return 0
