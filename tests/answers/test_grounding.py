"""Grounding: whether a passage supports a claim."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from chatkit.answers.grounding import Grounding
from chatkit.search.passages import Passage

FOG = Passage(
    "a1",
    "Foghorn > In dense fog",
    "The foghorn sounds every thirty seconds.\n\nSet `FOGHORN_INTERVAL` to change how often it sounds.",
    "/foghorn",
    2.0,
)
OIL = Passage(
    "b2",
    "Oil lamps",
    "Trim the wick of oil lamps weekly. Refill the oil before nightfall.\n\n```sh\nlamp trim --weekly\n```",
    "/oil",
    1.0,
)
TABLE = Passage("c3", "Lamps", "| oil | burns brightly |\n| gas | smells of eggs |", "/lamps", 1.0)
GROUNDING = Grounding([FOG, OIL, TABLE])
CLAIMS = [json.loads(line) for line in (Path(__file__).parent / "claims.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize(
    ("claim", "number"),
    [
        ("The foghorn sounds every 30 seconds.", 1),
        ("In dense fog, the foghorn sounds every thirty seconds.", 1),
        ("Refill the oil before nightfall, and trim the wick of oil lamps weekly.", 2),
    ],
)
def test_what_the_passage_says_is_supported(claim: str, number: int) -> None:
    assert GROUNDING.is_supported(claim, number)
    assert GROUNDING.best_passage(claim) == number


@pytest.mark.parametrize(
    "claim",
    [
        "The foghorn sounds every sixty seconds.",
        "The foghorn sounds every thirty minutes.",
        "The foghorn does not sound every thirty seconds.",
        "The foghorn plays jazz on Sundays.",
        "Refill the oil after nightfall.",
        "Trim the wick of oil lamps weekly with WickTrimmer.",
    ],
)
def test_another_number_unit_word_name_or_negation_is_not_supported(claim: str) -> None:
    assert GROUNDING.best_passage(claim) is None


def test_what_only_the_heading_says_is_not_supported() -> None:
    assert not GROUNDING.is_supported("Foghorn in dense fog.", 1)


def test_two_rows_of_a_table_support_no_claim_together() -> None:
    assert GROUNDING.is_supported("Gas smells of eggs.", 3)
    assert not GROUNDING.is_supported("Oil burns brightly, smells of eggs.", 3)


@pytest.mark.parametrize("number", [-1, 0, 4])
def test_a_passage_that_was_not_given_supports_nothing(number: int) -> None:
    assert not GROUNDING.is_supported("The foghorn sounds every thirty seconds.", number)


@pytest.mark.parametrize(
    ("lines", "number"),
    [
        (["lamp  trim --weekly"], 2),
        (["lamp trim --weekly", "sudo remove everything --now"], None),
        (["}"], None),
    ],
)
def test_code_is_a_passages_when_it_contains_every_line(lines: list[str], number: int | None) -> None:
    assert GROUNDING.passage_of_code(lines) == number


def test_without_passages_nothing_is_supported() -> None:
    assert Grounding([]).best_passage("The foghorn sounds every thirty seconds.") is None


def test_most_claims_are_judged_right(record_property: Callable[[str, object], None]) -> None:
    """The figures are in docs/models.md."""
    hits = [
        Passage(str(number), each["heading"], each["body"], f"/{number}", 1.0) for number, each in enumerate(CLAIMS)
    ]
    kept, caught = [], []
    for number, each in enumerate(CLAIMS):
        grounding = Grounding([hits[(number + more) % len(hits)] for more in range(5)])
        kept += [grounding.is_supported(claim, 1) for claim in each["supported"]]
        caught += [not grounding.is_supported(claim, 1) for claim in each["unsupported"]]
    right = f"{sum(kept)} of {len(kept)} supported claims kept, {sum(caught)} of {len(caught)} others found"
    record_property("printed", right)
    assert sum(kept) / len(kept) >= 0.95
    assert sum(caught) / len(caught) >= 0.93
