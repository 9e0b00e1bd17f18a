"""Markdown in: a page becomes HTML with anchors, or sections under the same anchors."""

import itertools
import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from chatkit.ingest.document import Document
from chatkit.ingest.readers import front_matter
from chatkit.ingest.readers.anchors import Slugger, plain_slugger, split_custom_id
from chatkit.ingest.readers.html.page import read_sections

BOX = re.compile(r'(?:!!!|\?\?\?\+?)\s+[\w-]+(?:\s+[\w-]+)*?(?:\s+"(?P<title>.*)")?\s*$|===[+!]?\s+"(?P<tab>.+)"\s*$')
BOX_INDENT = 4
COLONS = re.compile(r":{3,}\s*(?:[\w-]+(?:\s*\[(?P<label>.*)\]|\s+(?P<title>[^{]+?))?\s*(?:\{.*\})?)?\s*$")
# A footnote, and where it is referred to.
NOTE = re.compile(r"\[\^([^\[\]\s]+)\]:[ \t]*")
NOTES = re.compile(rf"^[ \t>]*{NOTE.pattern}", re.M)
NOTE_MARK = re.compile(r"\[\^([^\[\]\s]+)\]")
# Such a block needs no blank line before it.
INTERRUPTS: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
TAG = re.compile(r"<[^>]+>")
# Also behind spaces and control characters, which browsers pass over.
FOLLOWED_SCHEMES = {"http", "https", "mailto"}
SCHEME = re.compile(r"[\x00-\x20]*([A-Za-z][A-Za-z0-9+.-]*):")


class _SafeLinks(MarkdownIt):
    """Makes links of what may be followed, and leaves the rest as text."""

    def validateLink(self, url: str) -> bool:  # noqa: N802  (markdown-it's name)
        """Tell whether a link, written in Markdown, becomes one."""
        scheme = SCHEME.match(url)
        return scheme is None or scheme[1].lower() in FOLLOWED_SCHEMES


def parser(raw_html: bool, kind: type[MarkdownIt] = MarkdownIt) -> MarkdownIt:
    """Return a parser of CommonMark, and of what generators add: tables, boxes of advice, footnotes, struck words."""
    made = kind("commonmark", {"html": raw_html}).enable(["table", "strikethrough"])
    made.block.ruler.before("fence", "indented_box", _indented_box, INTERRUPTS)
    made.block.ruler.before("fence", "colons", _colons, INTERRUPTS)
    made.block.ruler.before("fence", "footnote", _footnote, INTERRUPTS)
    made.inline.ruler.before("link", "footnote_mark", _footnote_mark)
    return made


@lru_cache(maxsize=1)
def _index_parser() -> MarkdownIt:
    """Return the parser of what is indexed: tags mean what they mean."""
    return parser(raw_html=True)


@lru_cache(maxsize=1)
def _display_parser() -> MarkdownIt:
    """Return the parser of what is shown here: who writes a page need not be who runs the server."""
    return parser(raw_html=False, kind=_SafeLinks)


def parse(text: str, fallback_title: str) -> Document:
    """Parse a page. Its title is the front matter's, else its first heading's, else ``fallback_title``."""
    metadata, body = front_matter.split(text)
    sections = read_sections(to_html(_index_parser(), body, plain_slugger(), text_of=_plain_text))
    return front_matter.document(metadata, sections, fallback_title)


def render(text: str) -> str:
    """Return a page as HTML, its headings carrying the anchors that ``parse`` reports."""
    return to_html(_display_parser(), front_matter.split(text)[1], plain_slugger(), text_of=_plain_text)


def to_html(
    using: MarkdownIt,
    body: str,
    slugger: Slugger,
    anchorless: Sequence[str] = (),
    has_custom_ids: bool = True,
    text_of: Callable[[Token], str] | None = None,
) -> str:
    """Return Markdown as HTML with an id on each heading, except on those whose tag is in ``anchorless``.

    ``has_custom_ids`` says whether `{#id}` behind a heading is its id; any other is made of what ``text_of`` returns,
    which is ``heading_text`` unless told otherwise.
    """
    tokens = using.parse(body, {"notes": frozenset(NOTES.findall(body))})
    for opening, inline in itertools.pairwise(tokens):
        if opening.type == "heading_open":
            custom = _take_custom_id(inline) if has_custom_ids else None
            anchor = custom or slugger((text_of or heading_text)(inline))
            if opening.tag not in anchorless:
                opening.attrSet("id", anchor)
    return str(using.renderer.render(tokens, using.options, {}))


