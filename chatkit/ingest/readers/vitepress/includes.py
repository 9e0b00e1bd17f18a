"""What a page of VitePress includes: other pages, in whole, by lines or by a region, and files as code."""

import re
from pathlib import Path

from chatkit.ingest.readers import front_matter
from chatkit.ingest.readers.includes import read_text

INCLUDE = re.compile(r"<!--[ \t]*@include:[ \t]*([^\s>](?:(?!-->).){0,1000}?)[ \t]*-->")
LINES = re.compile(r"\{(\d*),(\d*)\}$")
REGION = re.compile(r"#([\w-]+)")
# A file, a region of it, the lines that stand out with a language and options, a title.
SNIPPET = re.compile(r"([ \t]*)<<<[ \t]*(\S.*?)[ \t]*$")
SNIPPET_FILE = re.compile(
    r"(.+?(?:\.([a-z0-9]+))?)(?:#([\w-]+))?(?: ?\{(?:\d+(?:[,-]\d+)*)? ?(\S+)? ?(?:\S+)?\})? ?(?:\[(.+)\])?$"
)
FENCE = re.compile(r"[ \t>]*(?:(?:[-*+]|\d+[.)])[ \t]+)*(`{3,}|~{3,})")
# The comments between which a region stands.
REGION_MARKS = tuple(
    re.compile(mark.replace("REGION", r"((?:end ?)?region)").replace("NAME", r"?([\w*-]+)?"), re.I)
    for mark in (
        r"//\s*#?REGION\sNAME",
        r"/\*\s*#REGION\sNAME\s*\*/",
        r"#pragma REGION\sNAME",
        r"<!--\s*#?REGION\sNAME\s*-->",
        r"(?:--|::|rem)\s*#REGION\sNAME",
        r"#\s*#?REGION\sNAME",
    )
)
# No page that a person writes includes as many files, nor as much text.
MAX_FILES, MAX_CHARACTERS, MAX_LINE = 200, 2_000_000, 1_000


class Includes:
    """The files that one page includes, read below ``root``; `@` stands for ``source``."""

    def __init__(self, root: Path, source: Path) -> None:
        self._root, self._source = root, source
        self._files = self._characters = 0

    def expand(self, text: str, file: Path) -> str:
        """Return a page's text with what it includes in its place; what cannot be read is left out."""
        return self._with_snippets(self._with_pages(text.replace("\r\n", "\n"), file, ()), file)

    def _with_pages(self, text: str, file: Path, above: tuple[Path, ...]) -> str:
        def included(found: re.Match[str]) -> str:
            path, lines, region = found[1], LINES.search(found[1]), REGION.search(found[1])
            # A range stands behind a region.
            path = path[: min(part.start() for part in (lines, region) if part)] if lines or region else path
            place = self._place(path, file)
            if place in above or place == file or (content := self._read(place)) is None:
                return ""
            if place.suffix == ".md" and not (lines and not region):
                content = front_matter.split(content)[1]
            if region:
                content = "\n".join(_region(content.splitlines(), region[1]) or content.splitlines())
            if lines:
                first, last = (int(number) if number else None for number in lines.groups())
                content = "\n".join(content.splitlines()[first - 1 if first else 0 : last])
            return self._with_pages(content, place, (*above, file))

        return INCLUDE.sub(included, text) if "@include:" in text else text

    def _with_snippets(self, text: str, file: Path) -> str:
        if "<<<" not in text:
            return text
        lines, fence = list[str](), ""
        for line in text.split("\n"):
            if marks := FENCE.match(line):
                if not fence:
                    fence = marks[1]
                elif line.strip(" \t>").startswith(fence) and not line.strip(" \t>").strip(fence[0]):
                    fence = ""
            found = SNIPPET.match(line) if not fence else None
            lines.append(self._snippet(found[1], found[2], file) if found else line)
        return "\n".join(lines)

    def _snippet(self, indent: str, source: str, file: Path) -> str:
        found = SNIPPET_FILE.match(source[:MAX_LINE])
        if found is None:
            return ""
        path, ending, region, language, title = found.groups()
        content = self._read(self._place(path, file))
        if content is None:
            return ""
        lines = content.splitlines()
        if region:
            lines = _region(lines, region) or lines
        longest = max((len(marks) for marks in re.findall("`+", content)), default=0)
        marks = "`" * max(3, longest + 1)
        info = f"{language or ending or ''}{f' [{title}]' if title else ''}"
        return "\n".join(f"{indent}{line}" for line in (f"{marks}{info}", *lines, marks))

    def _place(self, path: str, file: Path) -> Path:
        inside = self._source / path[1:].lstrip("/") if path.startswith("@") else file.parent / path
        return inside.resolve()

    def _read(self, place: Path) -> str | None:
        self._files += 1
        if self._files > MAX_FILES or (content := read_text(self._root, place)) is None:
            return None
        self._characters += len(content)
        return content if self._characters <= MAX_CHARACTERS else None


def _region(lines: list[str], name: str) -> list[str] | None:
    """Return the lines between the comments that name a region, less the indent that they share, or None."""
    start: int | None = None
    mark: re.Pattern[str] | None = None
    for number, line in enumerate(lines):
        if "region" not in line.lower():
            continue
        for candidate in REGION_MARKS if mark is None else (mark,):
            found = candidate.fullmatch(line.strip())
            if found is None:
                continue
            begins = found[1].lower() == "region"
            if begins and start is None and found[2] == name:
                start, mark = number + 1, candidate
            elif not begins and start is not None and found[2] in {name, None}:
                return _dedented([line for line in lines[start:number] if not _is_mark(line)])
    return None


def _is_mark(line: str) -> bool:
    return "region" in line.lower() and any(mark.fullmatch(line.strip()) for mark in REGION_MARKS)


def _dedented(lines: list[str]) -> list[str]:
    indents = [len(line) - len(line.lstrip(" \t")) for line in lines if line.strip()]
    return [line[min(indents, default=0) :] for line in lines]
