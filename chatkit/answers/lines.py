"""The lines of a passage that answer: one stretch of it, whole and word for word, with what decides marked."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from chatkit.search.passages import BlockKind, Passage, Unit
from chatkit.search.query import Query

# What is read at a glance, counted without code; a sentence, an item or a row may be longer by itself.
MOST_WORDS = 120
MOST_CODE_LINES = 24
# A longer table is shown by the row that decides and those beside it.
ROWS_BESIDE = 1
# How much of a unit's score is what it says together with what stands above it.
IN_CONTEXT = 0.5
# A unit that repeats so many words of the question and says hardly more, such as an error message, answers nothing.
REPEATED, SAYS_MORE = 4, 2
REPEATS = 0.4
# By how much what goes on in the same block is preferred to another block.
SAME_BLOCK = 0.3
# Of the best score, what a further unit must have to be marked too.
DECIDES_TOO = 0.9

STRUCTURED = {BlockKind.LIST, BlockKind.STEPS, BlockKind.TABLE, BlockKind.CODE}
ITEM_MARK = re.compile(r"\s*(?:- |\d+\. )?")
END_OF_SENTENCE = re.compile(r"[.!?:;,。！？：；，…]*\s*$")


@dataclass(frozen=True)
class Place:
    """A unit of a passage, by its block's number and its own in it."""

    block: int
    unit: int


@dataclass(frozen=True)
class Lines:
    """A stretch of a passage: ``places`` in reading order, the ``anchor`` that answers best and its score."""

    passage: Passage
    places: tuple[Place, ...]
    anchor: Place
    scored: dict[Place, float]
    deciding: frozenset[Place]

    @property
    def score(self) -> float:
        return self.scored[self.anchor]

    @property
    def markdown(self) -> str:
        """The lines as Markdown that shows them, what decides in bold."""
        return "\n\n".join(self._shown(number, units) for number, units in self._by_block())

    @property
    def opens_with_prose(self) -> bool:
        """Tell whether the first of the lines is a sentence."""
        return self.passage.blocks[self.places[0].block].kind is BlockKind.PROSE

    @property
    def quote(self) -> str:
        """The words of the line that answers best, as its page shows them."""
        return quote(unit_at(self.passage, self.anchor))

    def excerpt(self, length: int) -> str:
        """Return the line that answers best with what stands beside it, in at most ``length`` characters."""
        first = last = self.places.index(self.anchor)
        text = self.quote
        while len(text) < length and (first > 0 or last + 1 < len(self.places)):
            before = self.scored.get(self.places[first - 1], 0.0) if first > 0 else -1.0
            after = self.scored.get(self.places[last + 1], 0.0) if last + 1 < len(self.places) else -1.0
            if after >= before:
                last += 1
                text = f"{text} {quote(unit_at(self.passage, self.places[last]))}"
            else:
                first -= 1
                unit = quote(unit_at(self.passage, self.places[first]))
                if len(unit) + 1 + len(text) > length:
                    first = 0
                    if after < 0:
                        break
                    continue
                text = f"{unit} {text}"
        return text if len(text) <= length else text[: length - 1].rsplit(" ", 1)[0].rstrip() + "…"

    def _by_block(self) -> Iterator[tuple[int, list[int]]]:
        for number in dict.fromkeys(place.block for place in self.places):
            yield number, [place.unit for place in self.places if place.block == number]

    def _shown(self, number: int, units: Sequence[int]) -> str:
        block = self.passage.blocks[number]
        marks = len(self.places) > 1
        shown = [
            _marked(block.units[unit], block.kind)
            if marks and Place(number, unit) in self.deciding
            else block.units[unit]
            for unit in units
        ]
        return replace(block, units=tuple(shown)).markdown.strip()


def unit_at(passage: Passage, place: Place) -> Unit:
    """Return the unit at a place."""
    return passage.blocks[place.block].units[place.unit]


def quote(unit: Unit) -> str:
    """Return the words of a unit as its page shows them."""
    return " ".join(" ".join(text for line in unit.lines for text in line).split())


def choose(query: Query, passage: Passage) -> Lines:
    """Return the lines of a passage that answer a query best."""
    scored = scores(query, passage)
    anchor = max(scored, key=lambda place: scored[place])
    stretch = _Stretch(passage, scored, anchor)
    stretch.grow()
    places = tuple(stretch.places)
    least = DECIDES_TOO * scored[anchor]
    deciding = {place for place in places if scored[place] >= least and _kind(passage, place) is not BlockKind.CODE}
    return Lines(passage, places, anchor, scored, frozenset(deciding))


def scores(query: Query, passage: Passage) -> dict[Place, float]:
    """Return for every unit of a passage how well it answers, by what it says alone and in its place."""
    found = dict[Place, float]()
    asked = query.weights.keys()
    heading = passage.heading_stems
    above: Unit | None = None
    for number, block in enumerate(passage.blocks):
        announced = above.stems if above is not None and block.kind in STRUCTURED else frozenset[str]()
        announced |= block.head.stems if block.head else frozenset()
        before = frozenset[str]()
        for place, unit in enumerate(block.units):
            alone = query.coverage(unit.stems)
            in_context = query.coverage(unit.stems | announced | heading | before)
            score = (1 - IN_CONTEXT) * alone + IN_CONTEXT * in_context
            if len(unit.stems & asked) >= REPEATED and len(unit.stems - asked) < SAYS_MORE:
                score *= REPEATS
            if passage.unit_scores is not None:
                score = (score + passage.unit_scores[number][place]) / 2
            found[Place(number, place)] = score
            before = unit.stems if block.kind is BlockKind.PROSE else frozenset()
        above = block.units[-1] if block.kind is BlockKind.PROSE and block.units else None
    return found


