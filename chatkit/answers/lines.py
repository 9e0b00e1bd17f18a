"""The lines of a passage that answer: one stretch of it, whole and word for word, with what decides marked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from chatkit.search.passages import BlockKind, Passage, Unit
from chatkit.search.query import Query
from chatkit.text.markdown import escape_markdown

# How many words are read at a glance, counted without code, and how many lines of code beside them: of an answer, and
# of a section that is listed with others. A sentence, an item or a row may be longer by itself.
MOST_WORDS, MOST_CODE_LINES = 120, 24
LISTED_WORDS, LISTED_CODE_LINES = 40, 8
# So many words of a paragraph before the first line are shown too: it may lean on them.
LITTLE_BEFORE = 40
# A table is shown whole up to so many rows, and up to fewer of them when one of its rows decides.
MOST_ROWS, MOST_ROWS_BESIDE = 15, 3
# A row decides that scores so many times as much as its table's rows do on average.
STANDS_OUT = 1.2
# How much of a unit's score is what it says together with what stands above it.
IN_CONTEXT = 0.5
# A unit that repeats so many words of the question and says hardly more, such as an error message, answers nothing.
REPEATED, SAYS_MORE = 4, 2
REPEATS = 0.4
# Code is what most readers look for, and so is the sentence above it, which says what it does.
CODE = 1.3
# By how much what goes on in the same block is preferred to another block.
SAME_BLOCK = 0.3

ITEM_MARK = re.compile(r"\s*(?:- |\d+\. )?")
ENDS_OF_SENTENCES = ".!?:;,。！？：；，…"


class Place(NamedTuple):
    """A unit of a passage, by its block's number and its own in it."""

    block: int
    unit: int


@dataclass(frozen=True)
class Lines:
    """A stretch of a passage: its ``places`` in reading order, the ``anchor`` among them that answers best.

    ``scores`` has every place of the passage.
    """

    passage: Passage
    places: tuple[Place, ...]
    anchor: Place
    scores: Mapping[Place, float]

    @property
    def score(self) -> float:
        """How well the best of the lines answers."""
        return self.scores[self.anchor]

    @property
    def opens_with_prose(self) -> bool:
        """Tell whether the first of the lines is a sentence."""
        return _kind(self.passage, self.places[0]) is BlockKind.PROSE

    @property
    def quote(self) -> str:
        """The words of the line that answers best, as its page shows them."""
        return unit_at(self.passage, self.anchor).text

    @property
    def markdown(self) -> str:
        """The lines as Markdown that shows them, the one that answers best in bold."""
        return self._markdown(self.anchor if len(self.places) > 1 else None)

    @property
    def unmarked(self) -> str:
        """The same without bold."""
        return self._markdown(None)

    @property
    def shortened(self) -> "Lines":
        """Fewer of the lines, as of a section that is listed with others."""
        stretch = _Stretch(self.passage, self.scores, self.anchor, LISTED_WORDS, LISTED_CODE_LINES)
        return replace(self, places=tuple(stretch.grown()))

    def excerpt(self, length: int) -> str:
        """Return the line that answers best, with what stands beside it, in at most ``length`` characters."""
        text = self.quote
        first = last = self.places.index(self.anchor)
        while len(text) < length and (first > 0 or last + 1 < len(self.places)):
            before = self.scores[self.places[first - 1]] if first > 0 else -1.0
            after = self.scores[self.places[last + 1]] if last + 1 < len(self.places) else -1.0
            if after >= before:
                last += 1
                text = f"{text} {unit_at(self.passage, self.places[last]).text}"
            else:
                first -= 1
                longer = f"{unit_at(self.passage, self.places[first]).text} {text}"
                if len(longer) > length:
                    # What stands before is whole or left out, so that the best line is always there.
                    first = 0
                    continue
                text = longer
        return text if len(text) <= length else f"{text[: length - 1].rpartition(' ')[0] or text[: length - 1]}…"

    def _markdown(self, marked: Place | None) -> str:
        shown = []
        for number in dict.fromkeys(place.block for place in self.places):
            block = self.passage.blocks[number]
            units = []
            for place in self.places:
                if place.block == number:
                    unit = _shortened(block.units[place.unit], block.kind)
                    units.append(_marked(unit, block.kind) if place == marked else unit)
            text = replace(block, units=tuple(units)).markdown.strip()
            is_cut = self.places[-1].block == number and self.places[-1].unit + 1 < len(block.units)
            shown.append(f"{text}\n- …" if is_cut and block.kind is BlockKind.LIST else text)
        return "\n\n".join(shown)


