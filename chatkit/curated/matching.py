"""Which curated answer a question gets: only one that was written for just this question.

A wrong answer under the owner's name is worse than none. So by words a question matches when it is the same but for how
words end and for words that ask and say nothing, in the same order. Where there is an encoder, words may also be
replaced by others for the same thing, and what turns a question around (`not`, `without`, `from`, `to`) never is.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from operator import contains
from typing import Any, TypeVar

from flask import Flask, current_app
from sqlalchemy import Row, select

from chatkit.answers import extractive
from chatkit.answers.extractive import Answer, Outcome
from chatkit.curated.models import CuratedAnswer
from chatkit.database.cached import CachedRead
from chatkit.database.orm import db, table
from chatkit.search import likeness, meaning
from chatkit.search.passages import join_passages
from chatkit.search.query import Query, content_words
from chatkit.search.retrieval import read_section
from chatkit.text.analysis import query_words, stem
from chatkit.text.language import Language
from chatkit.text.languages.registry import ENGLISH
from chatkit.text.tokens import tokenize

REFRESH_SECONDS = 5
# How alike the meanings of two questions must be when their words differ.
SAME_MEANING = 0.85
# English words without which a question asks the same. Of other languages every word counts.
SAYS_NOTHING = frozenset(
    """
    a an the i we you my our your me us do does did can could is are am was were be will would should please
    """.split()  # noqa: SIM905  (a list of words, not of lines)
)
# English words that turn a question around, though an index takes no notice of them, or takes them for their opposite.
TURNS = frozenset(
    """
    not no nor without with never only from to into in out on off up down over under before after against between
    until while during than t cannot slow slower slowest slowly slows unsafe temporary temporarily backend
    """.split()  # noqa: SIM905  (a list of words, not of lines)
)
# What stands around words; a dot or a hyphen before one may be part of it.
OPENING, CLOSING = "\"'“”‘’«»„([{¿¡*_`", "\"'“”‘’«»)]}*_`.,;:!?…。？！，"
LITERAL = re.compile(r"[^\w'’-]|^-|[a-z][A-Z]")
Key = TypeVar("Key")
_ANSWERS = table(CuratedAnswer)


@dataclass(frozen=True)
class Found:
    """A curated answer as it is given, and its number."""

    id: int
    answer: Answer


@dataclass
class Wordings:
    """The questions of all curated answers, each with its answer's number, the newest answers first."""

    questions: tuple[tuple[str, int], ...] = ()
    _by_words: dict[Language, dict[tuple[str, ...], list[int]]] = field(default_factory=dict)

    @cached_property
    def by_letters(self) -> dict[str, list[int]]:
        """The places of the questions by their letters."""
        return self._places(_letters)

    def by_words(self, language: Language) -> dict[tuple[str, ...], list[int]]:
        """Return the places of the questions by their words, read in a language."""
        if language not in self._by_words:
            self._by_words[language] = self._places(lambda question: _words(question, language))
        return self._by_words[language]

    @cached_property
    def by_content(self) -> dict[tuple[object, ...], list[tuple[tuple[str, ...], int]]]:
        """The stems of what each English question is about with its place, by the first, their number and the turns."""
        found: dict[tuple[object, ...], list[tuple[tuple[str, ...], int]]] = {}
        for place, (question, _) in enumerate(self.questions):
            if stems := _content(question):
                found.setdefault((stems[0], len(stems), _turns(question)), []).append((stems, place))
        return found

    def _places(self, key_of: Callable[[str], Key]) -> dict[Key, list[int]]:
        found: dict[Key, list[int]] = {}
        for place, (question, _) in enumerate(self.questions):
            found.setdefault(key_of(question), []).append(place)
        return found


def init_app(app: Flask) -> None:
    """Read the questions anew every five seconds, at the request that asks then."""
    app.extensions["chatkit_curated"] = CachedRead(_read, Wordings(), REFRESH_SECONDS)


def forget() -> None:
    """Have the next question read them anew, as after a change."""
    _cached().forget()


def find(query: Query) -> Found | None:
    """Return the curated answer to just this question, if there is one whose section is among the query's pages.

    A question that leans on another one, or on selected text, is another question.
    """
    wordings = _cached().value()
    if not wordings.questions or query.context or query.question.selected_text:
        return None
    found = _first(query, wordings, _spelled_alike(query, wordings))
    if found is not None or query.analyzed_as is not ENGLISH or not likeness.is_on(ENGLISH.tag):
        return found
    similar = _said_alike(query, wordings)
    if not similar:
        return None
    # Comparing meanings may wait for a server, in which no transaction shall stay open.
    db.session.rollback()
    return _first(query, wordings, [place for place in similar if _means_the_same(query, wordings, place)])


