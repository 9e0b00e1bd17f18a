"""Replies: how an answer ends when its model is interrupted, or is not grounded."""

import pytest

from chatkit.answers.extractive import Outcome
from chatkit.answers.phrases.english import ENGLISH
from chatkit.answers.phrases.languages import LANGUAGES
from chatkit.chat.reply import Fallback, Reply

INTERRUPTED, UNFINISHED = ENGLISH.interrupted, ENGLISH.interrupted_without_fallback


def _reply(answer: str) -> Reply:
    return Reply("x", answer, [{"id": "a"}, {"id": "b"}], [], {"model": "parrot", "fallback": False}, "running")


@pytest.mark.parametrize(
    ("answer", "fallback", "ended"),
    [
        ("", Fallback("Pages.", ["a"]), "Pages."),
        ("Half a", Fallback("Pages.", ["a"]), f"Half a\n\n{INTERRUPTED}\n\nPages."),
        ("Half a", Fallback("Not covered.", []), f"Half a\n\n{UNFINISHED}"),
        ("```sh\nls", Fallback("Pages.", ["a"]), f"```sh\nls\n```\n\n{INTERRUPTED}\n\nPages."),
        ("```\nls\n```\nso", Fallback("Pages.", ["a"]), f"```\nls\n```\nso\n\n{INTERRUPTED}\n\nPages."),
        ("A fence is ``` so", Fallback("Pages.", ["a"]), f"A fence is ``` so\n\n{INTERRUPTED}\n\nPages."),
        (
            "```\necho '```'\nls",
            Fallback("Pages.", ["a"]),
            f"```\necho '```'\nls\n```\n\n{INTERRUPTED}\n\nPages.",
        ),
        (
            "````\n```\nls\n```",
            Fallback("Pages.", ["a"]),
            f"````\n```\nls\n```\n````\n\n{INTERRUPTED}\n\nPages.",
        ),
    ],
)
def test_an_answer_that_breaks_off_keeps_what_was_read(answer: str, fallback: Fallback, ended: str) -> None:
    assert _reply(answer).interrupted(fallback).answer == ended


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("citations", [["a"], []])
def test_where_an_answer_broke_off_is_known_in_every_language(language: str, citations: list[str]) -> None:
    ended = _reply("Half a").interrupted(Fallback("Pages.", citations, language=language))
    assert ended.was_interrupted_at(len("Half a"))


@pytest.mark.parametrize("pages", [Fallback("Pages.", ["a"]), Fallback("Nothing.", [], Outcome.NOT_COVERED)])
def test_why_the_pages_answer_is_told(pages: Fallback) -> None:
    ended = [
        _reply(" ").interrupted(pages),
        _reply("").ungrounded(pages),
        _reply("").interrupted(pages, begun=True),
        _reply("Half a").interrupted(pages),
        _reply("Pirates.").ungrounded(pages),
    ]
    reasons = [reply.metadata["fallback_reason"] for reply in ended]
    assert reasons == ["no_answer", "no_answer", "broke_off", "broke_off", "unsupported"]


PAGES = Fallback("Pages.", ["a"], Outcome.ANSWERED)
NEAR = Fallback("Near.", [], Outcome.NEAREST)
NOTHING = Fallback("Nothing.", [], Outcome.NOT_COVERED)


@pytest.mark.parametrize(
    ("ended", "outcome"),
    [
        (_reply("").interrupted(PAGES), "answered"),
        (_reply("").interrupted(NEAR), "nearest"),
        (_reply("").interrupted(NOTHING), "not_covered"),
        (_reply("Half a").interrupted(PAGES), "answered"),
        (_reply("Half a").interrupted(NEAR), "nearest"),
        (_reply("Half a").citing(["b"]).interrupted(NEAR), "answered"),
        (_reply("Pirates.").ungrounded(PAGES), "answered"),
        (_reply("Pirates.").ungrounded(NEAR), "nearest"),
        (_reply("Pirates.").ungrounded(NOTHING), "not_covered"),
        (_reply("").declined(PAGES), "nearest"),
        (_reply("").declined(NEAR), "nearest"),
        (_reply("").declined(NOTHING), "not_covered"),
    ],
)
def test_an_answer_claims_no_more_than_it_cites(ended: Reply, outcome: str) -> None:
    assert ended.outcome == outcome
    assert (ended.citations != []) is (outcome == "answered")
    assert (ended.sources == []) is (outcome == "not_covered")


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
    assert ended.answer == f"Pirates bought it.\n\n{ENGLISH.ungrounded}\n\nPages."
    assert (ended.citations, ended.metadata["fallback"]) == (["a"], True)
