"""Marks in a page of MkDocs that stand for something else, and that only plugins or another theme can put there.

References made from code (`::: package.Class` with its options), files included and icons are left out.
"""

import re
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.blockprocessors import BlockProcessor
from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

# As pymdownx.snippets and markdown-include find them: also in code, which then is that of the included file.
INCLUDES = re.compile(
    r"""^[ \t]*(?:-+8<-+[ \t]*\n(?:.*\n)*?[ \t]*-+8<-+|-+8<-+[ \t]+["'].*|\{![^!\n]+![^}\n]*\})[ \t]*$""", re.M
)
REFERENCE = re.compile(r"(?:^|\n)(?: {0,3}|(?P<heading>#{1,6} *))::: ?(?P<name>\S.*)(?:\n|$)")
ICON = r":(?:material|octicons|fontawesome|simple)-[\w-]+:(?:\{[^}\n]*\})?"
EMOJI = r"(?<![\w:]):[a-z+-][a-z0-9_+-]*:(?![\w:])(?:\{[^}\n]*\})?"
# Python-Markdown takes time by the square of a paragraph's length.
MAX_TEXT_CHARACTERS = 50_000


# Of pages as people write them: so many headings and rules, and no more tags left open than that.
MANY_CHARACTERS, MOST_CHARACTERS, MANY_LINES, MANY_OPEN = 20_000, 300_000, 1_000, 200


def is_bounded(page: str) -> bool:
    """Tell whether Python-Markdown reads a page at once; some others take time by the square of their length."""
    if len(page) < MANY_CHARACTERS:
        return True
    has_open_tags = page.count("<") > page.count(">") + MANY_OPEN
    has_many_lines = any(page.count(start) > MANY_LINES for start in ("\n#", "\n--", "\n=="))
    return len(page) < MOST_CHARACTERS and not has_open_tags and not has_many_lines


def without_includes(page: str) -> str:
    """Return a page without the lines in whose place other files are read."""
    return INCLUDES.sub("", page)


class UnresolvedDirectives(Extension):
    """Leaves out references and icons, and takes text as it stands that is too long to look for marks in.

    ``has_emoji`` says whether names such as `:smile:` stand for pictures too.
    """

    def __init__(self, has_emoji: bool = False) -> None:
        super().__init__()
        self._pictures = f"{ICON}|{EMOJI}" if has_emoji else ICON

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802  (Python-Markdown's name)
        """Register below code, where these are what they seem."""
        md.parser.blockprocessors.register(_References(md.parser), "chatkit_references", 75)
        md.inlinePatterns.register(_Icons(self._pictures, md), "chatkit_icons", 75)
        md.treeprocessors.register(_LongText(md), "chatkit_long_text", 21)


class _References(BlockProcessor):
    """Leaves out a name with the options indented below it; of one that is a heading only those."""

    def test(self, parent: Element, block: str) -> bool:
        return REFERENCE.search(block) is not None

    def run(self, parent: Element, blocks: list[str]) -> None:
        block = blocks.pop(0)
        if (found := REFERENCE.search(block)) is None:
            return
        before = block[: found.start()]
        heading = found["heading"] and found["heading"] + found["name"]
        self.parser.parseBlocks(parent, [kept for kept in (before, heading) if kept])
        _, rest = self.detab(block[found.end() :])
        if rest:
            blocks.insert(0, rest)


class _Icons(InlineProcessor):
    def handleMatch(self, m: re.Match[str], data: str) -> Any:  # type: ignore[override]  # noqa: N802
        return "", m.start(), m.end()


class _LongText(Treeprocessor):
    def run(self, root: Element) -> None:
        for element in root.iter():
            if element.text and len(element.text) > MAX_TEXT_CHARACTERS:
                element.text = AtomicString(element.text)
