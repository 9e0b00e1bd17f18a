"""HTML in: the main content of a page, without what surrounds it, under its real anchors."""

import re
from dataclasses import dataclass, replace

from selectolax.lexbor import LexborHTMLParser, LexborNode

from chatkit.ingest.document import Document, Section, language_tag, title_of
from chatkit.ingest.readers.html import apart
from chatkit.ingest.readers.html.blocks import sections_of
from chatkit.ingest.readers.html.cost import is_bounded
from chatkit.ingest.readers.html.dom import is_within_code, tidy, words_of

TEMPLATE = "{% "
# The page that says it is the index itself, that of modules, and the source of one.
GENERATED_INDEX = 'link[rel="index"][href="#"], .modindex-jumpbox, .viewcode-back, .viewcode-block'
MAIN = ("[role=main]", "main", "article")
# Where a page sends its readers at once, or after some seconds.
REFRESH = re.compile(r"[\d.\s]*+[;,]?\s*+url\s*+=\s*+['\"]?([^'\"]+)", re.I)

# What a page says until its scripts have filled it, and the address to which a script leads its readers at once.
PLACEHOLDER = re.compile(
    r"(?:loading|please wait)\W*|(?:.{0,150}\W)?(?:enable|without) javascript\b.{0,150}|redirecting\b.{0,200}", re.I
)
SCRIPT_TARGET = re.compile(r"\blocation(?:\.href)?\s*(?:=|\.(?:replace|assign)\()\s*[\"']([^\"'\s]+)[\"']")


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
    # Whether Sphinx made it of other pages: its index of words or modules, or the source of a module.
    is_generated_index: bool


def read_page(html: str, fallback_title: str) -> tuple[Head, Document]:
    """Read a whole page: its main content is the element that says so, or its body.

    Raises ``TooComplexError`` for what no parser reads in time.
    """
    return _read(html, fallback_title) if is_bounded(html) else apart.call(_read, html, fallback_title)


def _read(html: str, fallback_title: str) -> tuple[Head, Document]:
    tree = LexborHTMLParser(html)
    head = _head(tree, html)
    sections = sections_of(_main(tree))
    blocks = [block for section in sections for block in section.blocks]
    if len(blocks) == 1 and PLACEHOLDER.fullmatch(blocks[0].body):
        blocks, sections = [], ()
    if not blocks and head.refresh is None:
        head = replace(head, refresh=_script_target(tree))
    return head, Document(title_of(sections, None, head.title or fallback_title), sections, head.language)


def read_sections(html: str) -> tuple[Section, ...]:
    """Read HTML that is nothing but content, such as a page without its frame; raises as ``read_page`` does."""
    return _content(html) if is_bounded(html) else apart.call(_content, html)


def _content(html: str) -> tuple[Section, ...]:
    return sections_of(LexborHTMLParser(html).body)


def _main(tree: LexborHTMLParser) -> LexborNode | None:
    for selector in MAIN:
        found = tree.css(selector)
        if found and (selector != "article" or (len(found) == 1 and _is_whole(found[0], tree.body))):
            articles = found[0].css("article")
            return articles[0] if len(articles) == 1 and _is_whole(articles[0], found[0]) else found[0]
    for surrounding in tree.css("header, body > aside"):
        if surrounding.css_first("nav") is not None or surrounding.parent == tree.body:
            surrounding.decompose()
    titles = tree.css("h1")
    if len(titles) > 1 and _leads_elsewhere(titles[0]):
        # The site's title, which links to its first page.
        titles[0].decompose()
    return tree.body


def _is_whole(article: LexborNode, page: LexborNode | None) -> bool:
    """Tell whether an article is what a page is about, and not one box of several things on it."""
    if article.css_first("h1") is not None:
        return True
    if page is None or page.css_first("h1") is not None:
        return False
    return article.css_first("h2") is not None or 2 * len(words_of(article)) > len(words_of(page))


def refresh_target(content: str | None) -> str | None:
    """Return where a page is said to go on after some seconds, in its head or in a header of its answer."""
    found = REFRESH.match(content or "")
    return found.group(1).strip() if found else None


def _is_without_scripts(node: LexborNode) -> bool:
    return node.parent is not None and node.parent.tag == "noscript"


def _script_target(tree: LexborHTMLParser) -> str | None:
    """Return the address to which a page's script leads its readers at once, or None."""
    found = (SCRIPT_TARGET.search(script.text()) for script in tree.css("script:not([src])"))
    return next((target[1] for target in found if target is not None), None)


def _leads_elsewhere(heading: LexborNode) -> bool:
    link = heading.css_first("a[href]:not([href^='#'])")
    return link is not None and words_of(link) == words_of(heading)


def _head(tree: LexborHTMLParser, html: str) -> Head:
    title = tree.css_first("head > title")
    canonical = tree.css_first('link[rel="canonical"]')
    base = tree.css_first("base[href]")
    refresh = [
        refresh_target(node.attributes.get("content"))
        for node in tree.css("meta[http-equiv]")
        if (node.attributes.get("http-equiv") or "").lower() == "refresh" and not _is_without_scripts(node)
    ]
    robots = [node.attributes.get("content") or "" for node in tree.css('meta[name="robots"], meta[name="chatkit"]')]
    return Head(
        (tidy(title.text()) or None) if title else None,
        language_tag(tree.root.attributes.get("lang")) if tree.root is not None else None,
        canonical.attributes.get("href") if canonical else None,
        ",".join(robots).lower(),
        tuple(href for node in tree.css("a[href]") if (href := node.attributes.get("href"))),
        base.attributes.get("href") if base else None,
        next(filter(None, refresh), None),
        _is_template(tree, html),
        tree.css_first(GENERATED_INDEX) is not None,
    )


def _is_template(tree: LexborHTMLParser, html: str) -> bool:
    """Tell whether a page is one that others are made of; a page that shows what these hold has it within code."""
    if (marks := html.count(TEMPLATE)) == 0:
        return False
    shown = (code.html or "" for code in tree.css("pre, code") if not is_within_code(code))
    return marks > sum(code.count(TEMPLATE) for code in shown)
