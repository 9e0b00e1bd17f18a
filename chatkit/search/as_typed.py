"""Sections found while a reader types: by the words that are complete, and by how the last one begins.

Asked at every pause of somebody's typing, this looks at words alone, never at meaning, and reads of most of what it
ranks no more than the headings. `make eval SCALE=10000` measures it.
"""

import json
import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from sqlalchemy import Result, Row, Text, bindparam, cast, select

from chatkit.database.orm import db, table
from chatkit.search import catalog, index, spelling, versions
from chatkit.search.models import Page, PassageRow
from chatkit.search.passages import HEADING_SEPARATOR, read_texts
from chatkit.search.query import Question, question_language
from chatkit.search.reranking import CHANGELOG, FORMER_VERSION, LINK, SIGNPOST, SIGNPOST_LENGTH, SIGNPOST_LINKS
from chatkit.search.scope import Scope, page_at, surroundings
from chatkit.search.statistics import CorpusStatistics, TermStatistics, inverse_document_frequency
from chatkit.text.analysis import query_words, stem, stems
from chatkit.text.language import Language, plain_letters
from chatkit.text.languages.registry import ENGLISH, language_of, language_of_tag
from chatkit.text.sentences import split_sentences
from chatkit.text.synonyms import is_known, synonyms_of
from chatkit.text.tokens import UNSPACED, tokenize

# A reader who types looks for a section by its name.
HEADING_WEIGHT = 8.0
# So many passages are ranked, and of so many sections the text is read.
POOL, READ = 30, 10
# A word that goes on has so many letters at least, and so many terms are taken for what it may become.
SHORTEST_BEGUN, BECOMING = 2, 12
# A term that a typed word goes beyond, as "configurati" does beyond "configur", has so much of it at least.
GONE_BEYOND, SHORTEST_TERM = 0.6, 3
# How much of a word another one must be to be looked for in its place.
ALIKE = 0.6
# How much a word weighs that is about the asking.
LIGHTNESS = 0.3
# How often a word that stands there whole counts, beside what the last one may become.
REPEATS = 2
# What a section keeps of its rank if no heading is asked for, and what its own and all headings add.
UNNAMED, OWN_HEADING, HEADINGS, ALL_OF_IT = 0.4, 1.0, 0.4, 0.5
# How much of what was typed a section must hold, of the words that any holds.
LEAST = 0.3
REMEMBERED = 1_000
LAST_WORD = re.compile(r"\w+\Z")


@dataclass(frozen=True)
class Section:
    """A section that fits what was typed: ``heading`` is the path "Page > Section", ``line`` what of it fits best."""

    stable_id: str
    heading: str
    url: str
    line: str
    language: Language


@dataclass(frozen=True)
class Found:
    """The sections that fit best, best first, and every term that was looked for in them."""

    sections: tuple[Section, ...] = ()
    terms: frozenset[str] = frozenset()


NOTHING = Found()


@dataclass(frozen=True)
class _Typed:
    """What was typed: for each word the terms it may stand for, and what it weighs."""

    groups: tuple[tuple[frozenset[str], float], ...]
    # Terms to search for, repeated where they count twice.
    terms: tuple[str, ...]
    statistics: TermStatistics

    def coverage(self, held: Set[str]) -> float:
        """Return how much of what was typed is among these stems, from 0 to 1."""
        covered = sum(weight for terms, weight in self.groups if not terms.isdisjoint(held))
        return covered / self._whole if self._whole else 0.0

    @cached_property
    def asked(self) -> frozenset[str]:
        """Every term of every word."""
        return frozenset().union(*(terms for terms, _ in self.groups))

    @cached_property
    def _whole(self) -> float:
        return sum(weight for _, weight in self.groups)


