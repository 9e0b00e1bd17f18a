"""The analysis of a question: its terms and what each weighs, with what a follow-up leaves unsaid."""

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property

from chatkit.search import catalog, spelling
from chatkit.search.catalog import IndexedScope
from chatkit.search.compound_terms import compound_terms
from chatkit.search.index import corpus_statistics, term_statistics
from chatkit.search.scope import EVERYTHING, Scope, page_at, surroundings
from chatkit.search.stated import NOTHING_STATED, Stated
from chatkit.search.statistics import CorpusStatistics, TermStatistics, inverse_document_frequency
from chatkit.text.analysis import distinct_stems, query_words, stem
from chatkit.text.compounds import joined
from chatkit.text.language import Language
from chatkit.text.languages.registry import ENGLISH, language_of_script, language_of_tag
from chatkit.text.synonyms import is_known, synonyms_of
from chatkit.text.tokens import HAN, tokenize

LIGHTNESS = 0.3
# A word that no passage holds may be another word for what the pages call differently. A name that
# none holds is what they do not speak of.
MISSING = 0.8
MISSING_NAME = 1.5
# How much of a term another one is that is a part of it or that it is a part of.
PART = 0.75
# How much the context of a follow-up weighs, beside its own terms.
CONTEXT = 0.5
OWN_REPEATS = 2
# The share of a synonym's IDF that the word asked must have at least, so that it is searched for.
NOT_RARER = 0.75
SELECTED_TERMS = 12
SHORT = 3
PAIR = 2
SENTENCE = re.compile(r"(?<=[.!?])\s+")
SPELLED_WORD = re.compile(r"[^\W\d_]+")
SPELLED = re.compile(r"[\w.+#-]+")
# A capital inside a word, or a digit; at the beginning of a word it says so only after the first one.
NAME_LIKE = re.compile(r"\w[A-Z]|\d")


@dataclass(frozen=True)
class Question:
    """What was asked and where: the text selected on the page, the page's address, and what was asked before.

    ``earlier`` holds the conversation's previous questions, the latest last. ``stated`` is what was said of its scope.
    """

    text: str
    selected_text: str | None = None
    page_url: str | None = None
    earlier: tuple[str, ...] = ()
    stated: Stated = NOTHING_STATED


@dataclass(frozen=True)
class Query:
    """A question, analysed: ``terms`` to search for, repeated where they matter more, and what each weighs.

    ``synonyms`` maps a term to those of other words for the same thing, with how much of it each of them is, from 0 to
    1; ``statistics`` was asked about every term.
    ``language`` is the tag of the conversation's language: the stated one, its page's if that is known, or the
    question's. ``scope`` are the pages to answer from, ``near`` the ids of the page on which it was asked.
    ``follow_up`` tells whether it does not say by itself what it is about, and ``context`` holds the terms that it
    leaves unsaid, where it has some of its own. ``index_state`` tells in which state the index was asked. ``text`` is
    what was asked, misspelt words mended.
    """

    question: Question
    terms: tuple[str, ...]
    weights: Mapping[str, float]
    synonyms: Mapping[str, Mapping[str, float]]
    statistics: TermStatistics
    language: str = ENGLISH.tag
    near: tuple[int, ...] = ()
    analyzed_as: Language = ENGLISH
    follow_up: bool = False
    context: frozenset[str] = frozenset()
    index_state: str = ""
    text: str = ""
    scope: Scope = EVERYTHING

    def scopes(self) -> list[IndexedScope]:
        """Return the scopes of the index that are asked; asks the index once in each of its states."""
        return [each for each in catalog.load(self.index_state) if self.scope.holds(each.id)]

    def coverage(self, held: Set[str]) -> float:
        """Return how much of the query is among these stems, from 0 to 1."""
        covered = 0.0
        for term, weight, synonyms in self._weighted:
            if term in held:
                covered += weight
            elif synonyms and not held.isdisjoint(synonyms):
                covered += weight * max(share for other, share in synonyms.items() if other in held)
        return covered / self._whole if self._whole else 0.0

    @cached_property
    def terms_that_count(self) -> frozenset[str]:
        """All that ``coverage`` looks for."""
        return frozenset(self.weights).union(*(synonyms for _, _, synonyms in self._weighted))

    @cached_property
    def _whole(self) -> float:
        return sum(self.weights.values())

    @cached_property
    def _weighted(self) -> list[tuple[str, float, Mapping[str, float]]]:
        return [(term, weight, self.synonyms.get(term, {})) for term, weight in self.weights.items()]


