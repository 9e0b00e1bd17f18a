"""Reranking: headings that say what was asked, best statements, and former versions."""

from dataclasses import replace

import pytest

from chatkit.search.passages import Passage
from chatkit.search.query import Query, Question
from chatkit.search.reranking import best_coverage, rerank
from chatkit.search.statistics import TermStatistics
from tests import factories


def _passage(markdown: str) -> Passage:
    [passage] = factories.passages(markdown)
    return passage


def _query(text: str = "lamp oil") -> Query:
    weights = {"lamp": 1.0, "oil": 1.0}
    return Query(Question(text), tuple(weights), weights, {}, TermStatistics(2, 10.0, {}))


def test_one_statement_must_cover_the_query() -> None:
    together, apart = _passage("Any lamp burns oil."), _passage("Any lamp burns. It is oil.")
    assert best_coverage(_query(), together) == 1.0
    assert best_coverage(_query(), apart) == 0.5
    assert rerank(_query(), [apart, together]) == [together, apart]


def test_a_heading_counts_for_each_statement() -> None:
    assert best_coverage(_query(), _passage("# Lamp\n\nIt burns oil.")) == 1.0


def test_a_heading_that_says_nothing_else_beats_one_that_mentions_it() -> None:
    named = _passage("# Lamp\n\nA lamp burns oil.")
    mentioned = _passage("# Lamp and foghorn repairs\n\nA lamp burns oil.")
    assert rerank(_query(), [mentioned, named]) == [named, mentioned]


def test_a_heading_of_what_was_asked_before_beats_none_that_a_follow_up_asks_for() -> None:
    follow_up = replace(_query(), context=frozenset({"oil"}))
    before, asked = _passage("# Oil\n\nAny lamp burns oil."), _passage("# Lamp\n\nAny lamp burns oil.")
    assert rerank(follow_up, [before, asked]) == [asked, before]


@pytest.mark.parametrize("heading", ["Release notes", "Changelog", "What's new", "Version 1.2", "3.1.4 (2024-05-01)"])
def test_former_versions_come_last_unless_they_are_asked_about(heading: str) -> None:
    former, present = _passage(f"# {heading}\n\nA lamp burns oil."), _passage("# Harbour works\n\nA lamp burns oil.")
    assert rerank(_query(), [former, present]) == [present, former]
    assert rerank(_query("Which version of the lamp burns oil?"), [former, present]) == [former, present]


def test_what_only_says_where_to_read_on_comes_after_what_says_it() -> None:
    linked = "Fill the lamp with oil as [one page](/guide/oil) and [another](/guide/lamps) say."
    passage = _passage("Fill the lamp with oil as one page and another say.")
    unit = replace(passage.blocks[0].units[0], markdown=linked)
    signpost = replace(passage, blocks=(replace(passage.blocks[0], units=(unit,)),))
    assert rerank(_query(), [signpost, passage]) == [passage, signpost]
