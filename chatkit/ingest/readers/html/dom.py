"""One element of an HTML page: whether it is there to read, its words, its code, its anchor."""

import itertools
import re
from collections.abc import Iterator
from urllib.parse import unquote

from selectolax.lexbor import LexborNode

from chatkit.ingest.document import LinkedText
from chatkit.text.markdown import LinkSpan

# What is for looking at, moving about or running, not for reading.
DROPPED = frozenset(
    """
    audio button canvas dialog embed footer form iframe img input math nav noscript object picture script select
    style svg template textarea title video
    """.split()  # noqa: SIM905  (a list of words, not of lines)
)
# Links to the pages before and after.
NEIGHBOURS = {"prev", "next"}
DROPPED_ROLES = {"navigation", "contentinfo", "banner", "search", "tablist", "complementary"}
# What only a screen reader says, what leads about the site, and what stands beside content without being any. The names
# are those that most generators and themes use.
DROPPED_CLASS = re.compile(
    r"(?:^|\s)(?:sr-only|(?:visually|screen-reader)-?\w*hidden|screen-reader-(?:text|only)|sd-hide-link-text|nav"
    r"|(?:[\w-]+-)?breadcrumbs?(?:-\S*)?|pagination\S*|pager|prev-next\S*|skip-(?:link|to-content)\S*"
    r"|edit-(?:this-)?(?:page|link)\S*|page-meta\S*|td-page-meta\S*|article-meta|reading-time|feedback(?:--\S*)?"
    r"|theme-doc-(?:version|toc|footer)\S*|admonition-icon|VPBadge|VPButton|boring"
    r"|section-number|caption-number|eqno|viewcode-link)(?=\s|$)",
    re.I,
)
# A mark beside a heading's words, such as "New".
BADGE_CLASS = re.compile(r"(?:^|[\s-]|VP)badge(?=[\s-]|$)", re.I)
CONTENTS_CLASS = re.compile(r"(?:^|\s)(?:toc|toc-?tree\S*|toctree-wrapper|table-of-contents)(?=\s|$)", re.I)
# Text that runs on; every other element stands on lines of its own.
INLINE = frozenset(
    """
    a abbr acronym b bdi bdo big cite data del dfn em font i ins kbd mark q rp rt ruby s samp small span strike
    strong sub sup time tt u var wbr
    """.split()  # noqa: SIM905  (a list of words, not of lines)
)
UNSEEN = re.compile("[\u00ad\u200b\u2060\ufeff]")
HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden")
# A sign that links to what it stands beside, or from a footnote back to its mark.
PERMALINK = re.compile(r"\W*(?:\u21a9.*)?", re.S)
# Where a link begins, with its address, and where it ends, in what is gathered: surrogates, which no page holds.
LINK_MARK = re.compile("\ud800([^\ud801]*)\ud801|\ud802")
LINK_END = "\ud802"
BOX_TITLE_CLASS = re.compile(r"(?:^|\s)(?:custom-block|admonition|alert)-title(?=\s|$)")
FOOTNOTES = {"footnote", "footnotes", "footnote-list"}
# Deeper than people nest; Python's own limit is at about 1,000.
MAX_DEPTH = 100


def children(node: LexborNode) -> Iterator[LexborNode]:
    """Yield what an element holds, text included."""
    child = node.first_child
    while child is not None:
        yield child
        child = child.next


def is_dropped(node: LexborNode, tag: str) -> bool:
    """Tell whether an element is not there to read."""
    if tag in DROPPED or tag.startswith(("-", "!")) or is_hidden(node):
        return True
    if tag == "summary" and node.parent is not None and "hide" in (node.parent.attributes.get("class") or "").split():
        # The words that open a cell of a notebook.
        return True
    # An aside may be a box of prose, or a list of links.
    return tag == "aside" and node.css_first("nav") is not None


