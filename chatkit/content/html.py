"""HTML in: the main content of a page, without what surrounds it, under its real anchors."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser, LexborNode

from chatkit.content.document import Document, Outline, Section, fence, table, title_of

MAIN = ("[role=main]", "main", "article")
HEADINGS = {f"h{level}": level for level in range(1, 7)}
# What is for looking at, moving about or running, not for reading.
DROPPED = frozenset(
    """
    audio button canvas dialog embed footer form iframe img input math nav noscript object picture script select
    style svg template textarea title video
    """.split()  # noqa: SIM905  (a list of words, not of lines)
)
DROPPED_ROLES = {"navigation", "contentinfo", "banner", "search", "tablist", "complementary"}
DROPPED_CLASSES = {"sr-only", "visually-hidden", "linenos", "admonition-icon"}
# Text that runs on; every other element stands on lines of its own.
INLINE = frozenset(
    """
    a abbr acronym b bdi bdo big cite data del dfn em font i ins kbd mark q rp rt ruby s samp small span strike
    strong sub sup time tt u var wbr
    """.split()  # noqa: SIM905  (a list of words, not of lines)
)
# The name of a box that says nothing beside its colour.
BOX_NAMES = {"note", "tip", "info", "warning", "danger", "caution", "important", "attention", "hint"}
LANGUAGE = re.compile(r"(?:^|\s)(?:language|lang|highlight)-([\w+#.-]+)")
UNSEEN = re.compile("[\u00ad\u200b\u200c\u2060\ufeff]")
HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden")
# Deeper than people nest; Python's own limit is at about 1,000.
MAX_DEPTH = 100


@dataclass(frozen=True)
class Head:
    """What a page says of itself outside its content."""

    title: str | None
    canonical: str | None
    robots: str
    links: tuple[str, ...]


def read(html: str, fallback_title: str) -> tuple[Head, Document]:
    """Read a whole page: its main content is the element that says so, or its body."""
    tree = LexborHTMLParser(html)
    head = _head(tree)
    sections = _sections(_main(tree))
    return head, Document(title_of(sections, None, head.title or fallback_title), sections)


def sections(html: str) -> tuple[Section, ...]:
    """Read HTML that is nothing but content, such as a generator's rendering of a page."""
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
    for surrounding in tree.css("body > header, body > aside"):
        surrounding.decompose()
    return tree.body


def _head(tree: LexborHTMLParser) -> Head:
    title = tree.css_first("head > title")
    canonical = tree.css_first('link[rel="canonical"]')
    robots = [node.attributes.get("content") or "" for node in tree.css('meta[name="robots"], meta[name="chatkit"]')]
    return Head(
        (_tidy(title.text()) or None) if title else None,
        canonical.attributes.get("href") if canonical else None,
        ",".join(robots).lower(),
        tuple(href for node in tree.css("a[href]") if (href := node.attributes.get("href"))),
    )


class _Reader:
    """Walks a page in reading order; text gathers until a block ends."""

    def __init__(self, in_list: bool = False) -> None:
        self.outline = Outline()
        self._in_list = in_list
        self._text: list[str] = []

    def read(self, node: LexborNode, depth: int = 0) -> None:
        """Read an element's children."""
        if depth > MAX_DEPTH:
            self._text.append(node.text(separator=" "))
            return
        for child in _children(node):
            tag = child.tag or ""
            if tag == "-text":
                self._text.append(child.text_content or "")
            elif tag in INLINE:
                if not _is_hidden(child) and not _is_footnote_mark(child):
                    self.read(child, depth + 1)
            elif tag == "br":
                self._text.append(" ")
            elif tag == "code":
                self._text.append(_code(child))
            elif not _is_dropped(child, tag):
                self._flush()
                self._block(child, tag, depth)
                self._flush()

    def sections(self) -> tuple[Section, ...]:
        """Return what was read."""
        self._flush()
        return self.outline.sections()

    def _block(self, node: LexborNode, tag: str, depth: int) -> None:
        if tag in HEADINGS and not self._in_list:
            self.outline.heading(HEADINGS[tag], _heading_words(node), _anchor(node))
        elif tag == "pre":
            self.outline.block(_fence(node))
        elif tag in {"ul", "ol", "menu"}:
            if not _is_contents(node):
                self.outline.block(_list(node, depth))
        elif tag == "table":
            self._table(node, depth)
        elif tag == "label":
            # A tab's label announces what the tab holds.
            words = _words(node)
            self.outline.block(f"{words}:" if words else "")
        else:
            self.read(node, depth + 1)

    def _table(self, node: LexborNode, depth: int) -> None:
        listing = node.css_first("pre")
        if listing is not None and len(node.css("pre")) <= 2 and node.css_first("td.linenos"):
            # Code with its line numbers in a column of their own.
            self.outline.block(_fence(node.css("pre")[-1]))
            return
        rows = [[_words(cell) for cell in _children(row) if cell.tag in {"td", "th"}] for row in node.css("tr")]
        rows = [row for row in rows if any(row)]
        if listing is not None or any(inner.mem_id != node.mem_id for inner in node.css("table")):
            # A table for layout.
            self.read(node, depth + 1)
        elif rows:
            caption = node.css_first("caption")
            self.outline.block(_words(caption) if caption else "")
            self.outline.block(table(rows))

    def _flush(self) -> None:
        words = _tidy("".join(self._text))
        self._text = []
        if self._in_list or words.lower() not in BOX_NAMES:
            self.outline.block(words)


