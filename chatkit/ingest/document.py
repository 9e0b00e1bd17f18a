"""What every kind of page becomes: blocks of plain Markdown under headings that have anchors."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Section:
    """A heading with what follows it up to the next; blocks are Markdown, and there may be none."""

    anchor: str
    headings: tuple[str, ...]
    blocks: tuple[str, ...]


@dataclass(frozen=True)
class Document:
    """A parsed page."""

    title: str
    sections: tuple[Section, ...]


class Outline:
    """Collects a page's headings and blocks in reading order."""

    def __init__(self) -> None:
        self._path: list[tuple[int, str]] = []
        self._anchor = ""
        self._blocks: list[str] = []
        self._done: list[Section] = []

    def heading(self, level: int, words: str, anchor: str) -> None:
        """Begin a section; without an anchor its passages lead to the heading before it."""
        self._close()
        self._path = [(above, heading) for above, heading in self._path if above < level]
        self._path.append((level, words))
        self._anchor = anchor or self._anchor

    def block(self, text: str) -> None:
        """Add a paragraph, list, table or fence; blank ones are left out."""
        if text.strip():
            self._blocks.append(text)

    def sections(self) -> tuple[Section, ...]:
        """Return what was collected, and begin anew."""
        self._close()
        done, self._done = tuple(self._done), []
        self._path, self._anchor = [], ""
        return done

    def _close(self) -> None:
        if self._path or self._blocks:
            headings = tuple(words for _, words in self._path if words)
            self._done.append(Section(self._anchor, headings, tuple(self._blocks)))
        self._blocks = []


def title_of(sections: Sequence[Section], stated: str | None, fallback: str) -> str:
    """Return a page's title: the one it states, else its first heading, else ``fallback``."""
    return stated or next((section.headings[0] for section in sections if section.headings), fallback)


def fence(code: str, language: str) -> str:
    """Return code as a fenced block, whatever fences the code itself holds."""
    marks = "```"
    while marks in code:
        marks += "`"
    return f"{marks}{language}\n{code.rstrip()}\n{marks}"


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return a table, its first row being its head."""
    width = max(len(row) for row in rows)
    lines = [[cell.replace("|", "\\|") for cell in row] + [""] * (width - len(row)) for row in rows]
    lines.insert(1, ["---"] * width)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
