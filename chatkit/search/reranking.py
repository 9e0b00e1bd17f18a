"""The order of the passages found: those whose heading and best statement hold most of the query come first."""

import re
from collections.abc import Set

from chatkit.search.passages import Passage
from chatkit.search.query import Query

# What a passage that covers nothing of the query keeps of its rank.
UNCOVERED = 0.2
# How much what its headings cover counts beside what the best of its lines does with them.
HEADING = 0.6
NAMED_BY_WORDS = 0.3
# What a heading that was asked for adds to a passage that words and meaning have ordered.
NAMED = 0.1
# What a site says about its former versions is seldom what a reader wants to know of the present one.
FORMER_VERSION = 0.5
CHANGELOG = re.compile(
    r"release notes|release history|change ?log|what.s new|"
    r"(?:^|> )(?:version )?v?\d+\.\d+(?:\.\d+)*(?:[ (–-]+\d{4}-\d\d-\d\d\)?)?(?: >|$)",
    re.I,
)
# A passage so short with so many links says where to read on. Who follows them finds what such a passage only names.
SIGNPOST_LENGTH, SIGNPOST_LINKS = 250, 2
SIGNPOST = 0.6
LINK = re.compile(r"(?<!\\)\]\(")
ABOUT_VERSIONS = re.compile(r"\b(?:releases?|released|versions?|change ?logs?|since|upgrad\w+|v?\d+\.\d+)\b", re.I)


def rerank(query: Query, passages: list[Passage]) -> list[Passage]:
    """Return passages that words alone have found, best first.

    A heading that says nothing but what was asked beats one that mentions it: "What is ChatKit?"
    is answered under "ChatKit", though every page speaks of it.
    """
    about_versions = _asks_about_versions(query)

    def rank(passage: Passage) -> float:
        covered = UNCOVERED + best_coverage(query, passage) + HEADING * query.coverage(passage.heading_stems)
        named = 1 + NAMED_BY_WORDS * _named(query, passage)
        return passage.rank * covered * named * _standing(passage, about_versions)

    return sorted(passages, key=rank, reverse=True)


def rerank_by_meaning(query: Query, passages: list[Passage]) -> list[Passage]:
    """Return passages that words and meaning have ordered, best first; what they cover is in their rank already."""
    about_versions = _asks_about_versions(query)

    def rank(passage: Passage) -> float:
        return (passage.rank + NAMED * _named(query, passage)) * _standing(passage, about_versions)

    return sorted(passages, key=rank, reverse=True)


def best_coverage(query: Query, passage: Passage) -> float:
    """Return how much of the query the best statement of a passage covers, with its heading."""
    return max(map(query.coverage, passage.facts(query.terms_that_count)), default=0.0)


def _named(query: Query, passage: Passage) -> float:
    """Return how much of its headings, and of the last of them, was asked for.

    What a follow-up leaves unsaid does not count: it stands in the headings of what was answered before.
    """
    asked = query.weights.keys() - query.context
    return (_share(asked, passage.heading_stems) + _share(asked, passage.section_stems)) / 2


def _share(asked: Set[str], named: Set[str]) -> float:
    return len(named & asked) / len(named) if named else 0.0


def _asks_about_versions(query: Query) -> bool:
    return ABOUT_VERSIONS.search(query.question.text) is not None


def _standing(passage: Passage, about_versions: bool) -> float:
    """Return what a passage keeps of its rank for what it is, whatever it says."""
    is_former = not about_versions and CHANGELOG.search(passage.heading) is not None
    return (FORMER_VERSION if is_former else 1.0) * (SIGNPOST if _is_signpost(passage) else 1.0)


def _is_signpost(passage: Passage) -> bool:
    """Tell whether a passage is little more than links to where it is said."""
    if len(passage.body) > SIGNPOST_LENGTH:
        return False
    links = sum(len(LINK.findall(unit.markdown)) for block in passage.blocks for unit in block.units)
    return links >= SIGNPOST_LINKS
