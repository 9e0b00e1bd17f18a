"""What a model server refuses of a request, told by its refusal, and the request without it."""

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Literal, TypedDict

Feature = Literal["stream_options", "system"]

# Servers name what they refuse in words of their own, or by its place in the request.
REFUSALS: tuple[tuple[Feature, re.Pattern[str]], ...] = (
    ("stream_options", re.compile(r"stream_?options|include_?usage", re.I)),
    (
        "system",
        re.compile(
            r"\b(?:system|developer)\b.{0,40}\b(?:roles?|messages?|prompts?|instructions?)\b|\broles?\b.{0,200}\bsystem\b",
            re.I | re.S,
        ),
    ),
)


class ChatMessage(TypedDict):
    """A message of the chat completions protocol."""

    role: Literal["system", "user", "assistant"]
    content: str


def refused_feature(status: int, body: str) -> Feature | None:
    """Return what a refusal names that a request can do without."""
    if status not in {400, 422}:
        return None
    return next((feature for feature, names in REFUSALS if names.search(body)), None)


def completion_request(model: str, messages: Sequence[ChatMessage], without: AbstractSet[Feature]) -> dict[str, Any]:
    """Return the fields of a request that does without what its server refuses."""
    request: dict[str, Any] = {"model": model, "messages": list(messages), "stream": True}
    if "stream_options" not in without:
        request["stream_options"] = {"include_usage": True}
    if "system" in without:
        request["messages"] = _without_system(messages)
    return request


def _without_system(messages: Sequence[ChatMessage]) -> list[ChatMessage]:
    """Return the messages with the rules at the head of the last one, which is the reader's."""
    rules = [message["content"] for message in messages if message["role"] == "system"]
    *earlier, last = (message for message in messages if message["role"] != "system")
    return [*earlier, ChatMessage(role=last["role"], content="\n\n".join([*rules, last["content"]]))]
