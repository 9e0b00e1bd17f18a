"""What pages of MyST include from other files: Markdown in their place, code as code."""

import re
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath

from chatkit.ingest.readers import front_matter
from chatkit.ingest.readers.myst.directives import CODE, split_options
from chatkit.ingest.readers.myst.notebook import OUTPUT_HTML, fenced

FENCE = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?(`{3,}|~{3,}|:{3,})(?:[ \t]*\{([\w:.+-]+)[^{}]*\})?(.*)\Z")
INCLUDE = re.compile(r"([ \t>]*)(`{3,}|~{3,}|:{3,})[ \t]*\{(include|literalinclude)\}[ \t]+(\S.*)\Z")
# What directives hold beside code that is no Markdown.
OPAQUE = CODE | {"math", "mermaid", "raw", "eval-rst", "csv-table", OUTPUT_HTML}
MAX_DEPTH, MAX_CHARACTERS, MAX_OPTION_LINES = 10, 2_000_000, 50
MARKDOWN = (".md", ".markdown", ".txt", ".myst")
LANGUAGES = {
    "py": "python",
    "js": "javascript",
    "ts": "typescript",
    "yml": "yaml",
    "sh": "bash",
    "rb": "ruby",
    "rs": "rust",
}

# Returns the text of a file by its path below the site's folder, from which it may lead out, or None.
ReadFile = Callable[[PurePosixPath], str | None]


def code_lines(lines: Sequence[str]) -> list[bool]:
    """Tell of each line whether it belongs to code, or to what else is no Markdown."""
    found, open_fences = list[bool](), list[tuple[str, bool]]()
    for line in lines:
        inside = bool(open_fences) and open_fences[-1][1]
        fence = FENCE.match(line) if "```" in line or "~~~" in line or ":::" in line else None
        if fence is None or (fence[1][0] == "`" and "`" in fence[3]):
            found.append(inside)
        elif open_fences and fence[1].startswith(open_fences[-1][0]) and not (fence[2] or fence[3].strip()):
            open_fences.pop()
            found.append(inside)
        elif inside:
            found.append(True)
        else:
            is_code = fence[2] in OPAQUE if fence[2] else fence[1][0] != ":"
            open_fences.append((fence[1], is_code))
            found.append(is_code)
    return found


class Includes:
    """Puts into one page what it includes."""

    def __init__(self, read_file: ReadFile, guesses_language: bool) -> None:
        """``guesses_language`` tells that the language of code follows from its file's name unless it is stated."""
        self._read_file = read_file
        self._guesses_language = guesses_language
        self._left = MAX_CHARACTERS

    def expand(self, text: str, folder: PurePosixPath, depth: int = 0) -> str:
        """Return text with the files in place that it includes; their paths are relative to ``folder``."""
        if "include}" not in text:
            return text
        lines, done, number = text.split("\n"), list[str](), 0
        is_code = code_lines(lines)
        while number < len(lines):
            found = None if is_code[number] else INCLUDE.match(lines[number])
            done.append(lines[number])
            number += 1
            if found is None:
                continue
            stop = next(
                (
                    at
                    for at in range(number, min(number + MAX_OPTION_LINES, len(lines)))
                    if _closes(lines[at], found[2])
                ),
                None,
            )
            if stop is None:
                continue
            options, _ = split_options("\n".join(line.strip(" \t>") for line in lines[number:stop]))
            number = stop + 1
            content = self._content(found[3], found[4].strip(), options, folder, depth)
            done[-1:] = [found[1] + line for line in content.rstrip("\n").split("\n")]
        return "\n".join(done)

    def _content(self, kind: str, name: str, options: dict[str, str], folder: PurePosixPath, depth: int) -> str:
        path = PurePosixPath(name.lstrip("/")) if name.startswith("/") else folder / name
        text = self._read_file(path) if depth < MAX_DEPTH and self._left > 0 else None
        if text is None:
            return ""
        part = "\n".join(_part(text.replace("\r\n", "\n").split("\n"), options)).strip("\n")
        self._left -= len(part)
        suffix = path.suffix.lower()
        language = options.get("language") or options.get("lang") or options.get("code")
        if kind == "literalinclude" or "literal" in options or "code" in options:
            guessed = LANGUAGES.get(suffix[1:], suffix[1:]) if self._guesses_language else ""
            return fenced(part, language or guessed)
        if suffix not in MARKDOWN:
            return ""
        return self.expand(front_matter.split(part)[1], path.parent, depth + 1)


def _closes(line: str, fence: str) -> bool:
    text = line.strip(" \t>")
    return text.startswith(fence) and text == fence[0] * len(text)


def _part(lines: list[str], options: dict[str, str]) -> list[str]:
    """Return the lines that the options name."""
    first, last = 0, len(lines)
    if "pyobject" in options:
        return []
    first, last = _bound(options.get("start-line"), first), _bound(options.get("end-line"), last)
    lines = lines[first:last]
    for name, offset in (("start-after", 1), ("start-at", 0)):
        if mark := options.get(name):
            lines = lines[next((at + offset for at, line in enumerate(lines) if mark in line), len(lines)) :]
    for name, offset in (("end-before", 0), ("end-at", 1)):
        if mark := options.get(name):
            lines = lines[: next((at + offset for at, line in enumerate(lines) if mark in line), len(lines))]
    ranges = re.findall(r"(\d{1,7})?(-)?(\d{1,7})?", options.get("lines", "")) if options.get("lines") else []
    wanted = [
        (int(start or 1), int(stop) if stop else len(lines) if dash else int(start))
        for start, dash, stop in ranges
        if start or stop
    ]
    if not wanted:
        return lines
    return [line for start, stop in wanted[:100] for line in lines[start - 1 : stop]]


def _bound(text: str | None, otherwise: int) -> int:
    try:
        return int(text) if text else otherwise
    except ValueError:
        return otherwise