def analyze(question: Question) -> Query:
    """Return what to search for and what it weighs; asks the index once, and once more about words it does not hold.

    A follow-up such as "And on Windows?" is about what the question before it was about, there. Selected
    text says what "this" is; otherwise it only raises what is near.
    """
    corpus = corpus_statistics()
    page = page_at(question.page_url)
    asked_of = surroundings(question.text, question.stated, page, catalog.load(corpus.state))
    page_language = language_of_tag(asked_of.page_language)
    language = question_language(question.text, corpus, page_language, asked_of.languages)
    words = query_words(question.text, language)
    query = _query(question, words, language, page_language, page.ids, corpus)
    query = replace(query, scope=asked_of.choose(language.tag))
    mended = spelling.mend(_misspelt(query, words), language)
    if not mended:
        return query
    meant = [form for word in words for form in mended.get(word, (word,))]
    text = SPELLED_WORD.sub(lambda word: " ".join(mended.get(word[0].lower(), (word[0],))), question.text)
    return replace(_query(question, meant, language, page_language, page.ids, corpus), text=text, scope=query.scope)


def _query(
    question: Question,
    words: list[str],
    language: Language,
    page_language: Language | None,
    near: tuple[int, ...],
    corpus: CorpusStatistics,
) -> Query:
    """Return the query of a question whose own words are these."""
    # A compound stands for its parts, and is not asked for beside them.
    compounds = joined(tokenize(question.text), language)
    words = [word for word in words if word not in compounds] or words
    content = content_words(words, language)
    own = [stem(word, language) for word in words]
    follow_up = is_follow_up(question.text, content, language)
    context = [stem(word, language) for word in context_words(words, question.earlier, language)] if follow_up else []
    selected = [stem(word, language) for word in query_words(question.selected_text or "", language)]
    synonyms = {stem(word, language): _synonyms(word, language) for word in content}
    found_in = compound_terms(synonyms) if language.compounds else {}
    alike = {term: dict.fromkeys(found_in.get(term, ()), PART) for term in synonyms}
    for compound, parts in compounds.items():
        for part in synonyms.keys() & {stem(part, language) for part in parts}:
            alike[part][stem(compound, language)] = 1.0
    others = {other for found in (*synonyms.values(), *alike.values()) for other in found}
    statistics = term_statistics([*own, *context, *selected, *others], corpus)
    further = _searched_too(synonyms, statistics)
    further |= {other for found in alike.values() for other in found if statistics.document_frequency(other)}
    further -= set(own)
    synonyms = {term: found | alike[term] for term, found in synonyms.items()}
    own, context, selected = (_words_without_spaces(terms, statistics) for terms in (own, context, selected))
    light = distinct_stems(words, language) - distinct_stems(content, language)
    weight = _weigh([*own, *context, *selected], statistics, _names(question.text, language), light)
    selected = sorted(dict.fromkeys(selected), key=lambda term: -weight[term])[:SELECTED_TERMS]
    own_weights = {term: weight[term] for term in own}
    context_weights = {term: weight[term] for term in [*context, *(selected if follow_up else [])]}
    if not content and not context_weights:
        # Such as "Tell me more": every page holds these words, and none of them is asked about.
        own_weights = {}
    elif content and context_weights:
        # What a question leaves unsaid never weighs more than what it says.
        factor = min(CONTEXT, sum(own_weights.values()) / (sum(context_weights.values()) or 1.0))
        context_weights = {term: value * factor for term, value in context_weights.items()}
    repeats = OWN_REPEATS if context or selected or further else 1
    return Query(
        question,
        (*own * repeats, *context, *selected, *sorted(further)),
        context_weights | own_weights,
        synonyms,
        statistics,
        (page_language or language).tag,
        near,
        language,
        follow_up,
        frozenset(context_weights.keys() - own_weights.keys() if content else ()),
        corpus.state,
        question.text,
    )


def _synonyms(word: str, language: Language) -> dict[str, float]:
    """Return the terms of other words for the same thing; they are known in English alone."""
    own = stem(word, language)
    found = {stem(other, language): share for other, share in synonyms_of(word).items()} if language is ENGLISH else {}
    return {other: share for other, share in found.items() if other != own}


def _searched_too(synonyms: Mapping[str, Mapping[str, float]], statistics: TermStatistics) -> set[str]:
    """Return the synonyms to search for: none that is much rarer than the word that was asked."""

    def idf(term: str) -> float:
        return inverse_document_frequency(statistics.passages, statistics.document_frequency(term))

    return {
        other
        for term, found in synonyms.items()
        for other in found
        if statistics.document_frequency(other) and idf(other) * NOT_RARER <= idf(term)
    }


def _misspelt(query: Query, words: Sequence[str]) -> list[str]:
    """Return the words that no passage holds and that are neither names nor known, which they are in English alone."""
    if query.analyzed_as is not ENGLISH or not query.statistics.passages:
        return []
    names = _names(query.question.text, ENGLISH)
    terms = {word: stem(word) for word in content_words(words)}
    return [
        word
        for word, term in terms.items()
        if term in query.weights
        and not query.statistics.document_frequency(term)
        and term not in names
        and not is_known(word)
    ]


