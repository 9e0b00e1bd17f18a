"""Words that no passage holds, mended by those that the index holds.

A misspelt word is replaced by the most frequent one that a single slip of the fingers would have made it of, and a
compound by its two parts. Candidates are made of the word and looked up, so that a look costs the same however large
the index is, and nothing is kept in memory.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

from sqlalchemy import bindparam, select

from chatkit.database.orm import db
from chatkit.search.models import Term
from chatkit.text.analysis import stem
from chatkit.text.compounds import splits
from chatkit.text.language import Language

LETTERS = "abcdefghijklmnopqrstuvwxyz"
# In a shorter word another letter mostly makes another word.
SHORTEST = 5
SHORTEST_WITH_WRONG_LETTER = 6
LONGEST = 24
MOST_WORDS = 3


def mend(words: Sequence[str], language: Language) -> Mapping[str, tuple[str, ...]]:
    """Return what was meant by words that no passage holds: one word, or two for a compound, where any is near.

    Asks the index once, about the first few words.
    """
    asked = [word for word in words if word.isascii() and word.isalpha() and SHORTEST <= len(word) <= LONGEST]
    slips = {word: {form: stem(form, language) for form in _one_slip(word)} for word in asked[:MOST_WORDS]}
    parts = {word: [pair for pair in splits(word) if language.stopped.isdisjoint(pair)] for word in slips}
    stems = {held for forms in slips.values() for held in forms.values()}
    stems |= {stem(part, language) for pairs in parts.values() for pair in pairs for part in pair}
    frequencies = _document_frequencies(stems) if stems else {}
    mended: dict[str, tuple[str, ...]] = {}
    for word, forms in slips.items():
        held = [form for form in forms if forms[form] in frequencies]
        pairs = [pair for pair in parts[word] if all(stem(part, language) in frequencies for part in pair)]
        if held:
            # Of the forms of one word, the same one each time.
            mended[word] = (max(held, key=lambda form: (frequencies[forms[form]], form)),)
        elif pairs:
            mended[word] = max(pairs, key=lambda pair: min(frequencies[stem(part, language)] for part in pair))
    return mended


def _document_frequencies(stems: Collection[str]) -> dict[str, int]:
    """Return how many passages hold each of these stems, those that none holds left out."""
    return {row.term: row.df for row in db.session.execute(_COUNTED, {"stems": list(stems)})}


def _one_slip(word: str) -> Iterator[str]:
    """Yield the words that a slip makes this one of: letters swapped, one missing, one too many, one that is wrong.

    But for a swap, the first letter is right.
    """
    for place in range(len(word) + 1):
        head, tail = word[:place], word[place:]
        if len(tail) > 1 and tail[0] != tail[1]:
            yield head + tail[1] + tail[0] + tail[2:]
        if place:
            if tail:
                yield head + tail[1:]
            for letter in LETTERS:
                yield head + letter + tail
                if tail and len(word) >= SHORTEST_WITH_WRONG_LETTER:
                    yield head + letter + tail[1:]


_COUNTED = select(Term.term, Term.df).where(Term.term.in_(bindparam("stems", expanding=True)))
