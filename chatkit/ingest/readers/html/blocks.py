"""HTML in: an element's content as sections of blocks, in reading order."""

import itertools
import re

from selectolax.lexbor import LexborNode

from chatkit.ingest.document import Line, LinkedText, MarkdownBlock, Outline, Section, listing, table, words
from chatkit.ingest.readers.html.code import FRAMES, code_block_of, framed_code
from chatkit.ingest.readers.html.dom import (
    INLINE,
    LINK_END,
    MAX_DEPTH,
    anchor_of,
    anchor_of_footnotes,
    children,
    code_of,
    heading_words,
    hidden_title,
    is_box_title,
    is_contents,
    is_dropped,
    is_footnote_mark,
    is_hidden,
    is_permalink,
    is_title_of_details,
    link_start,
    linked_text,
    linked_words_of,
    words_of,
)
from chatkit.ingest.readers.html.tabs import Tabs
from chatkit.search.passages import BlockKind

HEADINGS = {f"h{level}": level for level in range(1, 7)}
# The name of a box that says nothing beside its colour.
BOX_NAMES = {
    *("note", "tip", "info", "warning", "danger", "caution", "important", "attention", "hint"),
    *("error", "see also"),
}
# What the title of a box says that has none of its own, also within an item of a list.
BOX_TITLES = {*BOX_NAMES, "details"}
# What a page says of itself, by themes that call it nothing.
PAGE_TOOLS = re.compile(
    r"(?:was|is) this (?:page |article )?helpful\?|edit (?:this )?page(?: on \w+)?|view page source|on this page"
    r"|copy(?: code| link| page| to clipboard)?|copied!?|skip to (?:main )?content|\d+ min(?:ute)?s? read",
    re.I,
)
LONGEST_PAGE_TOOL = 40
# How GitHub marks such a box.
ALERT = re.compile(r"^\[!(?:NOTE|TIP|IMPORTANT|WARNING|CAUTION)\] ?")


def sections_of(root: LexborNode | None) -> tuple[Section, ...]:
    """Read what an element holds."""
    if root is None:
        return ()
    reader = _Reader(Tabs(root))
    reader.read(root)
    return reader.sections()


