"""What mdBook puts into a page before it is read: other files, whole or in part, and titles.

The rules are those of mdBook's preprocessor `links`, and of mdbook-template. An include whose file cannot be read is
left out, where mdBook would show it as it is written.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

# `{{#include a.rs:anchor}}`; no path and no title is longer, so what is not closed costs little.
LINK = re.compile(r"\{\{\s*+#(include|rustdoc_include|playground|playpen|template|title)\s++([^}]{1,500}+)\}\}")
ESCAPE = "\\{{#"
ANCHOR_START = re.compile(r"ANCHOR:\s*+([\w-]+)")
ANCHOR_END = re.compile(r"ANCHOR_END:\s*+([\w-]+)")
# What is written behind a file's path: a line, or the first and the last of several. Anything else is an anchor.
LINES = re.compile(r"(\d{0,9})(?:(:)(\d{0,9})(?::.*)?)?")
# A parameter of a template, and what stands there where it is not given.
PARAMETER = re.compile(r"\[\[#(\w+)(?:\s([^\]\n]*))?\]\]")
MAX_DEPTH = 10
# Files that include each other twice and more would grow without end.
MAX_CHARACTERS = 2_000_000

# Returns the text of a file by its path below the folder of pages, from which it may lead out, or None.
ReadFile = Callable[[PurePosixPath], str | None]


class Includes:
    """Puts into one page what it includes; ``title`` is then what the page states by `{{#title …}}`, or None."""

    def __init__(self, read_file: ReadFile) -> None:
        self.title: str | None = None
        self._read_file = read_file
        self._left = MAX_CHARACTERS

    def expand(self, text: str, folder: PurePosixPath, depth: int = 0) -> str:
        """Return text with its links replaced; their paths are relative to ``folder``."""
        done, end = list[str](), 0
        for start, stop, link in _links(text):
            done.append(text[end:start])
            end = stop
            if link is None:
                # What is escaped is shown without the mark that escapes it.
                done.append(text[start + 1 : stop])
            elif link[1] == "title":
                self.title = link[2].strip()
            elif depth < MAX_DEPTH and (found := self._content(link[1], link[2], folder)) is not None:
                done.append(self.expand(*found, depth + 1).removesuffix("\n"))
        return "".join([*done, text[end:]])

    def _content(self, kind: str, argument: str, folder: PurePosixPath) -> tuple[str, PurePosixPath] | None:
        """Return what a link stands for, and the folder that it is relative to."""
        path, *words = argument.split()
        name, _, part = path.partition(":")
        file = folder / name
        content = self._read_file(file) if self._left > 0 else None
        if content is None:
            return None
        if kind == "template":
            given = dict(word.split("=", 1) for word in words if "=" in word)
            content = PARAMETER.sub(lambda found: given.get(found[1], found[2] or ""), content)
        elif kind in {"playground", "playpen"}:
            content = f"```{','.join(['rust', *words])}\n{content.rstrip()}\n```\n"
        else:
            content = _part(_lines(content), part, hides_rest=kind == "rustdoc_include")
        self._left -= len(content)
        return content, file.parent


def _links(text: str) -> Iterator[tuple[int, int, re.Match[str] | None]]:
    """Yield where each link begins and ends; in place of one that is escaped, None, up to the last `}}` of its line."""
    position = 0
    while (position := text.find("{{", position)) >= 0:
        start = position
        if text.startswith(ESCAPE, start - 1) and start > 0:
            line_end = text.find("\n", start)
            line_end = len(text) if line_end < 0 else line_end
            closing = text.rfind("}}", start, line_end)
            position = closing + 2 if closing >= 0 else line_end
            if closing >= 0:
                yield start - 1, position, None
        elif link := LINK.match(text, start):
            position = link.end()
            yield start, position, link
        else:
            position += 1


def _lines(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n")


def _part(lines: list[str], part: str, hides_rest: bool) -> str:
    """Return those lines that ``part`` names; with ``hides_rest`` the others too, behind the mark that hides them."""
    found = LINES.fullmatch(part)
    if found is None:
        return "\n".join(_anchored(lines, part, hides_rest))
    first = max(int(found[1]) - 1, 0) if found[1] else 0
    last = int(found[3]) if found[3] else first + 1 if found[1] and not found[2] else len(lines)
    if not hides_rest:
        return "\n".join(lines[first:last])
    return "\n".join(line if first <= number < last else f"# {line}" for number, line in enumerate(lines))


def _anchored(lines: list[str], anchor: str, hides_rest: bool) -> Iterator[str]:
    """Yield the lines between the marks of an anchor; lines that mark any are left out."""
    inside = False
    for line in lines:
        start, end = ANCHOR_START.search(line), ANCHOR_END.search(line)
        if inside and end:
            inside = end[1] != anchor
            if not inside and not hides_rest:
                return
        elif start:
            inside = inside or start[1] == anchor
        elif inside:
            yield line
        elif hides_rest and not end:
            yield f"# {line}"