def unit_at(passage: Passage, place: Place) -> Unit:
    """Return the unit at a place."""
    return passage.blocks[place.block].units[place.unit]


def choose(query: Query, passage: Passage) -> Lines:
    """Return the lines of a passage that answer a query best."""
    scores = score_units(query, passage)
    anchor = max(scores, key=lambda place: scores[place])
    stretch = _Stretch(passage, scores, anchor, MOST_WORDS, MOST_CODE_LINES)
    return Lines(passage, tuple(stretch.grown()), anchor, scores)


def score_units(query: Query, passage: Passage) -> dict[Place, float]:
    """Return for every unit of a passage how well it answers, by what it says alone and by what it is read with."""
    found = dict[Place, float]()
    asked = query.weights.keys()
    for number, block in enumerate(passage.blocks):
        for place, unit in enumerate(block.units):
            in_context = query.coverage(unit.stems | passage.contexts[number][place])
            score = (1 - IN_CONTEXT) * query.coverage(unit.stems) + IN_CONTEXT * in_context
            if len(unit.stems & asked) >= REPEATED and len(unit.stems - asked) < SAYS_MORE:
                score *= REPEATS
            if passage.unit_scores is not None:
                score = (score + passage.unit_scores[number][place]) / 2
            if block.kind is BlockKind.CODE or (unit is block.units[-1] and _stands_above_code(passage, number)):
                score *= CODE
            found[Place(number, place)] = score
    return found


def _stands_above_code(passage: Passage, number: int) -> bool:
    blocks = passage.blocks[number : number + 2]
    return [block.kind for block in blocks] == [BlockKind.PROSE, BlockKind.CODE]


