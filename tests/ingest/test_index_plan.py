"""The plan of an indexing: which page a URL belongs to, and what becomes of each page."""

from collections.abc import Sequence

import pytest

from chatkit.ingest.chunking import Chunk
from chatkit.ingest.index_plan import IndexPlan
from chatkit.ingest.outcomes import IndexedPage, Outcome, Parsed, Skipped, Unchanged, Unreadable

INDEXED = {"a": IndexedPage(1, "/a", "1-x"), "b": IndexedPage(2, "/b", "1-y"), "c": IndexedPage(3, "/c", "1-z")}


def _parsed(path: str, url: str, is_alias: bool = False) -> Parsed:
    chunk = Chunk("id", "", "A title", "Words.", [{"kind": "prose", "at": 0, "units": [6]}])
    return Parsed(path, url, "A title", None, "1-new", (chunk, chunk), is_alias=is_alias)


def _plan(*outcomes: Outcome, owners: dict[str, str] | None = None) -> IndexPlan:
    plan = IndexPlan(INDEXED, owners or {})
    for outcome in outcomes:
        plan.add(outcome)
    return plan


@pytest.mark.parametrize(
    ("outcomes", "outdated", "removed"),
    [
        ([], [1, 2, 3], 3),
        ([Unchanged("a"), Unchanged("b"), Unchanged("c")], [], 0),
        ([Unchanged("a"), Unreadable("b", "gone"), Unchanged("c")], [], 0),
        ([Unchanged("a"), _parsed("b", "/b"), Unchanged("c")], [2], 0),
        ([Unchanged("a"), Skipped("b", "a draft")], [2, 3], 2),
        ([_parsed("d", "/d"), Unchanged("a"), Unchanged("b"), Unchanged("c")], [], 0),
    ],
)
def test_what_is_neither_unchanged_nor_unreadable_goes_and_counts_unless_written_anew(
    outcomes: Sequence[Outcome], outdated: list[int], removed: int
) -> None:
    plan = _plan(*outcomes)
    assert (plan.outdated(), plan.removed()) == (outdated, removed)


def test_every_outcome_is_kept_with_its_reason_or_its_passages() -> None:
    plan = _plan(_parsed("d", "/d"), Unchanged("a"), Unreadable("b", "it is locked"), Skipped("e", "a draft"))
    assert (plan.written, plan.unchanged) == ({"d": 2}, {"a"})
    assert (plan.unreadable, plan.skipped) == ({"b": "it is locked"}, {"e": "a draft"})


@pytest.mark.parametrize("first", [_parsed("d", "/x"), _parsed("d", "/x", is_alias=True)])
@pytest.mark.parametrize("second", [_parsed("e", "/x"), _parsed("e", "/x", is_alias=True)])
def test_a_url_belongs_to_the_first_page_that_has_it_and_an_alias_gives_way(first: Parsed, second: Parsed) -> None:
    plan = _plan(first, second)
    owner, other = ("e", "d") if first.is_alias and not second.is_alias else ("d", "e")
    assert plan.written == {owner: 2}
    assert plan.skipped == {other: f"its address /x is that of {owner}"}


def test_an_unchanged_alias_gives_way_too_and_goes() -> None:
    plan = _plan(Unchanged("a", is_alias=True), _parsed("d", "/a"))
    assert (plan.unchanged, plan.written) == (set(), {"d": 2})
    assert plan.outdated() == [1, 2, 3]


def test_an_alias_gives_way_once() -> None:
    plan = _plan(_parsed("d", "/x", is_alias=True), _parsed("e", "/x"), _parsed("f", "/x"))
    assert plan.written == {"e": 2}
    assert plan.skipped == {"d": "its address /x is that of e", "f": "its address /x is that of e"}


def test_a_page_that_cannot_be_read_now_keeps_its_url() -> None:
    plan = _plan(Unreadable("a", "it is locked"), _parsed("d", "/a"))
    assert plan.written == {}
    assert plan.skipped == {"d": "its address /a is that of a"}


def test_a_page_that_was_never_read_has_no_url() -> None:
    assert _plan(Unreadable("d", "it is locked")).unreadable == {"d": "it is locked"}


def test_pages_of_other_sources_keep_their_urls() -> None:
    owners = {"/a": "a of another", "/d": "d of another"}
    plan = _plan(Unchanged("a"), _parsed("d", "/d"), _parsed("e", "/d", is_alias=True), owners=owners)
    assert (plan.unchanged, plan.written) == (set(), {})
    assert plan.skipped == {
        "a": "its address /a is that of a of another",
        "d": "its address /d is that of d of another",
        "e": "its address /d is that of d of another",
    }
    assert plan.outdated() == [1, 2, 3]


def test_two_pages_may_exchange_their_urls() -> None:
    plan = _plan(_parsed("a", "/b"), _parsed("b", "/a"), Unchanged("c"))
    assert (plan.written, plan.skipped) == ({"a": 2, "b": 2}, {})
