"""What a text claims, in a form that can be compared: words, names, numbers, times, and negation."""

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from chatkit.text.analysis import query_words, stem

WORD = re.compile(r"[^\W_]+")
WORD_OR_NUMBER = re.compile(r"\d+(?:\.\d+)*|[^\W\d_]+")
MIN_CLAUSE_WORDS = 4
CLAUSE_END = re.compile(r"[,;:|()—–]\s|\s(?:and|but|while|whereas|although|because|so|unless|except)\s")
# A name: code, capitals inside a sentence, capitals or digits inside a word.
NAME = re.compile(r"`[^`]+`|(?<=[\w,;] )[A-Z]\w+|\b\w*[a-z0-9_][A-Z]\w*|\b[A-Z]{2,}\w*|\b[a-zA-Z]+_\w+")
EMPTY_CELL = re.compile(r"\|\s*(?:none|no|-)?\s*(?=\|)", re.I)
NEGATION = re.compile(
    r"\b(?:not|no|never|none|neither|nor|nothing|nobody|nowhere|cannot|without|left out)\b|n['’]t\b", re.I
)
# Without "one", which is more often a pronoun than a number.
NUMBER_WORDS = {
    word: str(number)
    for number, word in enumerate(
        """
        zero _ two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
        seventeen eighteen nineteen twenty
        """.split()  # noqa: SIM905  (a list of words, not of lines)
    )
} | {"thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "ninety": "90", "hundred": "100", "thousand": "1000"}
UNITS = {
    **dict.fromkeys(("millisecond", "milliseconds", "ms"), "ms"),
    **dict.fromkeys(("second", "seconds"), "s"),
    **dict.fromkeys(("minute", "minutes"), "min"),
    **dict.fromkeys(("hour", "hours", "hourly"), "h"),
    **dict.fromkeys(("day", "days", "daily"), "d"),
    **dict.fromkeys(("week", "weeks", "weekly"), "w"),
    **dict.fromkeys(("month", "months", "monthly"), "m"),
    **dict.fromkeys(("year", "years", "yearly", "annual", "annually"), "y"),
}
# A claim that has one of a pair where its passage has the other is wrong, however many words they share.
ANTONYMS = [
    (stem(one), stem(other))
    for one, other in [
        ("always", "never"),
        ("before", "after"),
        ("minimum", "maximum"),
        ("least", "most"),
        ("more", "fewer"),
        ("more", "less"),
        ("allowed", "refused"),
        ("accepted", "refused"),
        ("enabled", "disabled"),
        ("enable", "disable"),
        ("required", "optional"),
        ("encrypted", "plain"),
        ("true", "false"),
        ("on", "off"),
        ("with", "without"),
        ("first", "last"),
        ("public", "secret"),
        ("increase", "decrease"),
        ("open", "closed"),
        ("newer", "older"),
        ("kept", "deleted"),
        ("stored", "deleted"),
        ("stays", "deleted"),
        ("same", "different"),
        ("same", "fresh"),
        ("all", "no"),
        ("every", "no"),
    ]
]
# Words that claim next to nothing.
LIGHT_STEMS = frozenset(
    stem(word)
    for word in """
    able according add allow also answer apply available based because become begin bring call case change come
    contain default describe do documentation documented done each easily ensure every example explain find follow
    following follows full further get give given go happen help hence however include instead keep kind let like
    look make mean means must need never note occur page possible provide read require respectively run say see set
    shall show shown simply since so specify start state still take tell therefore thing this thus together true type
    use used user using usually via want way well whenever whether while within without work works would yes
    """.split()  # noqa: SIM905  (a list of words, not of lines)
)


@dataclass(frozen=True)
class Clause:
    """A part of a sentence, and whether it is negated."""

    stems: frozenset[str]
    negated: bool


@dataclass(frozen=True)
class Claims:
    """What a text claims; ``amounts`` are numbers with the unit of time they count."""

    stems: frozenset[str]
    words: frozenset[str]
    names: frozenset[str]
    numbers: frozenset[str]
    units: frozenset[str]
    amounts: frozenset[tuple[str, str]]
    clauses: tuple[Clause, ...]


def extract_claims(text: str) -> Claims:
    """Return what a text claims."""
    # A cell that says "none" negates nothing.
    prose = EMPTY_CELL.sub("|", text) if text.startswith("|") else text
    plain = [NUMBER_WORDS.get(word, word) for word in WORD_OR_NUMBER.findall(text.lower().replace(",", ""))]
    pairs = [(number, UNITS.get(unit)) for number, unit in itertools.pairwise(plain) if number[0].isdigit()]
    parts = (Clause(content_stems(part), NEGATION.search(part) is not None) for part in _split_clauses(prose))
    return Claims(
        stems=content_stems(text),
        words=all_stems(text),
        names=all_stems(" ".join(NAME.findall(text))),
        numbers=frozenset(word for word in plain if word[0].isdigit()),
        units=frozenset(UNITS[word] for word in plain if word in UNITS),
        amounts=frozenset((number, unit) for number, unit in pairs if unit),
        clauses=tuple(clause for clause in parts if clause.stems),
    )


def merge(parts: Iterable[Claims]) -> Claims:
    """Return what several texts claim together."""
    all_claims = list(parts)
    return Claims(
        stems=frozenset().union(*(part.stems for part in all_claims)),
        words=frozenset().union(*(part.words for part in all_claims)),
        names=frozenset().union(*(part.names for part in all_claims)),
        numbers=frozenset().union(*(part.numbers for part in all_claims)),
        units=frozenset().union(*(part.units for part in all_claims)),
        amounts=frozenset().union(*(part.amounts for part in all_claims)),
        clauses=tuple(clause for part in all_claims for clause in part.clauses),
    )


def claims_by_clause(text: str) -> list[Claims]:
    """Return what each clause of a text claims, without those that claim nothing."""
    return [claims for part in _split_clauses(text) if (claims := extract_claims(part)).stems]


def _split_clauses(text: str) -> Iterator[str]:
    """Yield the clauses of a text; the first items of a list belong to the clause about all of them."""
    clause = ""
    for part in CLAUSE_END.split(text):
        clause = f"{clause} {part}".strip()
        if len(part.split()) >= MIN_CLAUSE_WORDS:
            yield clause
            clause = ""
    if clause:
        yield clause


def all_stems(text: str) -> frozenset[str]:
    """Return the stems of all words of a text."""
    return frozenset(stem(word.lower()) for word in WORD.findall(text))


def content_stems(text: str) -> frozenset[str]:
    """Return the stems of the words that carry meaning, numbers left out."""
    return frozenset(stem(word) for word in query_words(text) if not word.isdigit() and word not in NUMBER_WORDS)


def contradicts(claim: frozenset[str], passage: frozenset[str]) -> bool:
    """Tell whether a passage has the antonym of a word of the claim, and not the word itself."""
    return any(
        (one in claim and other in passage and one not in passage)
        or (other in claim and one in passage and other not in passage)
        for one, other in ANTONYMS
    )


def is_claim(text: str, min_words: int = 2) -> bool:
    """Tell whether a sentence says enough to be right or wrong: ``min_words``, or one fewer and a number."""
    claims = extract_claims(text)
    return len(claims.stems - LIGHT_STEMS) + bool(claims.numbers) >= min_words
