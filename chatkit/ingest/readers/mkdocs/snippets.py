"""Files that pages of MkDocs include by `--8<--`, as pymdownx.snippets puts them in."""

import re
from collections.abc import Callable, Iterator

MARK = "8<-"
SNIPPET = re.compile(r"([ \t]*)(;*)-+8<-+[ \t]+(\"[^\"]+\"|'[^']+')\s*")
# A line that begins or ends a list of files, one a line.
FENCE = re.compile(r"([ \t]*)-+8<-+\s*")
SECTION = re.compile(r"-8<-+[ \t]+\[[ \t]*(start|end)[ \t]*(?::[ \t]*([\w-]+))?[ \t]*\]", re.I)
LINES = re.compile(r"([^:\n]+):(\d*)(?::(\d*))?")
NAMED = re.compile(r"([^:\n]+):([A-Za-z_][\w-]*)")
MAX_DEPTH, MAX_CHARACTERS = 5, 5_000_000

Read = Callable[[str], str | None]


def expanded(text: str, read: Read, depth: int = MAX_DEPTH) -> str:
    """Return a page with its snippets in their places; ``read`` returns a file, or None when it cannot be had."""
    if MARK not in text or not depth:
        return text
    made = "\n".join(_lines(text, read, depth))
    return made if len(made) <= MAX_CHARACTERS else text


def _lines(text: str, read: Read, depth: int) -> Iterator[str]:
    in_list, indent = False, ""
    for line in text.split("\n"):
        if MARK in line and (fence := FENCE.fullmatch(line)):
            in_list, indent = not in_list, fence[1]
        elif in_list:
            name = line.strip()
            if not name:
                yield line
            elif not name.startswith(";"):
                yield from _included(name, indent, read, depth)
        elif MARK in line and (found := SNIPPET.fullmatch(line)):
            if found[2]:
                yield line.replace(";", "", 1)
            else:
                yield from _included(found[3][1:-1], found[1], read, depth)
        else:
            yield line


def _included(name: str, indent: str, read: Read, depth: int) -> Iterator[str]:
    part = _part(name, read)
    for line in expanded(part, read, depth - 1).split("\n") if part is not None else ():
        yield indent + line if line else line


def _part(name: str, read: Read) -> str | None:
    """Return a file, some lines of it, or a section that it marks; None when there is none."""
    if found := LINES.fullmatch(name):
        whole = read(found[1])
        first, last = int(found[2] or 1), int(found[3]) if found[3] else None
        return None if whole is None else "\n".join(_unmarked(whole.split("\n")[max(0, first - 1) : last]))
    named = NAMED.fullmatch(name)
    whole = read(named[1] if named else name)
    if whole is None:
        return None
    lines = whole.strip("\n").split("\n")
    if named is None:
        return "\n".join(_unmarked(lines))
    marks = [(number, mark[1].lower(), mark[2]) for number, line in enumerate(lines) if (mark := _section(line))]
    begin = next((number for number, kind, name in marks if kind == "start" and name == named[2]), None)
    end = next((number for number, kind, name in marks if kind == "end" and name == named[2]), len(lines))
    return None if begin is None else "\n".join(_unmarked(lines[begin + 1 : end]))


def _section(line: str) -> re.Match[str] | None:
    return SECTION.search(line) if MARK in line else None


def _unmarked(lines: list[str]) -> list[str]:
    return [line for line in lines if _section(line) is None]