class _Stretch:
    """Neighbouring units, grown from the one that answers best; of code, its lines count as one unit."""

    def __init__(
        self, passage: Passage, scores: Mapping[Place, float], anchor: Place, most_words: int, most_code_lines: int
    ) -> None:
        self._passage = passage
        self._most_words, self._most_code_lines = most_words, most_code_lines
        self._scores = scores
        self._places = list(scores)
        self._anchor = self._start = self._places.index(anchor)
        self._end = self._start + 1
        self._words = self._cost(anchor)
        self._complete_code()

    def grown(self) -> list[Place]:
        """Return the units with what belongs to them, and with what stands beside them while it is little to read."""
        self._take_what_belongs()
        while self._take_better_side():
            self._take_what_belongs()
        if self._end - 1 > self._anchor and self._announces(self._places[self._end - 1]):
            # What it announces stands elsewhere.
            self._end -= 1
        return self._places[self._start : self._end]

    def _take_what_belongs(self) -> None:
        """Take in the sentence above a list, table or code, what it leans on, and what the last sentence announces."""
        while self._belongs_before() or self._leans_on_before():
            self._take_before()
        while self._belongs_after():
            self._take_after()

    def _belongs_before(self) -> bool:
        if self._start == 0:
            return False
        first, before = self._places[self._start], self._places[self._start - 1]
        return before.block != first.block and self._is_prose(before) and not self._is_prose(first)

    def _leans_on_before(self) -> bool:
        """Tell whether the first line goes on in a paragraph of which little stands before it."""
        first = self._places[self._start]
        before = self._places[self._start - first.unit : self._start] if self._is_prose(first) else []
        return bool(before) and sum(map(self._cost, before)) <= LITTLE_BEFORE

    def _belongs_after(self) -> bool:
        if self._end == len(self._places):
            return False
        last, after = self._places[self._end - 1], self._places[self._end]
        if after.block == last.block or not self._is_prose(last) or self._is_prose(after):
            return False
        return self._announces(last) or _kind(self._passage, after) is BlockKind.CODE

    def _take_better_side(self) -> bool:
        """Take in the better of the two units beside the stretch, or the other, if it fits."""
        sides = []
        if self._start > 0:
            sides.append((self._worth(self._start - 1, self._start), self._start - self._anchor, self._start - 1))
        if self._end < len(self._places):
            sides.append((self._worth(self._end, self._end - 1), self._anchor - self._end, self._end))
        for _, _, place in sorted(sides, reverse=True):
            if self._fits(self._places[place]):
                if place < self._start:
                    self._take_before()
                else:
                    self._take_after()
                return True
        return False

    def _take_before(self) -> None:
        self._start -= 1
        self._words += self._cost(self._places[self._start])
        self._complete_code()

    def _take_after(self) -> None:
        self._words += self._cost(self._places[self._end])
        self._end += 1
        self._complete_code()

    def _complete_code(self) -> None:
        """Take in the code that an edge stands in; of a long one, as much around its best line."""
        for edge in (self._start, self._end - 1):
            number = self._places[edge].block
            if self._passage.blocks[number].kind is not BlockKind.CODE:
                continue
            lines = [place for place, where in enumerate(self._places) if where.block == number]
            if len(lines) > self._most_code_lines:
                best = max(lines, key=lambda line: self._scores[self._places[line]])
                # From its beginning, where that is near.
                room = self._most_code_lines
                opening = lines[0] if best < lines[0] + room else best - room // 2
                lines = lines[min(opening, lines[-1] + 1 - room) - lines[0] :][:room]
            self._start = min(self._start, lines[0]) if edge == self._start else self._start
            self._end = max(self._end, lines[-1] + 1) if edge == self._end - 1 else self._end

    def _worth(self, beside: int, edge: int) -> float:
        return self._scores[self._places[beside]] + SAME_BLOCK * (
            self._places[beside].block == self._places[edge].block
        )

    def _fits(self, place: Place) -> bool:
        block = self._passage.blocks[place.block]
        own = sum(other.block == place.block for other in self._places[self._start : self._end])
        if block.kind is BlockKind.CODE:
            return not own
        if block.kind is BlockKind.TABLE:
            is_listed = self._most_words < MOST_WORDS
            return own < (MOST_ROWS_BESIDE if is_listed or self._row_decides(place.block) else MOST_ROWS)
        return self._words + self._cost(place) <= self._most_words

    def _row_decides(self, block: int) -> bool:
        """Tell whether one row of a long table is asked for rather than all of it."""
        rows = [self._scores[place] for place in self._places if place.block == block]
        anchor = self._places[self._anchor]
        is_long = len(rows) > MOST_ROWS_BESIDE + 1
        return is_long and anchor.block == block and self._scores[anchor] > STANDS_OUT * sum(rows) / len(rows)

    def _cost(self, place: Place) -> int:
        return 0 if _kind(self._passage, place) is BlockKind.CODE else len(unit_at(self._passage, place).text.split())

    def _announces(self, place: Place) -> bool:
        return self._is_prose(place) and unit_at(self._passage, place).text.endswith((":", "："))

    def _is_prose(self, place: Place) -> bool:
        return _kind(self._passage, place) is BlockKind.PROSE


def _kind(passage: Passage, place: Place) -> BlockKind:
    return passage.blocks[place.block].kind


def _shortened(unit: Unit, kind: BlockKind) -> Unit:
    """Return an item, sentence or row that is too long to be read at a glance with its first lines or words alone."""
    lines = unit.markdown.split("\n")
    if kind in {BlockKind.CODE, BlockKind.TABLE} or len(unit.markdown.split()) <= 2 * MOST_WORDS:
        return unit
    if len(lines[0].split()) > MOST_WORDS:
        mark = ITEM_MARK.match(lines[0]) if kind is not BlockKind.PROSE else None
        words = " ".join(unit.text.split()[:MOST_WORDS])
        return replace(unit, markdown=f"{mark[0] if mark else ''}{escape_markdown(words)} …")
    kept = list(lines[:1])
    while len(" ".join(kept).split()) + len(lines[len(kept)].split()) <= MOST_WORDS:
        kept.append(lines[len(kept)])
    return replace(unit, markdown="\n".join(kept))


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
    words = text.rstrip().rstrip(ENDS_OF_SENTENCES)
    return f"**{words}**{text[len(words) :]}" if words.strip() else text