class _Stretch:
    """Units from ``start`` to ``end``, grown from the one that answers best."""

    def __init__(self, passage: Passage, scored: dict[Place, float], anchor: Place) -> None:
        self._passage = passage
        self._scored = scored
        self._all = list(scored)
        self._start = self._all.index(anchor)
        self._end = self._start + 1

    @property
    def places(self) -> list[Place]:
        return self._all[self._start : self._end]

    def grow(self) -> None:
        """Take in what belongs to the lines, then what stands beside them while it is little to read."""
        while self._belongs_before() or self._belongs_after():
            pass
        while self._grow_once():
            while self._belongs_before() or self._belongs_after():
                pass

    def _belongs_before(self) -> bool:
        """Take in what announces the first line: the sentence above a list, table or code, the rest of the code."""
        first = self._all[self._start]
        if self._start == 0:
            return False
        before = self._all[self._start - 1]
        kind = _kind(self._passage, first)
        if kind is BlockKind.CODE and before.block == first.block:
            belongs = self._code_lines(first.block) < MOST_CODE_LINES
        elif kind in STRUCTURED and before.block != first.block:
            belongs = _kind(self._passage, before) is BlockKind.PROSE
        else:
            belongs = False
        self._start -= belongs
        return belongs

    def _belongs_after(self) -> bool:
        """Take in what the last line announces, and code to its end."""
        last = self._all[self._end - 1]
        if self._end == len(self._all):
            return False
        after = self._all[self._end]
        kind = _kind(self._passage, after)
        if after.block == last.block:
            belongs = kind is BlockKind.CODE and self._code_lines(after.block) < MOST_CODE_LINES
        elif _kind(self._passage, last) is BlockKind.PROSE:
            belongs = kind is BlockKind.CODE or (kind in STRUCTURED and _announces(unit_at(self._passage, last)))
        else:
            belongs = False
        self._end += belongs
        return belongs

    def _grow_once(self) -> bool:
        """Take in the better of the two units beside the lines if it fits."""
        beside = []
        if self._start > 0:
            beside.append((self._worth(self._start - 1, self._start), -1))
        if self._end < len(self._all):
            beside.append((self._worth(self._end, self._end - 1), 1))
        for worth, side in sorted(beside, reverse=True):
            unit = self._all[self._end if side > 0 else self._start - 1]
            if worth >= 0 and self._words() + self._cost(unit) <= MOST_WORDS:
                self._start -= side < 0
                self._end += side > 0
                return True
        return False

    def _worth(self, beside: int, edge: int) -> float:
        """Return how much a unit beside the lines adds; below 0 it must not be taken in."""
        unit, last = self._all[beside], self._all[edge]
        block = self._passage.blocks[unit.block]
        if block.kind is BlockKind.TABLE and len(block.units) > 2 * ROWS_BESIDE + 2:
            rows = sum(place.block == unit.block for place in self.places)
            if rows > 2 * ROWS_BESIDE:
                return -1.0
        if block.kind is BlockKind.CODE and self._code_lines(unit.block) >= MOST_CODE_LINES:
            return -1.0
        return self._scored[unit] + SAME_BLOCK * (unit.block == last.block)

    def _code_lines(self, block: int) -> int:
        return sum(place.block == block for place in self.places)

    def _words(self) -> int:
        return sum(map(self._cost, self.places))

    def _cost(self, place: Place) -> int:
        if _kind(self._passage, place) is BlockKind.CODE:
            return 0
        return len(unit_at(self._passage, place).markdown.split())


def _kind(passage: Passage, place: Place) -> BlockKind:
    return passage.blocks[place.block].kind


def _announces(unit: Unit) -> bool:
    return unit.text.rstrip().endswith((":", "："))


def _marked(unit: Unit, kind: BlockKind) -> Unit:
    """Return a unit in bold: a sentence, the first line of an item, the first cell of a row."""
    if kind is BlockKind.CODE:
        return unit
    first, newline, rest = unit.markdown.partition("\n")
    if kind is BlockKind.TABLE:
        key, bar, cells = first.removeprefix("| ").partition(" |")
        return replace(unit, markdown=f"| {_bold(key)}{bar}{cells}{newline}{rest}")
    mark = ITEM_MARK.match(first) if kind is not BlockKind.PROSE else None
    opening = mark[0] if mark else ""
    return replace(unit, markdown=f"{opening}{_bold(first[len(opening) :])}{newline}{rest}")


def _bold(text: str) -> str:
    """Return words in bold; without the sign they end in, beside which Markdown would not see the end of the bold."""
    end = END_OF_SENTENCE.search(text)
    words, closing = (text[: end.start()], text[end.start() :]) if end else (text, "")
    return f"**{words}**{closing}" if words.strip() else text
