"""Checking what a model wrote, sentence by sentence, before a reader sees it.

A sentence keeps a citation mark only if the passage supports it. One that lost its marks, or never
had any, gets the mark of a passage that does support it, or else is shown as unsupported, in words:
no sign would need explaining, and a screen reader says them. Plain words go to the reader as they
come; everything else of a sentence waits for its end.
"""

import re
from collections.abc import Sequence

from chatkit.answers.citation_marks import DEFINITION, Passages, is_only_names, read_marks, without_names
from chatkit.answers.claims import is_claim
from chatkit.answers.grounding import Grounding
from chatkit.answers.phrases.english import ENGLISH
from chatkit.answers.phrases.languages import LANGUAGES
from chatkit.answers.phrases.phrases import Phrases
from chatkit.answers.prompt import NOT_COVERED_SENTINEL
from chatkit.answers.sanitizer import LINK_REMOVED, TEXT_REMOVED, Sanitizer
from chatkit.answers.segments import LINE_PREFIX, Segment, Segmenter
from chatkit.search.passages import Passage
from chatkit.text.markdown import CODE_SPAN

MAX_CITATIONS = 3
FENCE_SIGNS = ("`", "~")
# What announces, asks or names is a claim only when it has this many words that mean something.
MIN_WORDS_OF_HEADING = 7
RULE = re.compile(r"[\s|:+=_*~-]*")
EMPTY_EMPHASIS = re.compile(r"\s*(?:[*_]{2}|[*_]{4})\s*")
# What delimits the data a model is shown: it may cite in the same way. Carriage returns are dropped.
NEVER_SHOWN = str.maketrans("⟦⟧", "[]", "\r")
# A fence around prose, by the languages it is given then.
WRAPPING_FENCE = re.compile(
    r"(?P<fence>`{3,}|~{3,})[ \t]*(?P<language>markdown|md|text|txt|plaintext|plain|answer)?[ \t]*\n", re.I
)
SENTENCE = re.compile(r"[^\W\d_]{2,}(?:[ \t]+\S+){3,}[.!?](?:\s|\Z|\W*\d)")
# Stands for a span of code while marks are read.
PLACE_OF_CODE = "\ue001"


def _may_be_wrapped(answer: str) -> bool:
    """Tell whether all of an answer may stand in one fence, as far as it has come."""
    return WRAPPING_FENCE.match(answer) is not None or "\n" not in answer


def _unwrapped(answer: str) -> str:
    """Return an answer without a fence around all of it, when what stands in there is prose."""
    opening = WRAPPING_FENCE.match(answer)
    if opening is None:
        return answer
    lines = answer[opening.end() :].rstrip().split("\n")
    closed = lines[-1].strip().startswith(opening["fence"])
    prose = "\n".join(lines[:-1] if closed else lines)
    inner = sum(line.lstrip().startswith(opening["fence"]) for line in prose.split("\n"))
    # An odd number of fences within: the first one is closed early, and is code before more of an answer.
    if inner % 2 or not (opening["language"] or SENTENCE.search(prose)):
        return answer
    return prose


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


# A model that has read an earlier answer of the conversation may repeat the words in which it was declined.
DECLINED = tuple(
    _letters(sentence)
    for phrases in LANGUAGES.values()
    for sentence in (phrases.not_covered, phrases.declined, phrases.nearest)
)
SENTINELS = (_letters(NOT_COVERED_SENTINEL), *DECLINED)


class _Passages:
    """The passages, as the reading of marks asks of them."""

    def __init__(self, passages: Sequence[Passage], grounding: Grounding) -> None:
        self.count = len(passages)
        self._text = "\n".join(" ".join(f"{passage.heading} {passage.body}".split()) for passage in passages)
        self.support = grounding.is_supported

    def hold(self, words: str) -> bool:
        return words in self._text


