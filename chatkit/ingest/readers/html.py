"""HTML in: the main content of a page, without what surrounds it, under its real anchors."""

import itertools
import re
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from chatkit.ingest.document import (
    Document,
    Line,
    LinkedText,
    MarkdownBlock,
    Outline,
    Section,
    language_tag,
    listing,
    table,
    title_of,
    words,
)
from chatkit.ingest.readers import html_apart
from chatkit.ingest.readers.dom import (
    INLINE,
    LINK_END,
    MAX_DEPTH,
    anchor_of,
    anchor_of_footnotes,
    children,
    code_block_of,
    code_of,
    is_contents,
    is_dropped,
    is_footnote_mark,
    is_hidden,
    is_permalink,
    is_within_code,
    link_start,
    linked_text,
    linked_words_of,
    tidy,
    words_of,
)
from chatkit.ingest.readers.html_cost import is_bounded
from chatkit.search.passages import BlockKind

TEMPLATE = "{% "
MAIN = ("[role=main]", "main", "article")
HEADINGS = {f"h{level}": level for level in range(1, 7)}
# Where a page sends its readers at once, or after some seconds.
REFRESH = re.compile(r"[\d.\s]*+[;,]?\s*+url\s*+=\s*+['\"]?([^'\"]+)", re.I)
# The name of a box that says nothing beside its colour.
BOX_NAMES = {"note", "tip", "info", "warning", "danger", "caution", "important", "attention", "hint"}
# Of VitePress.
CODE_GROUP = "vp-code-group"
# How GitHub marks such a box.
ALERT = re.compile(r"^\[!(?:NOTE|TIP|IMPORTANT|WARNING|CAUTION)\] ?")


@dataclass(frozen=True)
class Head:
    """What a page says of itself outside its content."""

    title: str | None
    language: str | None
    canonical: str | None
    robots: str
    links: tuple[str, ...]
    # What the links, and all that is said of addresses, are relative to, if not to the page.
    base: str | None
    refresh: str | None
    is_template: bool


def read(html: str, fallback_title: str) -> tuple[Head, Document]:
    """Read a whole page: its main content is the element that says so, or its body.

    Raises ``TooComplexError`` for what no parser reads in time.
    """
    return _read(html, fallback_title) if is_bounded(html) else html_apart.call(_read, html, fallback_title)


def _read(html: str, fallback_title: str) -> tuple[Head, Document]:
    tree = LexborHTMLParser(html)
    head = _head(tree, html)
    sections = _sections(_main(tree))
    return head, Document(title_of(sections, None, head.title or fallback_title), sections, head.language)


def sections(html: str) -> tuple[Section, ...]:
    """Read HTML that is nothing but content, such as a generator's rendering of a page; raises as ``read`` does."""
    return _content(html) if is_bounded(html) else html_apart.call(_content, html)


def _content(html: str) -> tuple[Section, ...]:
    return _sections(LexborHTMLParser(html).body)


def _sections(root: LexborNode | None) -> tuple[Section, ...]:
    reader = _Reader()
    if root is not None:
        reader.read(root)
    return reader.sections()


def _main(tree: LexborHTMLParser) -> LexborNode | None:
    for selector in MAIN:
        found = tree.css(selector)
        if len(found) == 1 or (found and selector != "article"):
            articles = found[0].css("article")
            return articles[0] if len(articles) == 1 and articles[0].css_first("h1, h2") else found[0]
    for surrounding in tree.css("header, body > aside"):
        if surrounding.css_first("nav") is not None or surrounding.parent == tree.body:
            surrounding.decompose()
    titles = tree.css("h1")
    if len(titles) > 1 and _leads_elsewhere(titles[0]):
        # The site's title, which links to its first page.
        titles[0].decompose()
    return tree.body


def _leads_elsewhere(heading: LexborNode) -> bool:
    link = heading.css_first("a[href]:not([href^='#'])")
    return link is not None and words_of(link) == words_of(heading)


