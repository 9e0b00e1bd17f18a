"""Segmenting a model's Markdown, as it comes, into sentences, the space between them, and lines of code."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from chatkit.answers.citation_marks import MARK, NAMING
from chatkit.text.markdown import CODE_SPAN

# A sentence without an end is cut, so that no text makes the checks slow.
MAX_SENTENCE_LENGTH = 1_200
# A sentence ends before white space and what may begin another one; its marks belong to it.
_MARKS = rf"(?:\s*[*_]{{0,3}}{MARK}[*_]{{0,3}})*"
_SENTENCE_END = re.compile(
    rf"""(?<!\be\.g)(?<!\bi\.e)(?<!\betc)(?<!\bvs)(?<!\bcf)(?<!\b[Rr]ef)[.!?…][)"'”’*_]*{_MARKS}\.?
    (?=[ \t]+(?:[*_]{{1,3}}[^\s*_\[【(]|[^\s\[【(（<\\^*_a-z⁰¹²³⁴-⁹]))
    |[。！？]{_MARKS}(?=[^\s\[【(（<^⁰¹²³⁴-⁹])""".replace("\n    ", ""),
)
LINE_PREFIX = re.compile(r"(?:>\s*)*(?:[-*+]\s+|\d{1,3}[.)]\s+|#{1,6}\s+)?")
_FENCE = re.compile(r"\s*(?:`{3,}|~{3,})\s*([\w+#.-]*)")
# Words that mean nothing to Markdown, each followed by white space; before them perhaps an item's mark.
_PLAIN_WORDS = re.compile(
    r"(?:(?:[-*+]|\d{1,3}[.)]|#{1,6})[ \t]+)?(?:[^\W_⁰¹²³⁴-⁹]{1,31}(?:[-'’][^\W_⁰¹²³⁴-⁹]{1,31})?[,;]?[ \t]+)*"
)


@dataclass(frozen=True)
class Segment:
    """A sentence, the white space between two, or a line of a fenced block of code.

    ``sent_length`` counts the characters that ``plain_words`` has returned before.
    """

    kind: Literal["sentence", "space", "fence_open", "code", "fence_close"]
    text: str
    starts_line: bool = False
    sent_length: int = 0


class Segmenter:
    """Takes text as it comes and yields the segments that are complete."""

    def __init__(self) -> None:
        self._text = ""
        self._sent_length = 0
        self._starts_line = True
        self._in_fence = False

    def feed(self, text: str) -> None:
        """Take the next text."""
        self._text += text

    def complete(self, is_last: bool) -> Iterator[Segment]:
        """Yield what is complete; all of it when nothing follows (``is_last``)."""
        while self._text:
            segment, length = self._code_line(is_last) if self._in_fence else self._next_segment(is_last)
            if segment is None:
                return
            self._text, self._sent_length = self._text[length:], 0
            self._starts_line = segment.kind in {"fence_open", "code"} or (
                segment.kind == "space" and (self._starts_line or "\n" in segment.text)
            )
            yield segment

    def plain_words(self) -> str:
        """Return words of the sentence under way that can mean nothing else, whatever follows."""
        if self._in_fence:
            return ""
        match = _PLAIN_WORDS.match(self._text)
        words = match[0] if match else ""
        # What may name a passage is none of the sentence.
        naming = NAMING.search(words)
        end = len(words[: naming.start() if naming else None].rstrip(" \t,;"))
        # An item's mark alone may yet be a rule.
        if end <= self._sent_length or not self._text[end - 1].isalnum():
            return ""
        plain, self._sent_length = self._text[self._sent_length : end], end
        return plain

    def _code_line(self, is_last: bool) -> tuple[Segment | None, int]:
        line, newline, _ = self._text.partition("\n")
        if not newline and not is_last:
            return None, 0
        # Any fence ends a fence, so that no reader of Markdown sees an end where another sees none.
        if _FENCE.match(line):
            self._in_fence = False
            return Segment("fence_close", ""), len(line)
        return Segment("code", line), len(line + newline)

    def _next_segment(self, is_last: bool) -> tuple[Segment | None, int]:
        text = self._text
        space = len(text) - len(text.lstrip())
        begun = text[space : space + 3]
        at_line_start = self._starts_line or "\n" in text[:space]
        if not is_last and at_line_start and begun in {"", "`", "``", "~", "~~"}:
            return None, 0
        fenced = at_line_start and begun in {"```", "~~~"}
        if space:
            # A fence goes to the line's very beginning, where nothing can turn it into anything else.
            return Segment("space", text[: text.rfind("\n", 0, space) + 1] if fenced else text[:space]), space
        if fenced:
            line, newline, _ = text.partition("\n")
            if not newline and not is_last:
                return None, 0
            self._in_fence = True
            match = _FENCE.match(line)
            return Segment("fence_open", match[1] if match else ""), len(line + newline)
        end = self._sentence_end(is_last)
        if end is None:
            return None, 0
        return Segment("sentence", text[:end], self._starts_line, self._sent_length), end

    def _sentence_end(self, is_last: bool) -> int | None:
        """Return where the first sentence ends, None when that is not yet clear."""
        line_end = self._line_end(is_last)
        line = self._text if line_end is None else self._text[:line_end]
        if not (self._starts_line and line.startswith("|")):
            masked = CODE_SPAN.sub(lambda match: "x" * len(match[0]), line)
            # Whether a code span begins at a lone mark is clear at the end of the line.
            clear = len(masked) if line_end is not None else (masked + "`").index("`")
            prefix = LINE_PREFIX.match(line) if self._starts_line else None
            if match := _SENTENCE_END.search(masked, prefix.end() if prefix else 0, clear):
                return match.end()
        if line_end is not None:
            return line_end
        if is_last:
            return len(line)
        if len(line) > MAX_SENTENCE_LENGTH:
            return max(line.rfind(" ", 0, MAX_SENTENCE_LENGTH), self._sent_length) or MAX_SENTENCE_LENGTH
        return None

    def _line_end(self, is_last: bool) -> int | None:
        """Return where the line ends; a line that goes on in lower case was only wrapped."""
        text, start = self._text, 0
        while (newline := text.find("\n", start)) >= 0:
            following = text[newline + 1 : newline + 2]
            if not following and not is_last:
                return None
            if not (following.islower() and text[newline - 1 : newline].isalnum()):
                return newline
            start = newline + 1
        return None