class _Reader:
    """Walks a page in reading order; text gathers until a block ends."""

    def __init__(self, tabs: Tabs, in_list: bool = False) -> None:
        self.outline = Outline()
        self._tabs = tabs
        self._in_list = in_list
        self._text: list[str] = []
        # The mark of the link that is being read.
        self._link = ""

    def read(self, node: LexborNode, depth: int = 0) -> None:
        """Read an element's children."""
        if depth > MAX_DEPTH:
            self._text.append(node.text(separator=" "))
            return
        for child in children(node):
            tag = child.tag or ""
            if tag == "-text":
                self._text.append(child.text_content or "")
            elif tag == "a" and not self._link and (start := link_start(child)):
                if not (is_hidden(child) or is_footnote_mark(child) or is_permalink(child)):
                    self._text.append(start)
                    self._link = start
                    self.read(child, depth + 1)
                    self._text.append(LINK_END)
                    self._link = ""
            elif tag in INLINE:
                if not (is_hidden(child) or is_footnote_mark(child) or is_permalink(child)):
                    self.read(child, depth + 1)
            elif tag == "br":
                self._text.append(" ")
            elif tag == "code":
                self._text.append(code_of(child))
            elif not is_dropped(child, tag):
                self._flush()
                self._block(child, tag, depth)
                self._flush()

    def sections(self) -> tuple[Section, ...]:
        """Return what was read."""
        self._flush()
        return self.outline.sections()

    def _block(self, node: LexborNode, tag: str, depth: int) -> None:
        if is_box_title(node, tag) and words_of(node).lower() in BOX_TITLES:
            return
        if label := self._tabs.label_of(node):
            self.outline.prose(f"{label}:")
        if tag in HEADINGS and not self._in_list and not is_title_of_details(node):
            self.outline.heading(HEADINGS[tag], heading_words(node), anchor_of(node))
        elif tag == "pre":
            self.outline.block(code_block_of(node, node))
        elif self._tabs.is_strip(node) or is_contents(node, tag):
            return
        elif tag in {"ul", "ol", "menu"}:
            if not self._in_list and _holds_sections(node):
                self.read(node, depth + 1)
            else:
                self.outline.block(_list(node, depth, self._tabs))
        elif tag in FRAMES and (framed := framed_code(node, tag)) is not None:
            title, code = framed
            self.outline.prose(f"{title}:" if title else "")
            self.outline.block(code_block_of(code, node))
        elif tag == "table":
            self._table(node, depth)
        elif tag == "label":
            # A tab's label announces what the tab holds.
            announced = words_of(node)
            self.outline.prose(f"{announced}:" if announced else "")
        else:
            if not self._in_list and (anchor := anchor_of_footnotes(node, tag)):
                # They belong to the page, not to its last heading.
                self.outline.heading(1, "", anchor)
            if tag == "aside" and (title := hidden_title(node)).lower() not in BOX_NAMES:
                self.outline.prose(title)
            self.read(node, depth + 1)

    def _table(self, node: LexborNode, depth: int) -> None:
        rows = [[linked_words_of(cell) for cell in children(row) if cell.tag in {"td", "th"}] for row in node.css("tr")]
        rows = [row for row in rows if any(cell.text for cell in row)]
        # One row of whole blocks is a box with its icon.
        is_for_layout = len(rows) == 1 and node.css_first("th") is None and node.css_first("td > div, td > p, td > ul")
        if is_for_layout or node.css_first("pre") or any(inner.mem_id != node.mem_id for inner in node.css("table")):
            self.read(node, depth + 1)
        elif rows:
            caption = node.css_first("caption")
            shown = linked_words_of(caption) if caption else LinkedText("")
            self.outline.prose(shown.text, shown.links)
            self.outline.block(table(rows))

    def _flush(self) -> None:
        if not self._text:
            return
        # A link that holds several blocks is one in each of them.
        gathered, self._text = "".join(self._text), [self._link] if self._link else []
        linked = linked_text(gathered + LINK_END if self._link else gathered)
        if alert := ALERT.match(linked.text):
            linked = linked.part(alert.end(), len(linked.text))
        if self._in_list or not _is_beside_content(linked.text):
            self.outline.prose(linked.text, linked.links)


def _is_beside_content(text: str) -> bool:
    """Tell whether a paragraph is only the name of a box, or a tool of the page."""
    if len(text) > LONGEST_PAGE_TOOL:
        return False
    return text.lower() in BOX_NAMES or PAGE_TOOLS.fullmatch(text) is not None


def _holds_sections(node: LexborNode) -> bool:
    """Tell whether the items of a list begin sections, each by a heading with an anchor."""
    held = (child for item in children(node) if item.tag == "li" for child in children(item))
    # Some generators put a heading into a box, with the sign that links to it.
    headings = (child.first_child if child.tag == "div" else child for child in held)
    return any(one is not None and one.tag in HEADINGS and bool(one.id) for one in headings)


def _list(node: LexborNode, depth: int, tabs: Tabs) -> MarkdownBlock:
    """Return a list; what an item holds below its first line is indented under it."""
    if depth > MAX_DEPTH:
        return listing(BlockKind.LIST, [[words(words_of(node))]])
    start = node.attributes.get("start") or ""
    number = int(start) if start.isdecimal() else 1
    items: list[list[Line]] = []
    for item in children(node):
        if item.tag in {"ul", "ol"}:
            # It belongs to the item before it, though it does not stand inside.
            nested = [line.indented("  ") for line in _list(item, depth + 1, tabs).lines]
            if nested and not items:
                items.append([])
            if nested:
                items[-1] += nested
        if item.tag != "li" or is_hidden(item):
            continue
        mark = f"{number}. " if node.tag == "ol" else "- "
        number += 1
        inner = _Reader(tabs, in_list=True)
        inner.read(item, depth + 1)
        held = [line for section in inner.sections() for block in section.blocks for line in block.lines]
        indents = itertools.chain([mark], itertools.repeat(" " * len(mark)))
        if held:
            items.append([line.indented(indent) for indent, line in zip(indents, held, strict=False)])
    return listing(BlockKind.STEPS if node.tag == "ol" else BlockKind.LIST, items)