def is_hidden(node: LexborNode) -> bool:
    """Tell whether an element is hidden, or says that it surrounds the content."""
    attributes = node.attributes
    if not attributes:
        return False
    # A tab that is not the chosen one is hidden, and is content all the same.
    if attributes.get("role") == "tabpanel":
        return False
    if "hidden" in attributes:
        return True
    if attributes.get("aria-hidden") == "true" or attributes.get("role") in DROPPED_ROLES:
        return True
    if attributes.get("rel") in NEIGHBOURS:
        return True
    if HIDDEN_STYLE.search(attributes.get("style") or ""):
        return True
    if DROPPED_CLASS.search(attributes.get("class") or "") is not None:
        return True
    # A tree of files is left out of that search only because its names are no words, and on many sites code is too.
    if "data-pagefind-ignore" not in attributes or node.tag in {"pre", "starlight-file-tree"}:
        return False
    return node.css_first("pre") is None


def has_class(node: LexborNode, pattern: re.Pattern[str]) -> bool:
    """Tell whether one of an element's classes is one that a pattern finds."""
    return pattern.search(node.attributes.get("class") or "") is not None


def is_footnote_mark(node: LexborNode) -> bool:
    """Tell whether an element is the small number of a footnote, in the text or, by docutils, beside the note."""
    if node.tag == "sup":
        return node.css_first('a[href^="#"]') is not None
    if node.tag == "span":
        return node.attributes.get("class") == "label" and node.css_first("[role=doc-backlink]") is not None
    return node.tag == "a" and node.attributes.get("role") == "doc-noteref"


def is_permalink(node: LexborNode) -> bool:
    """Tell whether an element is the sign that links to the heading or term beside it, or back from a footnote."""
    return (
        node.tag == "a"
        and (node.attributes.get("href") or "").startswith("#")
        and PERMALINK.fullmatch(node.text()) is not None
    )


def is_box_title(node: LexborNode, tag: str) -> bool:
    """Tell whether an element is the title of a box, or of lines that it opens and closes."""
    return tag == "summary" or (tag == "p" and has_class(node, BOX_TITLE_CLASS))


def is_title_of_details(heading: LexborNode) -> bool:
    """Tell whether a heading without an anchor is what opens and closes the lines below it."""
    return not heading.id and heading.parent is not None and heading.parent.tag == "summary"


def is_within_code(node: LexborNode) -> bool:
    """Tell whether an element stands inside of code."""
    parent = node.parent
    while parent is not None and parent.tag not in {"code", "pre"}:
        parent = parent.parent
    return parent is not None


def anchor_of_footnotes(node: LexborNode, tag: str) -> str:
    """Return the anchor of the first of a page's footnotes when an element holds them, else nothing."""
    if (
        tag in {"aside", "div", "section"}
        and node.attributes.get("role") != "doc-footnote"
        and not FOOTNOTES.isdisjoint((node.attributes.get("class") or "").split())
    ):
        first = node.css_first("li[id], aside[id]")
        return (first.id if first is not None else None) or ""
    return ""


def is_contents(node: LexborNode, tag: str) -> bool:
    """Tell whether an element is a table of contents: a list of links within the page, or links that are called one."""
    is_called = has_class(node, CONTENTS_CLASS)
    if not is_called and tag not in {"ul", "ol", "menu"}:
        return False
    links = [link for link in node.css("a[href]" if is_called else 'a[href^="#"]') if not is_permalink(link)]
    share = 0.6 if is_called else 0.9
    return bool(links) and sum(len(words_of(link).split()) for link in links) >= share * len(words_of(node).split())


def hidden_title(node: LexborNode) -> str:
    """Return the title of a box that is hidden from screen readers, which get it by a label, or nothing."""
    label = tidy(node.attributes.get("aria-label") or "")
    shown = node.css_first("[aria-hidden=true]")
    return label if label and shown is not None and tidy(shown.text()).lower() == label.lower() else ""