class CitationChecker:
    """Checks an answer as it comes: ``feed`` and ``finish`` return what may be shown of it.

    ``passages`` are those the model was given; a mark [n] counts them from 1, as the sources sent
    to the reader do. ``cited`` holds their numbers in the order of first use: none, when no passage
    supports anything of the answer. ``not_covered`` is true when the model said that the passages
    hold no answer: then nothing is returned. An answer that is interrupted is not finished: what
    waits for the end of its sentence is not shown.
    """

    def __init__(self, passages: Sequence[Passage], phrases: Phrases = ENGLISH) -> None:
        self._grounding, self._sanitizer = Grounding(passages), Sanitizer(passages)
        self._unsupported = phrases.unsupported
        self._passages = _Passages(passages, self._grounding)
        self.cited: tuple[int, ...] = ()
        self.not_covered = False
        self._segmenter = Segmenter()
        # What came before it is clear what kind of answer it is; None from then on.
        self._opening: str | None = ""
        self._in_table = False
        self._code: list[str] | None = None

    def feed(self, delta: str) -> str:
        """Take the next text and return what may be shown now, maybe nothing."""
        return self._check(delta.translate(NEVER_SHOWN), is_last=False)

    def finish(self) -> str:
        """Return what is left once the text has ended."""
        shown = self._check("", is_last=True)
        return shown if self._code is None else shown + self._close_code()

    def _check(self, text: str, is_last: bool) -> str:
        if self._opening is not None:
            text = self._check_opening(self._opening + text, is_last)
        if self.not_covered or self._opening is not None:
            return ""
        self._segmenter.feed(text)
        shown = "".join(self._check_segment(segment) for segment in self._segmenter.complete(is_last))
        return shown if is_last else shown + self._segmenter.plain_words()

    def _check_opening(self, text: str, is_last: bool) -> str:
        """Return the answer's text once it is clear whether it says NOT COVERED."""
        self._opening = text
        answer = text.lstrip()
        if not is_last and answer[:1] in FENCE_SIGNS and _may_be_wrapped(answer):
            return ""
        answer = _unwrapped(answer)
        letters = _letters(answer)
        self.not_covered = re.match(rf"\W*{NOT_COVERED_SENTINEL}\b", answer) is not None or (
            is_last and letters in SENTINELS
        )
        if not is_last and any(sentinel.startswith(letters) for sentinel in SENTINELS):
            return ""
        self._opening = None
        return answer

    def _check_segment(self, segment: Segment) -> str:
        if segment.kind == "space":
            return re.sub(r"[^\n]", " ", segment.text)
        if segment.kind == "fence_open":
            self._code, self._in_table = [], False
            return f"```{segment.text}\n"
        if segment.kind == "fence_close":
            return self._close_code()
        if self._code is not None:
            line = self._sanitizer.code(segment.text)
            self._code.append(line)
            return f"{line}\n"
        return self._check_sentence(segment)

    def _check_sentence(self, segment: Segment) -> str:
        is_row = segment.starts_line and segment.text.startswith("|")
        is_table_head = is_row and not self._in_table
        self._in_table = is_row if segment.starts_line else self._in_table
        if RULE.fullmatch(segment.text):
            return "" if EMPTY_EMPHASIS.fullmatch(segment.text) else segment.text
        sent = segment.text[: segment.sent_length]
        if segment.starts_line and not sent and DEFINITION.match(segment.text):
            return ""
        rest, numbers = _without_marks(segment.text[segment.sent_length :], sent, self._passages)
        if not (sent or "`" in rest) and is_only_names(rest, numbers):
            return ""
        rest = self._sanitizer.prose(rest)
        visible = (sent + rest).replace(LINK_REMOVED, "").replace(TEXT_REMOVED, "")
        if segment.starts_line:
            visible = LINE_PREFIX.sub("", visible, count=1)
        if _letters(visible) == SENTINELS[0]:
            return ""
        visible = without_names(visible)
        announces = visible.rstrip().endswith((":", "?")) or (segment.starts_line and segment.text.startswith("#"))
        supporting = self._supporting(visible, numbers, is_claim(visible) and not is_table_head)
        is_unsupported = (
            not supporting and not is_table_head and is_claim(visible, MIN_WORDS_OF_HEADING if announces else 2)
        )
        marks = "".join(f" [{number}]" for number in supporting) or (f" {self._unsupported}" if is_unsupported else "")
        rest, bar = (rest.rstrip()[:-1].rstrip(), " |") if is_row and rest.rstrip().endswith("|") else (rest, "")
        return rest + marks + bar

    def _supporting(self, sentence: str, numbers: Sequence[int], is_claim: bool) -> list[int]:
        """Return the passages that support a sentence: of those it was marked with, else the best one."""
        supporting = [number for number in dict.fromkeys(numbers) if self._grounding.is_supported(sentence, number)]
        if not supporting and is_claim and (best := self._grounding.best_passage(sentence)) is not None:
            supporting = [best]
        self.cited = tuple(dict.fromkeys((*self.cited, *supporting[:MAX_CITATIONS])))
        return supporting[:MAX_CITATIONS]

    def _close_code(self) -> str:
        """End a fence; its mark stands below it, unless the passage is cited already."""
        lines, self._code = self._code or [], None
        number = self._grounding.passage_of_code(lines)
        marks = ""
        if number is None:
            marks = f"\n\n{self._unsupported}" if any(map(is_claim, lines)) else ""
        elif number not in self.cited:
            marks = f"\n\n[{number}]"
            self.cited = (*self.cited, number)
        return f"```{marks}"


def _without_marks(text: str, before: str, passages: Passages) -> tuple[str, tuple[int, ...]]:
    """Return a text without its marks, and the passages they name; in code a bracket is code."""
    codes = iter([span[0] for span in CODE_SPAN.finditer(text)])
    reading = read_marks(CODE_SPAN.sub(PLACE_OF_CODE, text), before, passages)
    return re.sub(PLACE_OF_CODE, lambda _: next(codes), reading.text), reading.numbers
