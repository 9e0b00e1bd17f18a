"""Claims: what a text states, in a form that can be compared."""

import pytest

from chatkit.answers.claims import claims_by_clause, content_stems, contradicts, extract_claims, is_claim, merge


def test_numbers_are_read_in_digits_and_in_words() -> None:
    assert extract_claims("Thirty lamps, 1,500 wicks and version 2.5.").numbers == {"30", "1500", "2.5"}


def test_an_amount_is_a_number_with_its_unit_of_time() -> None:
    assert extract_claims("Wait 30 seconds, at most five minutes, daily.").amounts == {("30", "s"), ("5", "min")}
    assert extract_claims("It runs daily.").units == {"d"}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Set `FOGHORN_INTERVAL` first.", {"foghorn", "interval"}),
        ("Then WickTrimmer starts.", {"wicktrimm"}),
        ("Ask the keeper in Norway.", {"norway"}),
        ("The keeper sleeps.", set()),
    ],
)
def test_a_name_is_what_is_spelled_as_one(text: str, names: set[str]) -> None:
    assert extract_claims(text).names == names


@pytest.mark.parametrize(
    ("text", "negated"),
    [
        ("The foghorn does not sound", [True]),
        ("The foghorn doesn't sound", [True]),
        ("The foghorn sounds in dense fog, but it never sounds at night", [False, True]),
        ("| foghorn | none |", [False]),
    ],
)
def test_each_clause_is_negated_or_not(text: str, negated: list[bool]) -> None:
    assert [clause.negated for clause in extract_claims(text).clauses] == negated


def test_a_short_part_belongs_to_the_clause_it_begins() -> None:
    clauses = claims_by_clause("Oil, gas and candles burn all night, but the foghorn sounds in fog.")
    assert [len(clause.clauses) for clause in clauses] == [1, 1]
    assert content_stems("oil gas candles") <= clauses[0].stems


def test_merged_claims_are_those_of_both() -> None:
    both = merge((extract_claims("Wait 30 seconds."), extract_claims("Do not ring twice.")))
    assert both.numbers == {"30"}
    assert both.stems == content_stems("wait seconds ring twice")
    assert [clause.negated for clause in both.clauses] == [False, True]


@pytest.mark.parametrize(
    ("claim", "passage", "contradiction"),
    [
        ("before nightfall", "after nightfall", True),
        ("after nightfall", "before nightfall", True),
        ("before nightfall", "before and after nightfall", False),
        ("before nightfall", "at nightfall", False),
    ],
)
def test_an_antonym_contradicts_unless_the_word_itself_is_there(claim: str, passage: str, contradiction: bool) -> None:
    assert contradicts(extract_claims(claim).words, extract_claims(passage).words) is contradiction


@pytest.mark.parametrize(
    ("text", "min_words", "claims"),
    [
        ("Yes.", 2, False),
        ("Here is how to do this:", 2, False),
        ("Rain falls.", 2, True),
        ("It takes 30.", 2, False),
        ("Wait 30 days.", 2, True),
        ("Rain falls on Sundays.", 7, False),
    ],
)
def test_a_claim_says_enough_to_be_right_or_wrong(text: str, min_words: int, claims: bool) -> None:
    assert is_claim(text, min_words) is claims
