"""Tags and expressions of JSX within a text: where each ends, found in one pass, and the words that a tag shows."""

import re

TAG_START = re.compile(r"</?(?:[A-Za-z_$][\w$.:-]*(?=[\s/>{])|(?=>))|<!--")
# What moves the end of a brace or of a tag.
MARKS = re.compile(r"[{}\"'`]|/\*")
TAG_MARKS = re.compile(r"[<>{}\"']")
COMMENT_END = "-->"
NAME = re.compile(r"</?([\w$.:-]*)")
ATTRIBUTE = re.compile(
    r"""(?<=[\s"'}])([A-Za-z_][\w-]*)=(?:"([^"]*)"|'([^']*)'|\{\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|`((?:[^`\\$]|\\.)*)`)\s*\})""",
    re.S,
)
STRING = re.compile(r"""\{\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|`((?:[^`\\$]|\\.|\$(?!\{))*)`)\s*\}""", re.S)
ESCAPED = re.compile(r"\\(.)", re.S)


class Scanner:
    """Finds the ends of the tags and expressions of one text; no part of the text is looked through twice."""

    def __init__(self, source: str) -> None:
        self._source = source
        # Where each brace that was looked at is closed, and up to where all of them were.
        self._closed = dict[int, int]()
        self._seen = 0
        # From where to where there is none of a mark.
        self._missing = dict[str, tuple[int, int]]()

    def end_of_code(self, start: int, limit: int) -> int | None:
        """Return where the expression, tag or comment ends that begins at ``start``, or None."""
        if self._source.startswith("{", start):
            return None if self._source.startswith("{#", start) else self.end_of_braces(start, limit)
        return self.end_of_tag(start, limit)

    def end_of_tag(self, start: int, limit: int) -> int | None:
        """Return where a tag or comment ends, or None when none begins here or it stays open."""
        source = self._source
        found = TAG_START.match(source, start, limit)
        if found is None:
            return None
        if found.group() == "<!--":
            stop = self._other(COMMENT_END, start, limit)
            return None if stop is None else stop + len(COMMENT_END)
        position = found.end()
        while (mark := TAG_MARKS.search(source, position, limit)) is not None:
            char, position = mark.group(), mark.end()
            if char == ">":
                return position
            if char in "<}":
                return None
            after = self.end_of_braces(mark.start(), limit) if char == "{" else self._other(char, position, limit)
            if after is None:
                return None
            position = after if char == "{" else after + 1
        return None

    def end_of_braces(self, start: int, limit: int) -> int | None:
        """Return where the brace that opens at ``start`` is closed, or None."""
        if start >= self._seen:
            self._close_from(start)
        end = self._closed.get(start)
        return end if end is not None and end <= limit else None

    def _close_from(self, start: int) -> None:
        """Find where each brace is closed from one on, up to where that one is."""
        source, position, open_braces = self._source, start, list[int]()
        while (mark := MARKS.search(source, position)) is not None:
            char, position = mark.group(), mark.end()
            if char == "{":
                open_braces.append(mark.start())
            elif char == "}":
                self._closed[open_braces.pop()] = position
                if not open_braces:
                    self._seen = position
                    return
            elif char == "/*":
                if (closing := self._other("*/", position, len(source))) is not None:
                    position = closing + 2
            else:
                closing = self._closing_quote(char, position)
                # An apostrophe in a comment or in text opens nothing.
                if closing is not None and (char == "`" or "\n" not in source[position:closing]):
                    position = closing + 1
        self._seen = len(source)

    def end_of_template(self, start: int, limit: int) -> int | None:
        """Return where text between backticks ends that begins at ``start``, or None."""
        closing = self._closing_quote("`", start + 1)
        return closing + 1 if closing is not None and closing < limit else None

    def _closing_quote(self, char: str, start: int) -> int | None:
        closing = self._other(char, start, len(self._source))
        while char == "`" and closing is not None and self._source[closing - 1] == "\\":
            closing = self._other(char, closing + 1, len(self._source))
        return closing

    def _other(self, mark: str, start: int, limit: int) -> int | None:
        """Return where the next of a mark stands, or None when none does before ``limit``."""
        first, last = self._missing.get(mark, (0, 0))
        found = self._source.find(mark, last if first <= start < last else start, limit)
        if found < 0:
            self._missing[mark] = (min(first, start) if first <= start < last else start, max(limit, start))
            return None
        return found


def name_of(tag: str) -> str:
    """Return the name of a tag's element or component."""
    found = NAME.match(tag)
    return found[1] if found else ""


def attributes(tag: str) -> dict[str, str]:
    """Return those attributes of a tag that are text."""
    return {
        found[1]: next((ESCAPED.sub(r"\1", text) for text in found.groups()[1:] if text is not None), "")
        for found in ATTRIBUTE.finditer(tag)
    }


def string_of(expression: str) -> str | None:
    """Return the text of an expression, with its braces, that is nothing but a string, or None."""
    found = STRING.fullmatch(expression)
    return next((ESCAPED.sub(_unescaped, text) for text in found.groups() if text is not None), "") if found else None


def _unescaped(match: re.Match[str]) -> str:
    return {"n": "\n", "t": "\t"}.get(match[1], match[1])
