"""Which curated answer a question gets: only one that was written for just this question.

A wrong answer under the owner's name is worse than none. So by words a question matches when it is the same but for how
words end and for words that ask and say nothing, in the same order. Where there is an encoder, words may also be
replaced by others for the same thing, and what turns a question around (`not`, `without`, `from`, `to`) never is.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from flask import Flask, current_app
from sqlalchemy import select

from chatkit.answers import extractive
from chatkit.answers.extractive import Answer, Outcome
from chatkit.curated.models import CuratedAnswer
from chatkit.database.cached import CachedRead
from chatkit.database.orm import db, table
from chatkit.errors import RetryLater
from chatkit.search import likeness
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
SAYS_NOTHING = (
    "a an the i we you my our your me us do does did can could is are am was were be will would should please"
)
# English words that turn a question around, though an index takes no notice of them.
TURNS = """not no nor without with never only from to into in out on off up down over under before after against between
until while during than t cannot"""
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

    questions: Sequence[tuple[str, int]] = ()
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
    literals = _literals(query.question.text)
    matching = (wordings.questions[place] for place in _candidates(query, wordings))
    ids = dict.fromkeys(id_ for question, id_ in matching if _literals(question) == literals)
    return next((found for id_ in ids if (found := _compose(query, id_)) is not None), None)


def _candidates(query: Query, wordings: Wordings) -> Iterator[int]:
    """Yield the places of the questions that match, the likeliest first."""
    language = query.analyzed_as
    texts = dict.fromkeys((query.question.text, query.text))
    for text in texts:
        if letters := _letters(text):
            yield from wordings.by_letters.get(letters, ())
    for text in texts:
        # One word alone says what is asked of it only letter for letter.
        if len(words := _words(text, language)) > 1:
            yield from wordings.by_words(language).get(words, ())
    if language is ENGLISH and likeness.is_on(ENGLISH.tag):
        for place, (question, _) in enumerate(wordings.questions):
            if _says_the_same(query, question) and _means_the_same(query.text, question):
                yield place


def _says_the_same(query: Query, question: str) -> bool:
    """Tell whether two questions have the same words in the same order but for synonyms, and turn alike."""
    asked, written = (content_words(query_words(text)) for text in (query.text, question))
    pairs = [(stem(one), stem(other)) for one, other in zip(asked, written, strict=False)]
    if len(asked) != len(written) or not pairs or _turns(query.text) != _turns(question):
        return False
    return all(one == other or other in query.synonyms.get(one, ()) for one, other in pairs)


def _means_the_same(one: str, other: str) -> bool:
    try:
        return likeness.of(one, other) >= SAME_MEANING
    except RetryLater:
        # An embedding server that is away says nothing of it.
        return False


def _compose(query: Query, id_: int) -> Found | None:
    """Return an answer; None when it is gone, or rests on pages outside the query's scope, or has nothing to say."""
    row = db.session.execute(select(_ANSWERS).where(_ANSWERS.c.id == id_)).one_or_none()
    if row is None:
        return None
    inside = read_section(row.page_url, row.anchor, query.scope) if row.page_url else []
    is_outside = row.page_url and not inside and read_section(row.page_url, row.anchor)
    if is_outside or not (inside or row.markdown):
        return None
    if not row.markdown:
        return Found(id_, extractive.quote(query, inside))
    sources = tuple(extractive.cite(query, [join_passages(inside)] if inside else []))
    return Found(id_, Answer(Outcome.ANSWERED, row.markdown, sources, tuple(source.id for source in sources)))


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
    left_out = SAYS_NOTHING.split() if language is ENGLISH else ()
    return tuple(stem(word, language) for word in tokenize(text) if word not in left_out)


def _turns(text: str) -> list[str]:
    return [word for word in tokenize(text) if word in TURNS.split()]


def _cached() -> CachedRead[Wordings]:
    found: CachedRead[Wordings] = current_app.extensions["chatkit_curated"]
    return found


def _read() -> Wordings:
    # On a connection of its own, beside whatever the session is at.
    with db.engine.connect() as connection:
        rows = connection.execute(select(_ANSWERS.c.id, _ANSWERS.c.questions).order_by(_ANSWERS.c.id.desc())).all()
    return Wordings([(question, row.id) for row in rows for question in row.questions])
