"""What an MDX page imports from files of its site: other pages put in whole, and files shown as code."""

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from chatkit.ingest.readers import front_matter
from chatkit.ingest.readers.anchors import Slugger, split_custom_id
from chatkit.ingest.readers.includes import read_text
from chatkit.ingest.readers.jsx import attributes
from chatkit.ingest.readers.markdown import heading_text
from chatkit.ingest.readers.mdx import mdx_parser

IMPORT = re.compile(r"^import\s+(?P<name>[A-Za-z_$][\w$]*)\s+from\s+([\"'])(?P<source>[^\"'\n]+)\2;?[ \t]*$", re.M)
ANY_IMPORT = re.compile(r"^import\s[^\n]*$", re.M)
PAGE = re.compile(r"\.mdx?$", re.I)
RAW = re.compile(r"(?:!!)?raw-loader!(.+)|(.+)\?raw")
FENCED = re.compile(r"^[ \t]*(`{3,}|~{3,})[^\n]*\n.*?(?:^[ \t]*\1[`~]*[ \t]*$|\Z)", re.S | re.M)
PROPERTY = re.compile(r"\{props\.(\w+)\}")
CLOSING_MARKS = re.compile(r"[ \t]+#+[ \t]*$|[ \t]+$")
# Files put into one page, each within the other; and the characters that it has with them.
MAX_FILES, MAX_DEPTH, MAX_CHARACTERS = 200, 8, 2_000_000


@dataclass(frozen=True)
class Imports:
    """How the pages of a site import files.

    ``root`` is the folder that files are read of, ``aliases`` are the folders that a source may begin with, and
    ``slugger`` makes what slugs the headings of one file, which every file that is imported begins anew.
    """

    root: Path
    slugger: Callable[[], Slugger]
    aliases: tuple[tuple[str, Path], ...] = ()

    def expand(self, file: Path, text: str) -> str:
        """Return a page with what it imports in its place. Raises ``ValueError`` when that is too much."""
        return _Expansion(self).expand(file, text, 0)

    def place(self, file: Path, source: str) -> Path | None:
        """Return the file that ``source`` names in another, or None when it is none of the site's."""
        if source.startswith("."):
            return file.parent / source
        return next(
            (folder / source.removeprefix(alias) for alias, folder in self.aliases if source.startswith(alias)), None
        )


class _Expansion:
    """Puts into one page what it imports, and counts it."""

    def __init__(self, imports: Imports) -> None:
        self._imports = imports
        self._files = 0

    def expand(self, file: Path, text: str, depth: int) -> str:
        if depth > MAX_DEPTH or "import" not in text:
            return text
        for found in list(IMPORT.finditer(text)):
            name, source = re.escape(found["name"]), found["source"]
            raw = RAW.fullmatch(source)
            imported = self._read(file, raw[1] or raw[2] if raw else source) if raw or PAGE.search(source) else None
            if imported is None:
                continue
            if raw:
                text = _replaced(text, rf"\{{\s*{name}\s*\}}", partial(_as_expression, imported[1]))
            else:
                body = _with_ids(front_matter.split(imported[1])[1], self._imports.slugger())
                body = ANY_IMPORT.sub("", self.expand(imported[0], body, depth + 1)).strip("\n")
                tag = rf"(?P<indent>^[ \t]*)?(?<!`)<{name}(?P<given>\s[^<>]*?)?/>(?P<end>[ \t]*$)?"
                text = _replaced(text, tag, partial(_put_in, body))
            if len(text) > MAX_CHARACTERS:
                raise ValueError("it is too large with what it imports")
        return text

    def _read(self, file: Path, source: str) -> tuple[Path, str] | None:
        """Return a file that is imported, and what it holds, or None."""
        self._files += 1
        place = self._imports.place(file, source)
        text = read_text(self._imports.root, place) if place is not None and self._files <= MAX_FILES else None
        return None if place is None or text is None else (place, text.replace("\r\n", "\n"))


def _replaced(text: str, pattern: str, shown: Callable[[re.Match[str]], str]) -> str:
    """Return a text in which something else stands for a pattern, but in blocks of code."""
    parts, end, looked_for = list[str](), 0, re.compile(pattern, re.M)
    for block in FENCED.finditer(text):
        parts += [looked_for.sub(shown, text[end : block.start()]), block[0]]
        end = block.end()
    return "".join([*parts, looked_for.sub(shown, text[end:])])


def _put_in(body: str, tag: re.Match[str]) -> str:
    """Return what stands for the tag of an imported page: its text, indented as the tag is."""
    given = attributes(tag["given"] or "")
    body = PROPERTY.sub(lambda match: given.get(match[1], ""), body)
    if tag["indent"] is None or tag["end"] is None:
        return f"{tag['indent'] or ''}{body}"
    return "\n" + "\n".join([f"{tag['indent']}{line}".rstrip() for line in body.split("\n")]) + "\n"


def _as_expression(code: str, _: re.Match[str]) -> str:
    """Return an expression that says a file's text."""
    return "{`" + re.sub(r"[\\`$]", r"\\\g<0>", code) + "`}"


def _with_ids(body: str, slugger: Slugger) -> str:
    """Return a page on whose headings stand the anchors that it gives them itself."""
    lines, tokens = body.split("\n"), mdx_parser().parse(body, {"notes": frozenset()})
    for opening, inline in itertools.pairwise(tokens):
        if opening.type != "heading_open" or opening.map is None or split_custom_id(inline.content)[1] is not None:
            continue
        number = opening.map[0] if opening.markup.startswith("#") else opening.map[1] - 2
        lines[number] = f"{CLOSING_MARKS.sub('', lines[number])} {{#{slugger(heading_text(inline))}}}"
    return "\n".join(lines)