def _children(node: LexborNode) -> Iterator[LexborNode]:
    child = node.first_child
    while child is not None:
        yield child
        child = child.next


def _is_dropped(node: LexborNode, tag: str) -> bool:
    if tag in DROPPED or tag.startswith(("-", "!")) or _is_hidden(node):
        return True
    # An aside may be a box of prose, or a list of links.
    return tag == "aside" and node.css_first("nav") is not None


def _is_hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    if not attributes:
        return False
    # A tab that is not the chosen one is hidden, and is content all the same.
    if "hidden" in attributes and attributes.get("role") != "tabpanel":
        return True
    if attributes.get("aria-hidden") == "true" or attributes.get("role") in DROPPED_ROLES:
        return True
    if HIDDEN_STYLE.search(attributes.get("style") or ""):
        return True
    return not DROPPED_CLASSES.isdisjoint((attributes.get("class") or "").split())


def _is_footnote_mark(node: LexborNode) -> bool:
    return node.tag == "sup" and node.css_first('a[href^="#"]') is not None


def _is_contents(node: LexborNode) -> bool:
    """Tell whether a list is nothing but links within the page, such as a table of contents."""
    links = node.css('a[href^="#"]')
    return bool(links) and sum(len(_words(link).split()) for link in links) >= 0.9 * len(_words(node).split())


def _anchor(heading: LexborNode) -> str:
    """Return a heading's anchor: its own, its permalink's, or that of the section it opens."""
    if heading.id:
        return heading.id
    for node in heading.css("a[href^='#'], a[id], a[name]"):
        attributes = node.attributes
        href = attributes.get("href") or ""
        found = unquote(href[1:]) if href.startswith("#") else attributes.get("id") or attributes.get("name")
        if found:
            return found
    parent = heading.parent
    if parent is not None and parent.tag in {"section", "div"} and parent.id:
        before = heading.prev
        while before is not None and before.tag == "-text" and not (before.text_content or "").strip():
            before = before.prev
        return parent.id if before is None else ""
    return ""


def _heading_words(heading: LexborNode) -> str:
    """Return a heading's words without the sign that links to it."""
    return _words(heading, in_heading=True)


def _words(node: LexborNode, in_heading: bool = False) -> str:
    parts: list[str] = []
    _gather(node, parts, in_heading, 0)
    return _tidy("".join(parts))


def _gather(node: LexborNode, parts: list[str], in_heading: bool, depth: int) -> None:
    for child in _children(node):
        tag = child.tag or ""
        if tag == "-text":
            parts.append(child.text_content or "")
        elif tag == "code":
            parts.append(_code(child))
        elif tag == "br":
            parts.append(" ")
        elif _is_dropped(child, tag) or _is_footnote_mark(child) or (in_heading and _is_permalink(child, tag)):
            continue
        elif depth < MAX_DEPTH:
            inline = tag in INLINE
            parts.append("" if inline else " ")
            _gather(child, parts, in_heading, depth + 1)
            parts.append("" if inline else " ")


def _is_permalink(node: LexborNode, tag: str) -> bool:
    return tag == "a" and not re.search(r"\w", node.text())


def _code(node: LexborNode) -> str:
    text = _tidy(node.text())
    if "`" in text:
        return f"`` {text} ``"
    return f"`{text}`" if text else ""


def _fence(node: LexborNode) -> str:
    parts: list[str] = []
    _gather_code(node, parts, 0)
    code = UNSEEN.sub("", "".join(parts)).strip("\n")
    return fence(code, _language(node)) if code.strip() else ""


def _gather_code(node: LexborNode, parts: list[str], depth: int) -> None:
    for child in _children(node):
        tag = child.tag or ""
        if tag == "-text":
            parts.append(child.text_content or "")
        elif tag == "br":
            parts.append("\n")
        elif tag not in DROPPED and not _is_hidden(child) and depth < MAX_DEPTH:
            _gather_code(child, parts, depth + 1)
            # Some highlighters make each line a block.
            if tag in {"div", "li", "p"} and parts and not parts[-1].endswith("\n"):
                parts.append("\n")


def _language(node: LexborNode) -> str:
    inner, outer = node.css_first("code"), node.parent
    for candidate in (inner, node, outer, outer.parent if outer is not None else None):
        found = LANGUAGE.search(candidate.attributes.get("class") or "") if candidate is not None else None
        if found:
            return found.group(1)
    return ""


def _list(node: LexborNode, depth: int) -> str:
    """Return a list as Markdown; what an item holds below its first line is indented under it."""
    start = node.attributes.get("start") or ""
    number = int(start) if start.isdecimal() else 1
    lines: list[str] = []
    for item in _children(node):
        if item.tag in {"ul", "ol"}:
            lines += ["  " + line for line in _list(item, depth + 1).splitlines()]
        if item.tag != "li" or _is_hidden(item):
            continue
        mark = f"{number}. " if node.tag == "ol" else "- "
        number += 1
        inner = _Reader(in_list=True)
        inner.read(item, depth + 1)
        held = [line for section in inner.sections() for block in section.blocks for line in block.split("\n")]
        indents = itertools.chain([mark], itertools.repeat(" " * len(mark)))
        lines += [(indent + line).rstrip() for indent, line in zip(indents, held, strict=False)]
    return "\n".join(lines)


def _tidy(text: str) -> str:
    return " ".join(UNSEEN.sub("", text).split())
