"""What a model server sends, as chunks: a stream of events, or one JSON document in the place of a stream.

Servers differ in all but the text. What is not understood is ignored as long as it holds no text.
"""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

# Longer than any event, in a line or in several, and than any document; what is longer is read no further.
MAX_LINE_BYTES, MAX_EVENT_LINES, MAX_DOCUMENT_BYTES = 1_000_000, 1_000, 4_000_000
# More than any answer takes; a server that reports more is not believed.
MAX_REPORTED_TOKENS = 10_000_000
# The reasons that end an answer. Any other text, such as "" or "null", is no reason: servers send it with every chunk.
COMPLETE_REASONS = frozenset({"stop", "stop_sequence", "eos_token", "end_turn", "tool_calls", "function_call"})
CUT_REASONS = frozenset({"length", "max_tokens", "model_length"})
FAILED_REASONS = frozenset({"content_filter", "safety", "error", "abort"})
# The fields of a delta that hold no reasoning.
OTHER_FIELDS = frozenset({"role", "content", "refusal", "tool_calls", "function_call", "name", "audio", "annotations"})


@dataclass(frozen=True)
class Chunk:
    """One chunk of an answer; ``is_last`` when its text is complete, ``is_cut`` when its server ended it early.

    ``thought_bytes`` counts reasoning in fields of its own. A token count is None where it is missing.
    ``is_whole`` tells that ``text`` is the answer from its beginning.
    """

    text: str = ""
    thought_bytes: int = 0
    is_last: bool = False
    is_cut: bool = False
    is_whole: bool = False
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


async def read_chunks(body: AsyncIterator[bytes]) -> AsyncIterator[Chunk]:
    """Yield the chunks of a response; one that is last and empty stands for `[DONE]`.

    Raises ``ValueError`` for an error that the server reports in the middle, and for text it left unreadable.
    """
    buffer, data, data_lines, is_document = b"", "", 0, False
    async for received in _with_end_of_line(body):
        if not (buffer or data or is_document):
            is_document = received.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
        buffer += received
        if is_document:
            if len(buffer) > MAX_DOCUMENT_BYTES:
                raise ValueError("a document without an end")
            continue
        *lines, buffer = buffer.split(b"\n")
        if any(len(line) > MAX_LINE_BYTES for line in (*lines, buffer)):
            raise ValueError("a line without an end")
        for line in lines:
            field, _, value = line.decode(errors="replace").lstrip("\ufeff").rstrip("\r").partition(":")
            if field == "data":
                data, data_lines = f"{data}\n{value}".strip(), data_lines + 1
                if len(data) > MAX_LINE_BYTES or data_lines > MAX_EVENT_LINES:
                    raise ValueError("an event without an end")
            elif field or not data:
                continue
            if data == "[DONE]":
                yield Chunk(is_last=True)
                return
            # Some servers forget the blank line that ends an event, so a line that reads as JSON is one.
            if (event := _parse(data, is_complete=not field)) is not None:
                yield _chunk(event)
            if event is not None or not field:
                data, data_lines = "", 0
    if is_document:
        yield _document(buffer)


async def _with_end_of_line(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the body and a blank line, which ends its last event."""
    async for received in body:
        yield received
    yield b"\n\n"


def _parse(data: str, is_complete: bool) -> dict[str, Any] | None:
    """Return an event as JSON; None when it is something else, or more of it is to come."""
    try:
        event = json.loads(data)
    except (ValueError, RecursionError):
        if is_complete and data.startswith("{"):
            raise ValueError("a chunk that is no JSON") from None
        return None
    return event if isinstance(event, dict) else {}


def _document(body: bytes) -> Chunk:
    """Return the answer of a server that does not stream."""
    event = _parse(body.decode(errors="replace").lstrip("\ufeff").strip(), is_complete=True) or {}
    chunk = _chunk(event)
    return Chunk(
        chunk.text, chunk.thought_bytes, True, chunk.is_cut, True, chunk.prompt_tokens, chunk.completion_tokens
    )


def _chunk(event: dict[str, Any]) -> Chunk:
    if event.get("error"):
        raise ValueError("the model server reported an error")
    usage = _mapping(event.get("usage"))
    counts = (_count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens")))
    choices = event.get("choices")
    choice = _mapping(choices[0]) if isinstance(choices, list) and choices else {}
    reason = str(choice.get("finish_reason")).lower()
    if reason in FAILED_REASONS:
        raise ValueError("the model server gave the answer up")
    is_whole = not isinstance(choice.get("delta"), dict) and isinstance(choice.get("message"), dict)
    delta = _mapping(choice.get("message" if is_whole else "delta"))
    text, thought_bytes = _content(delta.get("content"))
    thought_bytes += sum(len(str(value).encode(errors="replace")) for value in _reasoning(delta))
    is_cut = reason in CUT_REASONS
    return Chunk(text, thought_bytes, is_cut or reason in COMPLETE_REASONS, is_cut, is_whole, *counts)


def _reasoning(delta: dict[str, Any]) -> list[object]:
    """Return what a model thinks aloud in fields of its own, whatever its server calls them."""
    return [value for name, value in delta.items() if name not in OTHER_FIELDS and value]


def _content(content: object) -> tuple[str, int]:
    """Return the text of a message, which may come in parts, and how many bytes of it are reasoning."""
    if isinstance(content, str):
        # A lone surrogate is no character.
        return content.encode(errors="replace").decode(), 0
    text, thought_bytes = "", 0
    for part in map(_mapping, content if isinstance(content, list) else ()):
        if part.get("type") in {"text", "output_text"} and isinstance(part.get("text"), str):
            text += part["text"].encode(errors="replace").decode()
        else:
            thought_bytes += len(str(part).encode(errors="replace"))
    return text, thought_bytes


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _count(value: object) -> int | None:
    """Return a number of tokens; None for one that is missing or beyond belief, 0 among them."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 1 <= value <= MAX_REPORTED_TOKENS:
        return int(value)
    return None