def find(question: Question, limit: int) -> Found:
    """Return up to ``limit`` sections of the scope of a question that is being typed; none for one without words."""
    corpus = index.corpus_statistics()
    page = page_at(question.page_url)
    asked_of = surroundings(question.text, question.stated, page, catalog.load(corpus.state))
    page_language = language_of_tag(asked_of.page_language)
    language = question_language(question.text, corpus, page_language, asked_of.languages)
    typed = _analyze(question.text, language, corpus)
    if not typed.terms:
        return NOTHING
    scope = asked_of.choose(language.tag)
    found = [(*_section(typed, row), worth) for row, worth in _best_rows(typed, scope)[:READ]]
    # One word in a heading is less than all of them in the text.
    found.sort(key=lambda one: -one[2] * one[1] ** 2)
    sections = [section for section, coverage, _ in found if coverage >= LEAST]
    return Found(tuple(sections[:limit]), frozenset(typed.terms))


def _analyze(text: str, language: Language, corpus: CorpusStatistics) -> _Typed:
    """Return what was typed; a word that is not yet complete stands for whatever begins like it."""
    begun = _begun(text)
    words = list(dict.fromkeys([*query_words(text, language), *([begun] if begun else [])]))
    becoming = index.terms_beginning(plain_letters(begun), BECOMING) if begun else {}
    alike = {word: _alike(word, language) for word in words}
    shorter = [begun[:length] for length in range(max(SHORTEST_TERM, round(len(begun) * GONE_BEYOND)), len(begun))]
    looked_up = {stem(word, language) for word in words}.union(shorter, *alike.values())
    frequencies = dict(index.term_statistics(looked_up, corpus).frequencies) | becoming
    held = frequencies.keys()
    groups = dict[str, set[str]]()
    for word in words:
        groups[word] = {stem(word, language), *alike[word]} & held
        if word == begun:
            groups[word] |= becoming.keys()
            groups[word] = groups[word] or set([term for term in shorter if term in held][-1:])
    frequencies |= _mend(groups, language, corpus)
    statistics = TermStatistics(corpus.passages, corpus.mean_terms, frequencies)
    whole = {stem(word, language) for word in words if word not in language.light}
    terms = [
        term for terms in groups.values() for term in sorted(terms) for _ in range(REPEATS if term in whole else 1)
    ]
    weighted = tuple(
        (frozenset(terms), weight)
        for word, terms in groups.items()
        if (weight := _weight(word, terms, statistics, language))
    )
    return _Typed(weighted, tuple(terms), statistics)


def _begun(text: str) -> str:
    """Return the last word of a text as it is indexed, if it may go on; empty where there is none."""
    last = LAST_WORD.search(text)
    tokens = tokenize(last[0]) if last else []
    is_word = tokens and len(tokens[-1]) >= SHORTEST_BEGUN and not UNSPACED.search(tokens[-1])
    return tokens[-1] if is_word else ""


def _alike(word: str, language: Language) -> set[str]:
    """Return the terms of other words for the same thing, which are known in English alone."""
    found = synonyms_of(word) if language is ENGLISH else {}
    return {stem(other, language) for other, share in found.items() if share >= ALIKE}


def _mend(groups: dict[str, set[str]], language: Language, corpus: CorpusStatistics) -> Mapping[str, int]:
    """Take for words that no passage holds those that were meant; return how many passages hold these."""
    unknown = [word for word, terms in groups.items() if not terms and not is_known(word)]
    mended = spelling.mend(unknown, language) if unknown and language is ENGLISH else {}
    for word, forms in mended.items():
        groups[word] = {stem(form, language) for form in forms}
    terms = {term for word in mended for term in groups[word]}
    return index.term_statistics(terms, corpus).frequencies if terms else {}


def _weight(word: str, terms: Set[str], statistics: TermStatistics, language: Language) -> float:
    """Return what a word weighs: the more, the fewer passages hold one of its terms; nothing if none does."""
    if not terms:
        return 0.0
    share = LIGHTNESS if word in language.light else 1.0
    most = max(map(statistics.document_frequency, terms))
    return share * inverse_document_frequency(statistics.passages, most)