def heading_text(inline: Token, has_images: bool = True, has_tags: bool = False) -> str:
    """Return the text that a heading's anchor is made of: no marks and no tags, but code as it stands.

    ``has_images`` says whether it has what stands for images, ``has_tags`` whether tags are found only in its text.
    """
    parts = []
    for child in inline.children or []:
        if child.type in {"softbreak", "hardbreak"}:
            parts.append("\n")
        elif child.type == "code_inline":
            parts.append(child.content)
        elif child.type in {"text", "mdx_expression"} or (has_images and child.type == "image"):
            parts.append(TAG.sub("", child.content) if has_tags else child.content)
    return "".join(parts)


def _plain_text(inline: Token) -> str:
    """Return a heading's text, in which tags stand as text where they mean nothing, as in what is shown here."""
    return heading_text(inline, has_tags=True)


def paragraph(state: StateBlock, text: str, line: int) -> None:
    """Add a paragraph that no line of the source is."""
    state.push("paragraph_open", "p", 1).map = [line, line + 1]
    inline = state.push("inline", "", 0)
    inline.content, inline.map, inline.children = text, [line, line + 1], []
    state.push("paragraph_close", "p", -1)


def _take_custom_id(inline: Token) -> str | None:
    last = inline.children[-1] if inline.children else None
    if last is None:
        return None
    comment = last.type == "mdx_expression"
    words, anchor = split_custom_id(f"{{{last.content}}}" if comment else last.content)
    if anchor is not None:
        last.content = words
    return anchor


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


def _indented_box(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read `!!! note "Title"`, `??? note` and `=== "Tab"`: what is indented below is Markdown."""
    if state.is_code_block(start) or (match := BOX.match(_line(state, start))) is None:
        return False
    if silent:
        return True
    announced = match["title"] or (f"{match['tab']}:" if match["tab"] else "")
    if announced:
        paragraph(state, announced, start)
    _indented(state, start, start + 1, end)
    return True


def _footnote(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read `[^1]: Words` as a paragraph where it stands, and what is indented below it."""
    if state.is_code_block(start) or (match := NOTE.match(_line(state, start))) is None:
        return False
    if silent:
        return True
    lines, number = [_line(state, start)[match.end() :]], start + 1
    interrupting = state.md.block.ruler.getRules("paragraph")
    while number < end and not state.isEmpty(number):
        if any(interrupts(state, number, end, True) for interrupts in interrupting):
            break
        lines.append(_line(state, number))
        number += 1
    # Where it begins and ends, for those who put it elsewhere.
    opening = state.push("footnote_open", "", 1)
    opening.content, opening.hidden = match[1], True
    paragraph(state, "\n".join(lines).strip(), start)
    _indented(state, start, number, end)
    state.push("footnote_close", "", -1).hidden = True
    return True


def _footnote_mark(state: StateInline, silent: bool) -> bool:
    """Leave out `[^1]` where there is such a footnote."""
    match = NOTE_MARK.match(state.src, state.pos, state.posMax)
    if match is None or match[1] not in state.env["notes"]:
        return False
    if not silent:
        state.env.setdefault("referred_notes", []).append(match[1])
    state.pos = match.end()
    return True


def _indented(state: StateBlock, start: int, first: int, end: int) -> None:
    """Read what is indented below a line, from line ``first`` on, as Markdown."""
    inside, last = state.sCount[start] + BOX_INDENT, first - 1
    for number in range(first, end):
        if state.isEmpty(number):
            continue
        if state.sCount[number] < inside:
            break
        last = number
    outer, bottom, parent = state.blkIndent, state.lineMax, state.parentType
    state.blkIndent, state.lineMax, state.parentType = inside, last + 1, "container"
    state.md.block.tokenize(state, first, last + 1)
    state.blkIndent, state.lineMax, state.parentType = outer, bottom, parent
    state.line = last + 1


def _colons(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read the lines `:::tip Title` and `:::`, which open and close a box; what is between is Markdown anyway."""
    if state.is_code_block(start) or (match := COLONS.match(_line(state, start))) is None:
        return False
    if not silent:
        if title := match["label"] or match["title"]:
            paragraph(state, title, start)
        state.line = start + 1
    return True
