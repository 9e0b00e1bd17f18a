"""The order of the passages found: those whose heading and best statement hold most of the query come first."""

import re
from collections.abc import Set

from chatkit.search.passages import Passage
from chatkit.search.query import Query

# What a passage that covers nothing of the query keeps of its rank.
UNCOVERED = 0.2
# What a site says about its former versions is seldom what a reader wants to know of the present one.
FORMER_VERSION = 0.6
CHANGELOG = re.compile(
    r"release notes|release history|change ?log|what.s new|"
    r"(?:^|> )(?:version )?v?\d+\.\d+(?:\.\d+)*(?:[ (–-]+\d{4}-\d\d-\d\d\)?)?(?: >|$)",
    re.I,
)
ABOUT_VERSIONS = re.compile(r"\b(?:release[sd]?|versions?|change[ds]?|new|since|upgrad\w+|v?\d+\.\d+)\b", re.I)


def rerank(query: Query, passages: list[Passage]) -> list[Passage]:
    """Return the passages, best first.

    A heading that says nothing but what was asked beats one that mentions it: "What is ChatKit?"
    is answered under "ChatKit", though every page speaks of it.
    """
    about_versions = ABOUT_VERSIONS.search(query.question.text) is not None

    def rank(passage: Passage) -> float:
        named = (_named(query, passage.heading_stems) + _named(query, passage.section_stems)) / 2
        former = not about_versions and CHANGELOG.search(passage.heading)
        covered = UNCOVERED + best_coverage(query, passage)
        return passage.rank * (1 + named) * covered * (FORMER_VERSION if former else 1.0)

    return sorted(passages, key=rank, reverse=True)


def rerank_by_meaning(query: Query, passages: list[Passage]) -> list[Passage]:
    """Return passages that late interaction has ordered, best first: it knows their words, but not what they are."""
    about_versions = ABOUT_VERSIONS.search(query.question.text) is not None

    def rank(passage: Passage) -> float:
        former = not about_versions and CHANGELOG.search(passage.heading)
        return passage.rank * (FORMER_VERSION if former else 1.0)

    return sorted(passages, key=rank, reverse=True)


def best_coverage(query: Query, passage: Passage) -> float:
    """Return how much of the query the best statement of a passage covers, with its heading."""
    return max(map(query.coverage, passage.facts), default=0.0)


def _named(query: Query, named: Set[str]) -> float:
    """Return how much of a heading was asked for, by its stems."""
    return len(named & query.weights.keys()) / len(named) if named else 0.0
