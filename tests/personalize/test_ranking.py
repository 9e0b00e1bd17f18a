"""One list of what was found in several ways: the neighbours lead, and each page has the reason that counts most."""

from datetime import UTC, datetime

import pytest

from chatkit.personalize import levels
from chatkit.personalize.pages import Places, SitePage
from chatkit.personalize.ranking import Candidate, fuse
from chatkit.personalize.recommendation import Basis, BasisKind, Kind, Recommendation, quote


def _page(number: int, url: str = "", title: str = "Page") -> SitePage:
    return SitePage(number, 1, "", url or f"/{number}", title, None, None, "", datetime.now(UTC))


def _list(kind: Kind, *numbers: int) -> list[Candidate]:
    return [Candidate(_page(number), kind, None, 1 / place) for place, number in enumerate(numbers, 1)]


def _order(*lists: list[Candidate]) -> list[tuple[Kind, int]]:
    return [(one.kind, one.page.id) for one in fuse(lists)]


def test_a_neighbour_leads_whatever_else_was_found() -> None:
    others = [_list(kind, 10 + place) for place, kind in enumerate(Kind) if kind not in {Kind.QUESTION, Kind.PINNED}]
    others = [each for each in others if each[0].kind not in {Kind.SAVED_CHAT, Kind.PAGE}]
    assert _order(*others, _list(Kind.QUESTION, 1, 2))[0] == (Kind.QUESTION, 1)


def test_the_next_page_comes_after_two_neighbours() -> None:
    found = _order(_list(Kind.PAGE, 1, 2, 3), _list(Kind.NEXT, 9))
    assert found == [(Kind.PAGE, 1), (Kind.PAGE, 2), (Kind.NEXT, 9), (Kind.PAGE, 3)]


def test_what_was_found_in_two_ways_rises_and_has_the_reason_that_counts_most() -> None:
    found = _order(_list(Kind.QUESTION, 1, 2, 3), _list(Kind.NEXT, 3))
    assert found == [(Kind.QUESTION, 1), (Kind.NEXT, 3), (Kind.QUESTION, 2)]


@pytest.mark.parametrize(
    ("url", "title", "written_for"),
    [
        ("/getting-started/", "Start", "beginner"),
        ("/a/", "A tutorial for sailors", "beginner"),
        ("/api_reference/x/", "X", "advanced"),
        ("/b/", "Advanced use", "advanced"),
        ("/tutorial/reference/", "Both", None),
        ("/learning-rates/", "Apiary", None),
    ],
)
def test_the_level_of_a_page_is_told_by_its_address_and_its_title(
    url: str, title: str, written_for: str | None
) -> None:
    page = _page(1, url, title)
    factors = {level: levels.factor(page, level) for level in (None, "beginner", "intermediate", "advanced")}
    assert factors[None] == factors["intermediate"] == 1
    above = {level for level, factor in factors.items() if factor > 1}
    assert above == ({written_for} if written_for else set())


@pytest.mark.parametrize("known", ["https://a.example/x", "https://A.example/x/", "https://a.example/x/index.html?q#f"])
def test_a_page_is_known_in_any_spelling_of_its_address(known: str) -> None:
    places = Places([known, "https://[broken"])
    assert places.hold(_page(1, "https://a.example/x"))
    assert places.hold(_page(1, "/x.html"))
    assert not places.hold(_page(1, "https://b.example/x"))
    assert not places.hold(_page(1, "/x/y"))


def test_every_kind_has_a_sentence_that_names_what_it_rests_on() -> None:
    for kind in Kind:
        because = None if kind is Kind.PINNED else Basis(BasisKind.QUESTION, "1", "{title} “x”")
        reason = Recommendation("/a", "A", "/a", kind, because).reason
        assert ("{title} “x”" in reason) is (because is not None)


def test_what_is_quoted_is_one_line_that_is_not_long() -> None:
    assert quote("How\n\ndo I?  ") == "How do I?"
    assert len(quote("word " * 40)) <= 60
