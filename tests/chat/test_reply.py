"""Replies: how an answer ends when its model is interrupted, or is not grounded."""

import pytest

from chatkit.chat.reply import INTERRUPTED, INTERRUPTED_WITHOUT_FALLBACK, UNGROUNDED, Fallback, Reply


def _reply(answer: str) -> Reply:
    return Reply("x", answer, [], [], {"model": "parrot", "fallback": False}, "running")


@pytest.mark.parametrize(
    ("answer", "fallback", "ended"),
    [
        ("", Fallback("Pages.", ["a"]), "Pages."),
        ("Half a", Fallback("Pages.", ["a"]), f"Half a\n\n{INTERRUPTED}\n\nPages."),
        ("Half a", Fallback("Not covered.", []), f"Half a\n\n{INTERRUPTED_WITHOUT_FALLBACK}"),
        ("```sh\nls", Fallback("Pages.", ["a"]), f"```sh\nls\n```\n\n{INTERRUPTED}\n\nPages."),
        ("```\nls\n```\nso", Fallback("Pages.", ["a"]), f"```\nls\n```\nso\n\n{INTERRUPTED}\n\nPages."),
        ("A fence is ``` so", Fallback("Pages.", ["a"]), f"A fence is ``` so\n\n{INTERRUPTED}\n\nPages."),
        ("```\necho '```'\nls", Fallback("Pages.", ["a"]), f"```\necho '```'\nls\n```\n\n{INTERRUPTED}\n\nPages."),
        ("````\n```\nls\n```", Fallback("Pages.", ["a"]), f"````\n```\nls\n```\n````\n\n{INTERRUPTED}\n\nPages."),
    ],
)
def test_an_answer_that_breaks_off_keeps_what_was_read(answer: str, fallback: Fallback, ended: str) -> None:
    assert _reply(answer).interrupted(fallback).answer == ended


@pytest.mark.parametrize("read", ["Half a", "```sh\nls", "````\n```\nls\n```"])
def test_where_an_answer_broke_off_is_known_afterwards(read: str) -> None:
    ended = _reply(read).interrupted(Fallback("Pages.", ["a"]))
    assert ended.was_interrupted_at(len(read))
    assert not ended.was_interrupted_at(len(read) - 1)


def test_what_was_read_and_not_kept_counts_as_read() -> None:
    ended = _reply("").interrupted(Fallback("Pages.", ["a"]), begun=True)
    assert ended.answer == f"\n\n{INTERRUPTED}\n\nPages."


def test_an_ungrounded_answer_is_followed_by_what_the_pages_say() -> None:
    ended = _reply("Pirates bought it.").ungrounded(Fallback("Pages.", ["a"]))
    assert ended.answer == f"Pirates bought it.\n\n{UNGROUNDED}\n\nPages."
    assert (ended.citations, ended.metadata["fallback"]) == (["a"], True)
