"""kramdown in, as Jekyll reads Markdown: a page becomes HTML under the ids that kramdown gives to headings.

Its source, with every rule followed here, is https://github.com/gettalong/kramdown and kramdown-parser-gfm.
"""

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import unescape

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType

from chatkit.ingest.readers.anchors import github_slug
from chatkit.ingest.readers.kramdown.blocks import ATTRIBUTES, add_block_rules, attributes_of
from chatkit.ingest.readers.kramdown.html import IN_HTML
from chatkit.ingest.readers.kramdown.lists import with_indented_items
from chatkit.ingest.readers.kramdown.typography import quote, symbol

HEADING_ID = re.compile(r"[\t ]+\{#([A-Za-z_:][\w:.-]*)\}\Z")
# Attributes are no longer than this: what stays open would else be looked through again and again.
SPAN_EXTENSION = re.compile(r"\{::(\w+)(?:\s(?:\\\}|[^}]){0,200}?)?(/)?\}|\{:/\w{0,50}\}")
SPAN_ATTRIBUTES = re.compile(r"\{:(?:\\\}|[^}]){1,200}\}")
FOOTNOTE_MARK = re.compile(r"\[\^(\w[\w-]*)\]")
TASK = re.compile(r"\s*\[[ xX]\]\s+")
# Elements within a line whose words are no Markdown.
OPAQUE = re.compile(r"(<(code|kbd|samp|var)(?:\s[^<>]*)?>)([^<>]*)(</\2\s*>)", re.I)
# kramdown takes an address with spaces, CommonMark does not.
SPACED_LINK = re.compile(r"\[([^\[\]\n]{1,1000})\]\(([^()<>\n\"]{1,1000}?)(?:\s+(?:\"[^\"\n]*\"|'[^'\n]*'))?\s*\)")
MATH = "$$"
# All that a rule of kramdown or of Markdown may begin with; anything else is text.
PLAIN_TEXT = re.compile(
    r"(?:[^\n$&*<>\[\\\]_`{~!\"'.\- ]+|\.(?!\.)|-(?!-)|!(?!\[)|\$(?!\$)|\{(?!:)|~(?!~)|[ ]+(?![\n>]|\Z))+"
)


@dataclass(frozen=True)
class KramdownOptions:
    """What a site may configure of kramdown that decides ids and words."""

    is_gfm: bool = True
    auto_ids: bool = True
    auto_id_prefix: str = ""
    parse_block_html: bool = False


DEFAULT_OPTIONS = KramdownOptions()


def to_html(body: str, options: KramdownOptions = DEFAULT_OPTIONS) -> str:
    """Return a page as HTML, its headings under their ids, its footnotes at the end."""
    using = _parser()
    env: EnvType = {
        "footnotes": {},
        "references": {},
        "referred": [],
        "closing_fences": {},
        "parse_block_html": options.parse_block_html,
    }
    tokens = using.parse(with_indented_items(body), env)
    _tidy_headings(tokens)
    tokens = _with_attributes(tokens, env)
    _set_ids(tokens, options)
    return str(using.renderer.render(tokens, using.options, env)) + _footnotes(using, env)


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    """Return a parser of CommonMark with kramdown's rules in the place of those that differ."""
    made = MarkdownIt("commonmark", {"html": True}).enable("strikethrough")
    add_block_rules(made)
    made.inline.ruler.at("text", _text)
    made.inline.ruler.before("link", "kramdown_footnote_mark", _footnote_mark)
    made.inline.ruler.before("link", "kramdown_span", _span_extension)
    made.inline.ruler.before("link", "kramdown_math", _math)
    made.inline.ruler.before("link", "kramdown_quote", quote)
    made.inline.ruler.after("link", "kramdown_spaced_link", _spaced_link)
    made.inline.ruler.before("autolink", "kramdown_opaque", _opaque_element)
    made.inline.ruler.before("autolink", "kramdown_symbol", symbol)
    made.add_render_rule(ATTRIBUTES, lambda *_: "")
    return made


def _text(state: StateInline, silent: bool) -> bool:
    found = PLAIN_TEXT.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        state.pending += found.group()
    state.pos = found.end()
    return True


def _span_extension(state: StateInline, silent: bool) -> bool:
    """Leave out `{:.class}`, `{::comment}…{:/}` and the like; of `{::nomarkdown}` what it holds is HTML."""
    if not state.src.startswith("{:", state.pos):
        return False
    if found := SPAN_EXTENSION.match(state.src, state.pos, state.posMax):
        stop, inner = found.end(), ""
        if found[1] and not found[2]:
            closing = state.src.find("{:/", stop, state.posMax)
            end = state.src.find("}", closing, state.posMax) if closing >= 0 else -1
            if end >= 0:
                inner, stop = state.src[stop:closing], end + 1
        if not silent and found[1] == "nomarkdown":
            state.push("html_inline", "", 0).content = inner
    elif found := SPAN_ATTRIBUTES.match(state.src, state.pos, state.posMax):
        stop = found.end()
        # Behind words it belongs to nothing: kramdown shows it, and makes the heading's id of it.
        if not silent and state.pending.strip():
            state.push(ATTRIBUTES, "", 0).content = found.group()
    else:
        return False
    state.pos = stop
    return True


def _opaque_element(state: StateInline, silent: bool) -> bool:
    found = OPAQUE.match(state.src, state.pos, state.posMax) if state.src[state.pos] == "<" else None
    if found is None:
        return False
    if not silent:
        state.push("html_inline", "", 0).content = found[1]
        state.push("text", "", 0).content = unescape(found[3])
        state.push("html_inline", "", 0).content = found[4]
    state.pos = found.end()
    return True


