"""What a model server sends, read in whatever dialect it is."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from chatkit.llm.chunks import Chunk, read_chunks


def read(body: str, size: int = 10_000) -> list[Chunk]:
    """Return the chunks of a body that comes in pieces of ``size`` bytes."""
    encoded = body.encode()

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(encoded), size):
            yield encoded[start : start + size]

    async def run() -> list[Chunk]:
        return [chunk async for chunk in read_chunks(pieces())]

    return asyncio.run(run())


def text(body: str) -> str:
    return "".join(chunk.text for chunk in read(body))


def delta(content: str, reason: object = None, **more: object) -> str:
    """Return an event with one piece of text."""
    choice = {"index": 0, "delta": {"content": content}, "finish_reason": reason}
    return f"data: {json.dumps({'choices': [choice]} | more)}\n\n"


@pytest.mark.parametrize("reason", [None, "", "null", "None", "unfinished", "in_progress", 0, False, {}])
def test_no_other_reason_than_those_known_ends_an_answer(reason: object) -> None:
    assert not read(delta("A", reason))[0].is_last


@pytest.mark.parametrize("reason", ["stop", "STOP", "length", "tool_calls", "eos_token", "end_turn", "MAX_TOKENS"])
def test_a_known_reason_ends_it(reason: str) -> None:
    assert read(delta("A", reason))[0].is_last


@pytest.mark.parametrize(("reason", "cut"), [("length", True), ("max_tokens", True), ("stop", False)])
def test_the_reason_tells_whether_it_is_cut(reason: str, cut: bool) -> None:
    assert read(delta("A", reason))[0].is_cut == cut


@pytest.mark.parametrize("reason", ["content_filter", "error", "abort"])
def test_an_answer_that_its_server_gives_up_is_an_error(reason: str) -> None:
    with pytest.raises(ValueError, match="gave"):
        read(delta("A", reason))


def test_done_ends_it_and_what_follows_is_unread() -> None:
    chunks = read(delta("A") + "data: [DONE]\n\n" + delta("B"))
    assert [(chunk.text, chunk.is_last) for chunk in chunks] == [("A", False), ("", True)]


@pytest.mark.parametrize(
    "extra",
    [
        'data: {"choices": [{"index": 0, "finish_reason": null}]}\n\n',
        'data: {"choices": [{"delta": null}]}\n\n',
        'data: {"choices": [{"delta": "text"}]}\n\n',
        'data: {"choices": [null]}\n\n',
        'data: {"choices": null, "object": "ping"}\n\n',
        'data: {"type": "ping"}\n\n',
        'data: {"choices": [{"delta": {"content": null, "role": "assistant"}}]}\n\n',
        'data: {"error": null, "choices": []}\n\n',
        "data: []\n\n",
        "data: 7\n\n",
        "data: null\n\n",
        "data: ping\n\n",
        "data:\n\n",
        ": OPENROUTER PROCESSING\n\n",
        "event: ping\nid: 5\nretry: 100\n\n",
        "\r\n\r\n",
    ],
)
def test_what_has_no_text_is_ignored(extra: str) -> None:
    assert text(extra + delta("A ") + extra + delta("B") + extra) == "A B"


@pytest.mark.parametrize(
    "usage",
    [
        {},
        None,
        [],
        "many",
        {"prompt_tokens": None, "completion_tokens": None},
        {"prompt_tokens": "many", "completion_tokens": -5},
        {"prompt_tokens": 0, "completion_tokens": 10**20},
        {"prompt_tokens": True, "completion_tokens": float("inf")},
    ],
)
def test_a_missing_or_absurd_count_is_none(usage: object) -> None:
    [chunk] = read(delta("A", usage=usage))
    assert (chunk.text, chunk.prompt_tokens, chunk.completion_tokens) == ("A", None, None)


def test_one_count_is_taken_without_the_other() -> None:
    [chunk] = read(delta("A", usage={"prompt_tokens": 12, "completion_tokens": None}))
    assert (chunk.prompt_tokens, chunk.completion_tokens) == (12, None)


@pytest.mark.parametrize("size", [1, 3, 10_000])
@pytest.mark.parametrize(
    "body",
    [
        delta("fög ") + delta("horn"),
        (delta("fög ") + delta("horn")).replace("\n", "\r\n"),
        (delta("fög ") + delta("horn")).replace("data: ", "data:"),
        (delta("fög ") + delta("horn")).replace("\n\n", "\n"),
        (delta("fög ") + delta("horn")).rstrip(),
        "\ufeff" + delta("fög ") + delta("horn"),
        delta("fög ").replace('"choices"', '\ndata: "choices"') + delta("horn"),
    ],
    ids=["plain", "crlf", "no space", "no blank line", "no end", "byte order mark", "two lines"],
)
def test_events_are_read_however_they_are_written_and_cut(body: str, size: int) -> None:
    assert "".join(chunk.text for chunk in read(body, size)) == "fög horn"


@pytest.mark.parametrize("name", ["reasoning", "reasoning_content", "thinking", "reasoning_details"])
def test_reasoning_in_a_field_of_its_own_is_counted_and_no_text(name: str) -> None:
    [chunk] = read(f'data: {{"choices": [{{"delta": {{"{name}": "Hm, hm."}}}}]}}\n\n')
    assert (chunk.text, chunk.thought_bytes) == ("", 7)


@pytest.mark.parametrize("indent", [None, 2])
def test_a_whole_document_is_one_last_chunk(indent: int | None) -> None:
    message = {"role": "assistant", "content": "Fog.", "reasoning_content": "Hm."}
    usage = {"prompt_tokens": 5, "completion_tokens": 2}
    document = {"object": "chat.completion", "choices": [{"message": message, "finish_reason": "stop"}], "usage": usage}
    [chunk] = read(json.dumps(document, indent=indent), 7)
    assert chunk == Chunk("Fog.", 3, True, False, True, 5, 2)


@pytest.mark.parametrize(
    "body",
    [
        'data: {"choices": [{"delta": {"content": "A\n\n',
        'data: {"error": {"message": "overloaded"}}\n\n',
        '{"error": {"message": "overloaded"}}',
        '{"choices": [',
    ],
)
def test_an_error_or_text_that_cannot_be_read_is_an_error(body: str) -> None:
    with pytest.raises(ValueError, match=r"error|JSON"):
        read(body)


@pytest.mark.parametrize(
    "body",
    [
        "data: " + "x" * 1_100_000,
        ": " + "x" * 1_100_000 + "\n",
        delta("A") + "data: " + '"' + "x" * 1_100_000 + '"\n\n' + delta("B"),
        "data: x\n" * 1_100,
        "data: [\n" + ("data: " + "x" * 100_000 + "\n") * 11,
        "{" + " " * 4_100_000,
    ],
    ids=["a line", "a comment", "a line in the middle", "many lines", "long lines", "a document"],
)
def test_what_is_longer_than_any_event_is_not_kept(body: str) -> None:
    with pytest.raises(ValueError, match="without an end"):
        read(body, 100_000)
