"""Checking what a model wrote, sentence by sentence, before a reader sees it.

A sentence keeps a mark only if the passage supports it. One that lost its marks, or never had any,
gets the mark of a passage that does support it, or else is shown as unsupported, in words: no sign
would need explaining, and a screen reader says them. Plain words go to the reader as they come;
everything else of a sentence waits for its end.
"""

import re
from collections.abc import Sequence

from chatkit.answers.claims import is_claim
from chatkit.answers.extractive import NOT_COVERED
from chatkit.answers.grounding import Support
from chatkit.answers.prompt import NOT_COVERED_SENTINEL, UNSUPPORTED
from chatkit.answers.sanitizer import LEFT_OUT, REMOVED, Inert
from chatkit.answers.secrecy import Secrecy
from chatkit.answers.segments import LEAD, MARK, Segment, Segments
from chatkit.search.passages import Passage
from chatkit.text.markdown import CODE_SPAN

MAX_MARKS = 3
# What announces, asks or names is a claim only when it says a lot.
MANY_WORDS = 7
RULE = re.compile(r"[\s|:+=_*~-]*")
# Carriage returns, and the signs that frame what a model is shown.
NOT_SHOWN = re.compile("[\r⟦⟧]")
NUMBER = re.compile(r"\d+")
THOUGHTS = ("<think>", "</think>")


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


SENTINELS = (_letters(NOT_COVERED_SENTINEL), _letters(NOT_COVERED))


class Checker:
    """Takes a model's text as it comes and returns what may be shown of it.

    ``passages`` are those the model was given; a mark [n] counts them from 1, as the sources sent
    to the reader do. ``cited`` holds their numbers in the order of first use: none, when no passage
    supports anything of the answer. ``not_covered`` is true when the model said that the passages
    hold no answer: then nothing is returned.
    """

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._support, self._inert, self._secrecy = Support(passages), Inert(passages), Secrecy(passages)
        self.cited: tuple[int, ...] = ()
        self.not_covered = False
        self._segments = Segments()
        # What came before it is clear what kind of answer it is; None from then on.
        self._opening: str | None = ""
        self._in_table = False
        self._code: list[str] | None = None

    def feed(self, delta: str) -> str:
        """Take the next text and return what may be shown now, maybe nothing."""
        return self._take(NOT_SHOWN.sub("", delta), last=False)

    def finish(self) -> str:
        """Return what is left once the text has ended."""
        shown = self._take("", last=True)
        if self._code is not None:
            shown += self._close_code()
        return shown + self._secrecy.finish()

    def break_off(self) -> str:
        """Return what is left of whole sentences when the text has broken off in another."""
        return self._secrecy.finish()

    def _take(self, text: str, last: bool) -> str:
        if self._opening is not None:
            text = self._open(self._opening + text, last)
        if self.not_covered or self._opening is not None:
            return ""
        self._segments.add(text)
        shown = "".join(self._show(segment) for segment in self._segments.complete(last))
        return shown if last else shown + self._secrecy.feed(self._segments.plain_words())

    def _open(self, text: str, last: bool) -> str:
        """Return the answer's text once its thoughts are over and it is clear whether it says NOT COVERED."""
        self._opening = text
        begun = text.lstrip()
        opening, closing = THOUGHTS
        if begun.startswith(opening):
            if closing not in begun and not last:
                return ""
            begun = begun.partition(closing)[2].lstrip()
        elif opening.startswith(begun) and not last:
            return ""
        letters = _letters(begun)
        self.not_covered = re.match(rf"\W*{NOT_COVERED_SENTINEL}\b", begun) is not None or (
            last and letters in SENTINELS
        )
        if not last and any(sentinel.startswith(letters) for sentinel in SENTINELS):
            return ""
        self._opening = None
        return begun

    def _show(self, segment: Segment) -> str:
        if segment.kind == "break":
            return self._secrecy.pass_on(re.sub(r"[^\n]", " ", segment.text))
        if segment.kind == "opens":
            self._code, self._in_table = [], False
            return self._secrecy.pass_on(f"```{segment.text}\n")
        if segment.kind == "closes":
            return self._close_code()
        if self._code is not None:
            line = self._inert.code(segment.text)
            self._code.append(line)
            return self._secrecy.feed(line) + self._secrecy.pass_on("\n")
        return self._sentence(segment)

    def _sentence(self, segment: Segment) -> str:
        row = segment.starts_line and segment.text.startswith("|")
        heads_table = row and not self._in_table
        self._in_table = row if segment.starts_line else self._in_table
        if RULE.fullmatch(segment.text):
            return self._secrecy.pass_on(segment.text)
        before = segment.text[: segment.shown]
        rest, numbers = _without_marks(segment.text[segment.shown :])
        rest = self._inert.prose(rest)
        visible = (before + rest).replace(REMOVED, "").replace(LEFT_OUT, "")
        if segment.starts_line:
            visible = LEAD.sub("", visible, count=1)
        if _letters(visible) == SENTINELS[0]:
            return ""
        announces = visible.rstrip().endswith((":", "?")) or (segment.starts_line and segment.text.startswith("#"))
        marks = self._marks(visible, numbers, is_claim(visible) and not heads_table)
        flagged = not marks and not heads_table and is_claim(visible, MANY_WORDS if announces else 2)
        own = "".join(f" [{number}]" for number in marks) or (f" {UNSUPPORTED}" if flagged else "")
        rest, bar = (rest.rstrip()[:-1].rstrip(), " |") if row and rest.rstrip().endswith("|") else (rest, "")
        return self._secrecy.feed(rest) + self._secrecy.pass_on(own + bar)

    def _marks(self, sentence: str, numbers: Sequence[int], claim: bool) -> list[int]:
        """Return the passages that support a sentence: of those it was marked with, else the best one."""
        marks = [number for number in dict.fromkeys(numbers) if self._support.holds(sentence, number)]
        if not marks and claim and (best := self._support.best(sentence)) is not None:
            marks = [best]
        self.cited = tuple(dict.fromkeys((*self.cited, *marks[:MAX_MARKS])))
        return marks[:MAX_MARKS]

    def _close_code(self) -> str:
        """End a fence; its mark stands below it, unless the passage is cited already."""
        lines, self._code = self._code or [], None
        number = self._support.holds_code(lines)
        own = ""
        if number is None:
            own = f"\n\n{UNSUPPORTED}" if any(map(is_claim, lines)) else ""
        elif number not in self.cited:
            own = f"\n\n[{number}]"
            self.cited = (*self.cited, number)
        return self._secrecy.pass_on(f"```{own}")


def _without_marks(text: str) -> tuple[str, list[int]]:
    """Return a text without its marks, and their numbers; in code a bracket is code."""
    numbers: list[int] = []

    def strip(words: str) -> str:
        for mark in MARK.findall(words):
            numbers.extend(int(number) for number in NUMBER.findall(mark.partition("](")[0].partition("†")[0]))
        return MARK.sub("", words)

    parts, end = list[str](), 0
    for span in CODE_SPAN.finditer(text):
        parts += [strip(text[end : span.start()]), span[0]]
        end = span.end()
    return "".join(parts) + strip(text[end:]), numbers