def _spaced_link(state: StateInline, silent: bool) -> bool:
    found = SPACED_LINK.match(state.src, state.pos, state.posMax) if state.src[state.pos] == "[" else None
    if found is None:
        return False
    if not silent:
        state.push("link_open", "a", 1).attrs = {"href": state.md.normalizeLink(found[2].strip())}
        limit, state.pos, state.posMax = state.posMax, found.start(1), found.end(1)
        state.md.inline.tokenize(state)
        state.posMax = limit
        state.push("link_close", "a", -1)
    state.pos = found.end()
    return True


def _math(state: StateInline, silent: bool) -> bool:
    """Take a formula between `$$` as it stands, in the marks that MathJax looks for."""
    if not state.src.startswith(MATH, state.pos):
        return False
    stop = state.src.find(MATH, state.pos + 2, state.posMax)
    if stop < 0:
        return False
    if not silent:
        state.push("text", "", 0).content = rf"\({state.src[state.pos + 2 : stop].strip()}\)"
    state.pos = stop + 2
    return True


def _footnote_mark(state: StateInline, silent: bool) -> bool:
    found = FOOTNOTE_MARK.match(state.src, state.pos, state.posMax)
    if found is None or found[1] not in state.env["footnotes"]:
        return False
    if not silent and found[1] not in state.env["referred"]:
        state.env["referred"].append(found[1])
    state.pos = found.end()
    return True


def _footnotes(using: MarkdownIt, env: EnvType) -> str:
    """Return the footnotes that the page refers to, in the order in which it does."""
    items = []
    # A footnote may refer to another, which then is appended.
    for name in env["referred"]:
        tokens: list[Token] = env["footnotes"][name]
        for token in tokens:
            if token.type == "inline":
                token.children = []
                using.inline.parse(token.content, using, env, token.children)
        shown = using.renderer.render(_with_attributes(tokens, env), using.options, env)
        items.append(f'<li id="fn:{name}">{shown}</li>')
    return f'<div class="footnotes"><ol>{"".join(items)}</ol></div>' if items else ""


def _tidy_headings(tokens: Sequence[Token]) -> None:
    """Take the id that a heading names itself, and the mark of a task, out of their text."""
    for opening, inline in itertools.pairwise(tokens):
        last = inline.children[-1] if inline.type == "inline" and inline.children else None
        if opening.type == "heading_open" and last is not None and (found := HEADING_ID.search(last.content)):
            last.content = last.content[: found.start()]
            opening.attrSet("id", found[1])
        elif opening.type == "ordered_list_open":
            # Whatever number a list begins with, it is shown from one on.
            opening.attrs.pop("start", None)
        elif opening.type == "paragraph_open" and opening.level and inline.children:
            first = inline.children[0]
            first.content = TASK.sub("", first.content, count=1) if first.type == "text" else first.content


def _with_attributes(tokens: Iterable[Token], env: EnvType) -> list[Token]:
    """Return the tokens with the attributes of blocks applied: ids set, lists that stand for contents left out."""
    kept = list[Token]()
    opened = list[int]()
    # By level, where the last block of its container begins.
    previous = dict[int, int]()
    waiting = dict[str, str]()
    for token in tokens:
        if token.type == ATTRIBUTES:
            found = attributes_of(token.content, env["references"])
            start = previous.get(token.level) if token.meta.get("follows") else None
            if start is None:
                waiting |= found
            elif "toc" in found:
                del kept[start:]
                del previous[token.level]
            else:
                _apply(kept[start], found)
            continue
        if token.nesting >= 0 and token.type != "inline":
            if waiting:
                token.meta["contents"] = "toc" in waiting
                _apply(token, waiting)
                waiting = {}
            previous[token.level] = len(kept)
            if token.nesting == 1:
                opened.append(len(kept))
                previous.pop(token.level + 1, None)
        kept.append(token)
        if token.nesting < 0:
            start = opened.pop()
            previous[token.level] = start
            if kept[start].meta.get("contents"):
                del kept[start:]
                del previous[token.level]
    return kept


def _apply(token: Token, found: dict[str, str]) -> None:
    if token.type == "heading_open" and "id" in found:
        token.attrSet("id", found["id"])


def _set_ids(tokens: Sequence[Token], options: KramdownOptions) -> None:
    """Give each heading without one the id that kramdown makes of its text."""
    gfm, plain = Counter[str](), Counter[str]()
    for opening, inline in itertools.pairwise(tokens):
        if opening.type != "heading_open" or opening.attrGet("id") is not None or not options.auto_ids:
            continue
        text = _heading_text(inline)
        # The parser of GitHub's dialect does not look into elements of HTML.
        if options.is_gfm and not opening.meta.get(IN_HTML):
            base, seen = github_slug(text.replace("\t", " ")), gfm
        else:
            base, seen = _plain_id(text), plain
        opening.attrSet("id", options.auto_id_prefix + base + (f"-{seen[base]}" if seen[base] else ""))
        seen[base] += 1


def _plain_id(text: str) -> str:
    kept = re.sub(r"[^a-zA-Z0-9 -]", "", re.sub(r"^[^a-zA-Z]+", "", text))
    return kept.replace(" ", "-").lower() or "section"


def _heading_text(inline: Token) -> str:
    """Return the text that a heading's id is made of: words, code and formulas, no images and no tags."""
    kinds = {"text", "code_inline", ATTRIBUTES}
    return "".join(child.content for child in inline.children or [] if child.type in kinds)