def _best_rows(typed: _Typed, scope: Scope) -> list[tuple[Row[Any], float]]:
    """Return rows with what they are worth, best first, one of each section: headings that name what was typed lead."""
    values: dict[str, Any] = {"heading": HEADING_WEIGHT, "near": [], "boost": 1.0, "limit": POOL}
    if scope.ids is not None:
        values["scopes"] = sorted(scope.ids)
    ranks = {row.id: row.rank for row in index.rank(typed.terms, typed.statistics, values)}
    found: Result[Any] = db.session.execute(_ROWS, {"ids": list(ranks)})
    rows = {row.id: row for row in found}
    ids: Iterable[int] = (id_ for id_ in ranks if id_ in rows)
    if scope.is_mixed:
        ids = versions.distinct([(id_, rows[id_].version or "", _address(rows[id_]), rows[id_].heading) for id_ in ids])
    worth = {id_: ranks[id_] * _standing(typed, rows[id_]) for id_ in ids}
    best = dict[str, tuple[Row[Any], float]]()
    for id_ in sorted(worth, key=lambda id_: -worth[id_]):
        best.setdefault(_address(rows[id_]), (rows[id_], worth[id_]))
    return list(best.values())


def _standing(typed: _Typed, row: Row[Any]) -> float:
    """Return what a passage keeps of its rank for what its headings say."""
    language = language_of(row.language, row.heading)
    above, section = _heading_stems(row.heading, language)
    named = len(section & typed.asked) / len(section) if section else 0.0
    worth = UNNAMED + OWN_HEADING * typed.coverage(section) + HEADINGS * typed.coverage(above | section)
    if CHANGELOG.search(row.heading):
        worth *= FORMER_VERSION
    if len(row.body) <= SIGNPOST_LENGTH and len(LINK.findall(row.blocks)) >= SIGNPOST_LINKS:
        worth *= SIGNPOST
    return worth * (1 + ALL_OF_IT * named)


def _section(typed: _Typed, row: Row[Any]) -> tuple[Section, float]:
    """Return a section with the line that fits best, and how much of what was typed the section holds."""
    language = language_of(row.language, row.body)
    lines = _lines(row.blocks, row.body)
    stems_of_lines = [stems(line, language) for line in lines]
    covered = [typed.coverage(held) for held in stems_of_lines]
    best = max(covered, default=0.0)
    held = frozenset().union(*_heading_stems(row.heading, language), *stems_of_lines)
    line = lines[covered.index(best)] if lines else ""
    return Section(row.stable_id, row.heading, _address(row), line, language), typed.coverage(held)


@lru_cache(maxsize=REMEMBERED)
def _heading_stems(heading: str, language: Language) -> tuple[frozenset[str], frozenset[str]]:
    """Return the stems of the headings above a section, and those of its own."""
    above, _, section = heading.rpartition(HEADING_SEPARATOR)
    return stems(above, language), stems(section, language)


@lru_cache(maxsize=REMEMBERED)
def _lines(blocks: str, body: str) -> tuple[str, ...]:
    """Return what a page shows of a passage, sentence by sentence and line by line."""
    texts = read_texts(json.loads(blocks), body)
    return tuple(line for text in texts for sentence in split_sentences(text) if (line := " ".join(sentence.split())))


def _address(row: Row[Any]) -> str:
    return f"{row.url}#{row.anchor}" if row.anchor else str(row.url)


_PASSAGES, _PAGES = table(PassageRow), table(Page)
_ROWS = (
    select(
        *(_PASSAGES.c[name] for name in ("id", "stable_id", "heading", "body", "anchor")),
        cast(_PASSAGES.c.blocks, Text).label("blocks"),
        *(_PAGES.c[name] for name in ("url", "version", "language")),
    )
    .join(_PAGES, _PAGES.c.id == _PASSAGES.c.page_id)
    .where(_PASSAGES.c.id.in_(bindparam("ids", expanding=True)))
)