def search_terms(text: str) -> tuple[list[str], TermStatistics]:
    """Return the terms of a text to search for, and what the index counts of them."""
    corpus = corpus_statistics()
    language = question_language(text, corpus, None)
    terms = [stem(word, language) for word in query_words(text, language)]
    statistics = term_statistics(terms, corpus)
    return _words_without_spaces(terms, statistics), statistics


def content_words(words: Sequence[str], language: Language = ENGLISH) -> list[str]:
    """Return each word once that is about the thing rather than about the asking."""
    return [word for word in dict.fromkeys(words) if word not in language.light]


def is_follow_up(text: str, content: Sequence[str], language: Language = ENGLISH) -> bool:
    """Tell whether a question with these content words does not say by itself what it is about."""
    return len(content) <= 1 or (len(content) <= SHORT and language.points_back(text))


def context_words(own: Sequence[str], earlier: Sequence[str], language: Language = ENGLISH) -> list[str]:
    """Return the words of the latest questions, back to one that says what it is about; the later, the more often."""
    found: list[str] = []
    for question in reversed(earlier):
        words = query_words(question, language)
        found = [word for word in dict.fromkeys(words) if word not in own] + found * 2
        if not is_follow_up(question, content_words(words, language), language):
            break
    return found


def scope_of_page(url: str | None, stated: Stated = NOTHING_STATED) -> Scope:
    """Return the site, version and language of a page, which what a reader gets unasked is from; all without one."""
    asked_of = surroundings("", stated, page_at(url), catalog.load(corpus_statistics().state))
    return asked_of.choose("")


def conversation_language(question: Question) -> str | None:
    """Return the tag of the language that is stated, or that the page of a question states, if it is indexed."""
    language = language_of_tag(question.stated.language or page_at(question.page_url).language)
    return language.tag if language is not None else None


def question_language(
    text: str, corpus: CorpusStatistics, page_language: Language | None, tags: Sequence[str] | None = None
) -> Language:
    """Return the language in which to read a question: one of those indexed, unless its script is of another.

    ``tags`` are those of the pages that are asked, of all that are indexed where it is None. It is told by the words
    that every text of a language has, then by what of it is indexed, then by the page.
    """
    written = language_of_script(text)
    if written is not None:
        return written
    indexed: Sequence[Language] = corpus.languages
    if tags is not None:
        indexed = [language_of_tag(tag) or ENGLISH for tag in tags]
    candidates = list(dict.fromkeys(filter(None, (page_language, *indexed)))) or [ENGLISH]
    words = set(tokenize(text))
    hits = {language: len(words & (language.stopped | language.light)) for language in candidates}
    candidates = [language for language in candidates if hits[language] == max(hits.values())]
    if len(candidates) > 1:
        terms = {language: distinct_stems(query_words(text, language), language) for language in candidates}
        statistics = term_statistics({term for found in terms.values() for term in found}, corpus)
        known = {
            language: sum(statistics.document_frequency(term) > 0 for term in found)
            for language, found in terms.items()
        }
        candidates.sort(key=lambda language: -known[language])
    return candidates[0]


def _words_without_spaces(terms: Sequence[str], statistics: TermStatistics) -> list[str]:
    """Return terms without the pairs of characters that no passage holds, and without what other pairs hold already.

    Most of such pairs are no word but the end of one and the beginning of the next. A character counts by itself only
    where no pair that is known holds it.
    """
    if not any(map(HAN.match, terms)):
        return list(terms)
    known = [len(term) == 1 or not HAN.match(term) or statistics.document_frequency(term) > 0 for term in terms]
    found = []
    for place, term in enumerate(terms):
        if not HAN.match(term):
            found.append(term)
        elif len(term) > 1:
            found += [term] if known[place] else []
        else:
            beside = [other for other in (place - 1, place + 1) if 0 <= other < len(terms)]
            if not any(len(terms[other]) == PAIR and term in terms[other] and known[other] for other in beside):
                found.append(term)
    return found


def _weigh(terms: Sequence[str], statistics: TermStatistics, names: Set[str], light: Set[str]) -> dict[str, float]:
    """Return what each term weighs: the more, the fewer passages hold it."""
    counts = {term: statistics.document_frequency(term) for term in terms}
    return {
        term: _importance(term, df, names, light) * inverse_document_frequency(statistics.passages, df)
        for term, df in counts.items()
    }


def _importance(term: str, df: int, names: Set[str], light: Set[str]) -> float:
    if term in light:
        return LIGHTNESS if df else 0.0
    if df:
        return 1.0
    return MISSING_NAME if term in names else MISSING


def _names(text: str, language: Language) -> set[str]:
    """Return the terms of the words that are written as names."""
    found: set[str] = set()
    for sentence in SENTENCE.split(text):
        for place, word in enumerate(SPELLED.findall(sentence)):
            if NAME_LIKE.search(word) or (place and word[0].isupper() and not language.nouns_are_capitalised):
                found.update(distinct_stems(query_words(word, language), language))
    return found
