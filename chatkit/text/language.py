"""What analysis must know of a language, as one file in ``languages`` says it of each."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

# Latin letters, most of them with diacritics.
ACCENTED = re.compile("[\u00c0-\u024f]")


@dataclass(frozen=True, eq=False)
class Language:
    """A language by its primary tag of BCP 47.

    ``stemmer`` is Snowball's name of an algorithm. ``stop_words`` say nothing about what a text is about and
    ``light_words`` more about the asking than about the thing; both are lists with spaces between.
    ``question_words`` is a pattern of what a question in a script without spaces consists of beside its subject.
    ``openers`` are patterns of what a follow-up begins with, ``pointers`` of what points back in one.
    ``accents`` maps endings that are often typed without their accents to how they are spelled.
    ``separable`` are the prefixes of verbs behind which ``infixes`` may stand in a form of the verb.
    ``compounds`` says that words are joined without a space, ``nouns_are_capitalised`` that a capital marks no name.
    """

    tag: str
    stemmer: str | None = None
    stop_words: str = ""
    light_words: str = ""
    question_words: str = ""
    abbreviations: str = ""
    openers: str = ""
    pointers: str = ""
    accents: Mapping[str, str] = field(default_factory=dict)
    separable: str = ""
    infixes: str = ""
    compounds: bool = False
    nouns_are_capitalised: bool = False

    @cached_property
    def stopped(self) -> frozenset[str]:
        """The stop words, also as they are typed without accents."""
        return _with_plain(self.stop_words)

    @cached_property
    def light(self) -> frozenset[str]:
        """The light words, also as they are typed without accents."""
        return _with_plain(self.light_words)

    @cached_property
    def asking(self) -> re.Pattern[str] | None:
        """What of a question in a script without spaces is not its subject."""
        return re.compile(self.question_words) if self.question_words else None

    @cached_property
    def infix(self) -> re.Pattern[str] | None:
        """What stands inside the stem of a form of a verb, between its prefix and the rest."""
        return re.compile(rf"^({self.separable})(?:{self.infixes})(?=\w{{3}})") if self.infixes else None

    @cached_property
    def _opening(self) -> re.Pattern[str] | None:
        return re.compile(rf"\W*(?:{self.openers}){self._end}", re.I) if self.openers else None

    @cached_property
    def _pointing(self) -> re.Pattern[str] | None:
        boundary = r"\b" if self._end else ""
        return re.compile(rf"{boundary}(?:{self.pointers}){self._end}", re.I) if self.pointers else None

    @property
    def _end(self) -> str:
        return "" if self.question_words else r"\b"

    def points_back(self, question: str) -> bool:
        """Tell whether a question begins or refers as one does that follows another."""
        patterns = ((self._opening, re.Pattern.match), (self._pointing, re.Pattern.search))
        return any(pattern is not None and bool(look(pattern, question)) for pattern, look in patterns)


def plain_letters(text: str) -> str:
    """Return text without diacritics; other scripts keep theirs, which are letters of their own."""
    if text.isascii():
        return text
    return ACCENTED.sub(lambda letter: unicodedata.normalize("NFKD", letter[0])[0], unicodedata.normalize("NFC", text))


def _with_plain(words: str) -> frozenset[str]:
    return frozenset(words.split()) | frozenset(plain_letters(words).split())