def _head(tree: LexborHTMLParser, html: str) -> Head:
    title = tree.css_first("head > title")
    canonical = tree.css_first('link[rel="canonical"]')
    base = tree.css_first("base[href]")
    refresh = [
        REFRESH.match(node.attributes.get("content") or "")
        for node in tree.css("head > meta[http-equiv]")
        if (node.attributes.get("http-equiv") or "").lower() == "refresh"
    ]
    robots = [node.attributes.get("content") or "" for node in tree.css('meta[name="robots"], meta[name="chatkit"]')]
    return Head(
        (tidy(title.text()) or None) if title else None,
        language_tag(tree.root.attributes.get("lang")) if tree.root is not None else None,
        canonical.attributes.get("href") if canonical else None,
        ",".join(robots).lower(),
        tuple(href for node in tree.css("a[href]") if (href := node.attributes.get("href"))),
        base.attributes.get("href") if base else None,
        next((found.group(1).strip() for found in refresh if found), None),
        _is_template(tree, html),
    )


def _is_template(tree: LexborHTMLParser, html: str) -> bool:
    """Tell whether a page is one that others are made of; a page that shows what these hold has it within code."""
    if (marks := html.count(TEMPLATE)) == 0:
        return False
    shown = (code.html or "" for code in tree.css("pre, code") if not is_within_code(code))
    return marks > sum(code.count(TEMPLATE) for code in shown)


class _Reader:
    """Walks a page in reading order; text gathers until a block ends."""

    def __init__(self, in_list: bool = False) -> None:
        self.outline = Outline()
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
                if not (is_hidden(child) or is_permalink(child)):
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
        if tag in HEADINGS and not self._in_list:
            self.outline.heading(HEADINGS[tag], words_of(node), anchor_of(node))
        elif tag == "pre":
            self.outline.block(code_block_of(node))
        elif tag in {"ul", "ol", "menu"}:
            if not is_contents(node):
                self.outline.block(_list(node, depth))
        elif tag == "table":
            self._table(node, depth)
        elif CODE_GROUP in (node.attributes.get("class") or "").split():
            self._code_group(node, depth)
        elif tag == "label":
            # A tab's label announces what the tab holds.
            announced = words_of(node)
            self.outline.prose(f"{announced}:" if announced else "")
        else:
            if not self._in_list and (anchor := anchor_of_footnotes(node, tag)):
                # They belong to the page, not to its last heading.
                self.outline.heading(1, "", anchor)
            self.read(node, depth + 1)

    def _code_group(self, node: LexborNode, depth: int) -> None:
        """Read blocks of code, each announced by the name of its tab, which all stand before the first."""
        names, blocks = node.css(".tabs > label"), node.css(".blocks > *")
        for name, block in itertools.zip_longest(names, blocks):
            if name is not None:
                self._block(name, "label", depth)
            if block is not None:
                self.read(block, depth + 1)

    def _table(self, node: LexborNode, depth: int) -> None:
        listing = node.css_first("pre")
        if listing is not None and len(node.css("pre")) <= 2 and node.css_first("td.linenos"):
            # Code with its line numbers in a column of their own.
            self.outline.block(code_block_of(node.css("pre")[-1]))
            return
        rows = [[linked_words_of(cell) for cell in children(row) if cell.tag in {"td", "th"}] for row in node.css("tr")]
        rows = [row for row in rows if any(cell.text for cell in row)]
        if listing is not None or any(inner.mem_id != node.mem_id for inner in node.css("table")):
            # A table for layout.
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
        if self._in_list or linked.text.lower() not in BOX_NAMES:
            self.outline.prose(linked.text, linked.links)


def _list(node: LexborNode, depth: int) -> MarkdownBlock:
    """Return a list; what an item holds below its first line is indented under it."""
    if depth > MAX_DEPTH:
        return listing(BlockKind.LIST, [[words(words_of(node))]])
    start = node.attributes.get("start") or ""
    number = int(start) if start.isdecimal() else 1
    items: list[list[Line]] = []
    for item in children(node):
        if item.tag in {"ul", "ol"} and (nested := [line.indented("  ") for line in _list(item, depth + 1).lines]):
            # It belongs to the item before it, though it does not stand inside.
            if not items:
                items.append([])
            items[-1] += nested
        if item.tag != "li" or is_hidden(item):
            continue
        mark = f"{number}. " if node.tag == "ol" else "- "
        number += 1
        inner = _Reader(in_list=True)
        inner.read(item, depth + 1)
        held = [line for section in inner.sections() for block in section.blocks for line in block.lines]
        indents = itertools.chain([mark], itertools.repeat(" " * len(mark)))
        if held:
            items.append([line.indented(indent) for indent, line in zip(indents, held, strict=False)])
    return listing(BlockKind.STEPS if node.tag == "ol" else BlockKind.LIST, items)
