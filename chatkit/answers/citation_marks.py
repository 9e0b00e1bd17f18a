"""The marks by which models cite passages, in every form met: read, and taken out of the text.

A model is asked for [1], and writes what it learned: [1-2], [Source: 1], (Passage 1), 【1†source】, ¹, "According to
passage 1, …". A number in parentheses, or raised, may be a mark or a value, such as the code in "exits with failure
(1)". It is taken for a mark when it counts a passage, closes a clause, and stands where no value would.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

_KIND = r"(?:passages?|sources?|citations?|cites?|references?|refs?|documents?|docs?|excerpts?|quellen?)"
_ITEM = rf"(?:{_KIND}\s*[:\#.]?\s*|[\^\#])?\d{{1,3}}"
_LIST = rf"{_ITEM}(?:\s*(?:[,;&/–—-]|and|to|und|et)\s*{_ITEM})*"
_SUPERSCRIPT = "[⁰¹²³⁴-⁹]"
# Certain marks; some have a link behind, or say more of the passage within.
_COMMENT = r"\s*[:†|–—-]\s*[^\W\d][^\[\]\n]{0,60}|†[^\[\]\n]{0,40}"
_BRACKETS = rf"\\?\[{{1,2}}\s*{_LIST}(?:{_COMMENT})?\s*\\?\]{{1,2}}(?:\([^()\s]*\))?"
_NAMED = rf"[(（]\s*(?:(?:see|cf\.?|from|in|per|siehe)\s+)?(?:the\s+)?{_KIND}\s*[:\#.]?\s*{_LIST}\s*[)）]"
_CERTAIN = (
    rf"\^?{_BRACKETS}|【\s*(?:{_KIND}\s*:?\s*)?\d{{1,3}}[^】\n]{{0,40}}】|［\s*{_LIST}\s*］|{_NAMED}|\^\d{{1,2}}\^"
)
_UNCERTAIN = (
    r"[(（]\s*\d{1,3}(?:\s*[,;]\s*\d{1,3})*\s*[)）]"
    rf"|<sup>\s*[\[(]?\d{{1,2}}(?:\s*,\s*\d{{1,2}})*[\])]?\s*</sup>|{_SUPERSCRIPT}{{1,2}}(?:[,˒]?{_SUPERSCRIPT}{{1,2}})*"
)
# One mark, for whoever asks where a sentence ends.
MARK = rf"(?i:{_CERTAIN}|{_UNCERTAIN})"
_EMPHASIZED = rf"(?P<emphasis>[*_]{{0,3}})(?:(?P<certain>{_CERTAIN})|(?P<uncertain>{_UNCERTAIN}))(?P=emphasis)"
_MARK = re.compile(rf"(?P<space>\s*)(?:(?:[,;&]|\band\b)\s*(?=[*_]{{0,3}}[\[【]))?{_EMPHASIZED}", re.I)
# A passage that the text names: "passage 1", or "[1]" where words are about it.
_NAME = rf"(?:(?:the\s+)?{_KIND}\s*[:\#]?\s*\[?{_LIST}\]?|{_BRACKETS})"
_SAYS = (
    r"(?:says?|states?|explains?|notes?|mentions?|shows?|describes?|tells?|indicates?|specif(?:y|ies)|reads?"
    r"|sagt|sagen)"
)
_STATED = r"(?:stated|described|mentioned|noted|explained|shown|said|written|given)"
_BY = rf"(?:according\s+to|as\s+(?:{_STATED}\s+)?(?:in|by|per)|based\s+on|per|laut|gemäß|selon|según)"
_OPENING = re.compile(
    rf"""(?P<lead>[^\w*_\[【]*?)(?:(?:{_BY}|in|from|under)\s+{_NAME}\s*[,:]?\s+
    | [*_]{{0,3}}{_NAME}[*_]{{0,3}}\s+(?:also\s+|clearly\s+)?{_SAYS}(?:\s+(?:us|you))?(?:\s*[,:]|\s+that\b)?\s+
    | [*_]{{0,3}}{_NAME}[*_]{{0,3}}\s*[:–—][*_]{{0,3}}\s+)""",
    re.I | re.X,
)
_ASIDE = re.compile(
    rf"\s*(?P<comma>,)?\s*[(]?\b{_BY}\s+{_NAME}(?:\s*[)])?(?(comma),?)|\s*,?\s*\bas\s+{_NAME}\s+{_SAYS}\s*,?", re.I
)
_MENTION = re.compile(rf"\b{_KIND}\s*[:\#]?\s*{_LIST}", re.I)
# Words by which a sentence may be about to name a passage: what follows them waits for the sentence's end.
NAMING = re.compile(rf"\b(?:according|as|based|per|laut|gemäß|selon|según|{_KIND})\b", re.I)
DEFINITION = re.compile(r"\s*\[\^?\d{1,3}\]:\s")
NUMBER = re.compile(r"\d+")
RANGE = re.compile(r"(\d{1,3})\s*(?:[–—-]|to)\s*(\d{1,3})", re.I)
# Nobody cites more passages than this by a range.
MAX_RANGE = 20
_FROM_SUPERSCRIPT_SIGNS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_FROM_SUPERSCRIPT = str.maketrans(_FROM_SUPERSCRIPT_SIGNS, "0123456789")
# What follows a mark that closes a clause.
_CLAUSE_END = re.compile(r"[*_]{0,3}\s*(?:\Z|[.,;:!?)|\n。！？\[【(（<⁰¹²³⁴-⁹])")
# Words whose number stands in parentheses behind them.
_VALUE_BEFORE = re.compile(
    r"""\b(?:codes?|status|errno|errors?|signals?|levels?|versions?|values?|numbers?|steps?|options?|priority|index|bits?
    |success|failure|failed|true|false|on|off|yes|no|enabled|disabled|one|two|three|low|high|default)["'`*]*\s*\Z""",
    re.I | re.X,
)
_SHORT_BEFORE = re.compile(r"(?:\d|(?<![^\W\d_])[^\W\d_]{1,2})\Z")
_LITTER = re.compile(
    r"(?P<word>[\w`'\"]+)?(?P<litter>\s*(?:\[\]|\(\s*(?:see|cf\.?|from|sources?:?)?[\s,;]*\)|(?<![*\w])\*{4}(?![*\w])))",
    re.I,
)
_ONLY_NAMES = re.compile(rf"(?:see|cf|{_KIND}|used|cited|[\W_])*", re.I)


@dataclass(frozen=True)
class Reading:
    """A text without its marks, and the numbers of the passages that these name, in their order."""

    text: str
    numbers: tuple[int, ...]


class Passages(Protocol):
    """What is asked of the passages that may be cited."""

    count: int

    def hold(self, words: str) -> bool:
        """Tell whether one holds these very words."""
        ...

    def support(self, sentence: str, number: int) -> bool:
        """Tell whether one supports a sentence."""
        ...


def read_marks(text: str, before: str, passages: Passages) -> Reading:
    """Read the marks of a sentence, or of the rest of one behind the words ``before``, which are shown already."""
    numbers: list[int] = []

    def name(match: re.Match[str]) -> None:
        numbers.extend(_numbers(match[0].strip(" ,;*_")))

    if not before and (opening := _OPENING.match(text)):
        name(opening)
        rest = text[opening.end() :]
        text = opening["lead"] + rest[:1].upper() + rest[1:]

    def drop_aside(match: re.Match[str]) -> str:
        name(match)
        return ""

    text = _ASIDE.sub(drop_aside, text)
    whole, shift = before + text, len(before)
    uncertain = [mark["uncertain"] for mark in _MARK.finditer(text) if mark["uncertain"]]
    # Where one is a value, all are.
    are_values = not all(1 <= number <= passages.count for mark in uncertain for number in _numbers(mark))

    def drop_mark(mark: re.Match[str]) -> str:
        if found := mark["uncertain"]:
            start, end = (shift + place for place in mark.span("uncertain"))
            if are_values or not _is_mark(found, whole[:start], whole[end:], passages):
                # The sanitizer would take the tags, and make 10<sup>2</sup> 102.
                return f"{mark['space']}^{NUMBER.findall(found)[0]}" if found.startswith("<") else mark[0]
        elif (of_range := RANGE.search(mark[0])) and int(of_range[1]) == 0:
            # [0-9] is a class of characters.
            return mark[0]
        name(mark)
        return ""

    text = _MARK.sub(drop_mark, text)
    for mention in _MENTION.finditer(text):
        name(mention)
    return Reading(_without_litter(text, passages), tuple(dict.fromkeys(numbers)))


def without_names(text: str) -> str:
    """Return a text without the names of passages in it, as it is compared with them."""
    return _MENTION.sub("", text)


def is_only_names(text: str, numbers: Sequence[int]) -> bool:
    """Tell whether a text, of which these numbers were read, does nothing but name passages, such as "Sources:"."""
    says_something = bool(numbers) or any(map(str.isalpha, text))
    return says_something and _ONLY_NAMES.fullmatch(without_names(text)) is not None


def _numbers(mark: str) -> list[int]:
    """Return the numbers of a mark, those between the ends of a range with them."""
    if mark[0] in _FROM_SUPERSCRIPT_SIGNS:
        # There are fewer passages than ten, so each digit is one.
        return [int(sign.translate(_FROM_SUPERSCRIPT)) for sign in mark if sign in _FROM_SUPERSCRIPT_SIGNS]
    mark = mark.partition("](")[0]
    mark = re.split(r"†|(?<=\d):(?=\d)", mark)[0]
    found = [int(number) for number in NUMBER.findall(mark)]
    for first, last in RANGE.findall(mark):
        found.extend(range(int(first), min(int(last), int(first) + MAX_RANGE) + 1))
    return list(dict.fromkeys(found))


def _is_mark(mark: str, before: str, after: str, passages: Passages) -> bool:
    """Tell whether an uncertain mark is one: at a clause's end, where no value would stand."""
    if not before.strip() or not _CLAUSE_END.match(after):
        return False
    if mark[0] not in "(（":
        return not _SHORT_BEFORE.search(before)
    # A word with a number right behind it is a call, or a page of a manual.
    if mark[0] == "(" and (before[-1].isalnum() or before[-1] in "_`"):
        return False
    word = before.split()[-1].strip("*_`\"'")
    if word[-1:] in set(".!?"):
        # It may also begin the next item of a list.
        return any(passages.support(before, number) for number in _numbers(mark))
    return not _VALUE_BEFORE.search(before) and not passages.hold(f"{word} {mark}")


def _without_litter(text: str, passages: Passages) -> str:
    """Return a text without the brackets and emphasis that enclose nothing."""

    def drop(match: re.Match[str]) -> str:
        word, litter = match["word"] or "", match["litter"]
        is_code = bool(word) and (not litter[0].isspace() or passages.hold(word + litter))
        return match[0] if is_code else word

    while (cleaned := _LITTER.sub(drop, text)) != text:
        text = cleaned
    return text