def _first(query: Query, wordings: Wordings, places: Iterable[int]) -> Found | None:
    """Return the first answer that can be given, of the questions at these places."""
    literals = _literals(query.question.text)
    tried = set[int]()
    for question, id_ in (wordings.questions[place] for place in places):
        if id_ not in tried and _literals(question) == literals:
            tried.add(id_)
            if (found := _compose(query, id_)) is not None:
                return found
    return None


def _spelled_alike(query: Query, wordings: Wordings) -> Iterator[int]:
    """Yield the places of the questions of the same letters, then of those of the same words."""
    texts = dict.fromkeys((query.question.text, query.text))
    for text in texts:
        if letters := _letters(text):
            yield from wordings.by_letters.get(letters, ())
    for text in texts:
        # One word alone says what is asked of it only letter for letter.
        if len(words := _words(text, query.analyzed_as)) > 1:
            yield from wordings.by_words(query.analyzed_as).get(words, ())


def _said_alike(query: Query, wordings: Wordings) -> list[int]:
    """Return the places of the questions that have the same words in order but for synonyms, and turn alike."""
    asked, turns = _content(query.text), _turns(query.text)
    if not asked:
        return []
    allowed = [{one, *query.synonyms.get(one, ())} for one in asked]
    possible = (found for first in allowed[0] for found in wordings.by_content.get((first, len(asked), turns), ()))
    return sorted(place for stems, place in possible if all(map(contains, allowed, stems)))


def _means_the_same(query: Query, wordings: Wordings, place: int) -> bool:
    alike = meaning.likeness_of(query.text, wordings.questions[place][0])
    return alike is not None and alike >= SAME_MEANING


def _compose(query: Query, id_: int) -> Found | None:
    """Return an answer; None when it is gone, or rests on pages outside the query's scope, or has nothing to say."""
    row = db.session.execute(select(_ANSWERS).where(_ANSWERS.c.id == id_)).one_or_none()
    if row is None:
        return None
    inside = read_section(row.page_url, row.anchor, query.scope) if row.page_url else []
    if not (inside or row.markdown) or (row.page_url and not inside and not _may_rest_on_what_is_gone(query, row)):
        return None
    if not row.markdown:
        return Found(id_, extractive.quote(query, inside))
    sources = tuple(extractive.cite(query, [join_passages(inside)] if inside else []))
    return Found(id_, Answer(Outcome.ANSWERED, row.markdown, sources, tuple(source.id for source in sources)))


def _may_rest_on_what_is_gone(query: Query, row: Row[Any]) -> bool:
    """Tell whether the section of an answer is gone from the index and was of a site and version that is asked."""
    asked = {(scope.site, scope.version) for scope in query.scopes()}
    return (row.site, row.version) in asked and not read_section(row.page_url, row.anchor)


def _letters(text: str) -> str:
    """Return what all spellings of a question share: its words in one case and width, without punctuation."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(filter(None, map(_bare, plain.split())))


def _literals(text: str) -> list[str]:
    """Return what is no plain word and means what it is letter for letter, such as -v, C# and config.yml."""
    return [word for word in map(_bare, text.split()) if LITERAL.search(word)]


def _bare(word: str) -> str:
    """Return a word without the punctuation around it."""
    return word.lstrip(OPENING).rstrip(CLOSING)


def _words(text: str, language: Language) -> tuple[str, ...]:
    """Return the stems of a question in their order, but for those that say nothing."""
    left_out = SAYS_NOTHING if language is ENGLISH else ()
    return tuple(stem(word, language) for word in tokenize(text) if word not in left_out)


def _content(text: str) -> tuple[str, ...]:
    """Return the stems of the words that an English question is about."""
    return tuple(stem(word) for word in content_words(query_words(text)))


def _turns(text: str) -> tuple[str, ...]:
    return tuple(word for word in tokenize(text) if word in TURNS)


def _cached() -> CachedRead[Wordings]:
    found: CachedRead[Wordings] = current_app.extensions["chatkit_curated"]
    return found


def _read() -> Wordings:
    # On a connection of its own, beside whatever the session is at.
    with db.engine.connect() as connection:
        rows = connection.execute(select(_ANSWERS.c.id, _ANSWERS.c.questions).order_by(_ANSWERS.c.id.desc())).all()
    questions = tuple((question, row.id) for row in rows for question in row.questions)
    return _wordings(questions)


@lru_cache(1)
def _wordings(questions: tuple[tuple[str, int], ...]) -> Wordings:
    """Return the same wordings for the same questions, so that their words are read once for each change."""
    return Wordings(questions)