def anchor_of(heading: LexborNode) -> str:
    """Return a heading's anchor: its own, its permalink's, or that of the section it opens."""
    if heading.id:
        return heading.id
    # A link with words may lead back to where the table of contents names the heading.
    for node in sorted(heading.css("a[href^='#'], a[id], a[name]"), key=is_permalink, reverse=True):
        attributes = node.attributes
        href = attributes.get("href") or ""
        if attributes.get("role") == "doc-backlink" or "toc-backref" in (attributes.get("class") or "").split():
            continue
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


def words_of(node: LexborNode) -> str:
    """Return an element's words on one line."""
    return linked_words_of(node).text


def heading_words(node: LexborNode) -> str:
    """Return a heading's words on one line, without the marks beside them."""
    parts: list[str] = []
    _gather(node, parts, 0, BADGE_CLASS)
    return linked_text("".join(parts)).text


def linked_words_of(node: LexborNode) -> LinkedText:
    """Return an element's words on one line, with their links."""
    parts: list[str] = []
    _gather(node, parts, 0)
    return linked_text("".join(parts))


def _gather(node: LexborNode, parts: list[str], depth: int, dropped: re.Pattern[str] | None = None) -> None:
    for child in children(node):
        tag = child.tag or ""
        if tag == "-text":
            parts.append(child.text_content or "")
        elif tag == "code":
            parts.append(code_of(child))
        elif tag == "br":
            parts.append(" ")
        elif (
            is_dropped(child, tag)
            or is_footnote_mark(child)
            or is_permalink(child)
            or (dropped is not None and has_class(child, dropped))
        ):
            continue
        elif depth < MAX_DEPTH:
            inline = tag in INLINE
            start = link_start(child) if tag == "a" else ""
            parts.append(start if inline else " ")
            _gather(child, parts, depth + 1, dropped)
            parts.append((LINK_END if start else "") if inline else " ")


def link_start(node: LexborNode) -> str:
    """Return the mark that begins a link in what is gathered, or nothing for what is no link."""
    href = node.attributes.get("href")
    return f"\ud800{href}\ud801" if href and node.tag == "a" else ""


def linked_text(gathered: str) -> LinkedText:
    """Return what was gathered as text on one line, its marks of links taken out; the first of nested links holds."""
    if LINK_END not in gathered:
        return LinkedText(tidy(gathered))
    gathered = UNSEEN.sub("", gathered)
    # The words, how long they are, and whether a space is to follow them before the next.
    parts, length, is_apart = list[str](), 0, False
    links, opened, end = list[LinkSpan](), list[tuple[int, str]](), 0
    for mark in itertools.chain(LINK_MARK.finditer(gathered), [None]):
        piece = gathered[end : mark.start() if mark else None]
        if words := " ".join(piece.split()):
            if length and (is_apart or piece[0].isspace()):
                words = f" {words}"
            parts.append(words)
            length += len(words)
            is_apart = piece[-1].isspace()
        else:
            is_apart = is_apart or bool(piece)
        if mark is None:
            break
        end = mark.end()
        if mark[0] != LINK_END:
            # What it begins with may be the space.
            opened.append((length, mark[1]))
        elif opened:
            start, href = opened.pop()
            if not opened and start < length:
                links.append(LinkSpan(start, length, href))
    text = "".join(parts)
    return LinkedText(text, tuple(LinkSpan(start + (text[start] == " "), stop, href) for start, stop, href in links))


def code_of(node: LexborNode) -> str:
    """Return code within a line, marked as Markdown marks it; it is a link when it is nothing but one."""
    text = tidy(node.text())
    if not text:
        return ""
    marked = f"`` {text} ``" if "`" in text else f"`{text}`"
    inner = node.first_child
    start = link_start(inner) if inner is not None and inner.next is None else ""
    return f"{start}{marked}{LINK_END}" if start else marked


def tidy(text: str) -> str:
    """Return text on one line, without what nobody sees."""
    return " ".join(UNSEEN.sub("", text).split())
