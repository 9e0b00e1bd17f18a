"""Markdown as Hugo's goldmark renders it: its anchors, attributes, definitions and typography."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from html import escape
from itertools import pairwise
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.footnote.index import footnote_ref
from pymdownx import gemoji_db

from chatkit.ingest.readers.hugo import typographer
from chatkit.ingest.readers.hugo.goldmark_ids import heading_slug, plain_text
from chatkit.ingest.readers.markdown import INTERRUPTS

_ATTRIBUTE = r"""(?:[#.][^\s{}"'=]+|[A-Za-z_:][\w:.-]*=(?:"[^"{}]*"|'[^'{}]*'|[^\s{}"',]+))"""
ATTRIBUTES = re.compile(rf"[ \t]*\{{[ \t]*({_ATTRIBUTE}(?:[ \t,]+{_ATTRIBUTE})*)[ \t]*\}}[ \t]*\Z")
ATTRIBUTE_LINE = re.compile(rf" {{0,3}}\{{[ \t]*{_ATTRIBUTE}(?:[ \t,]+{_ATTRIBUTE})*[ \t]*\}}[ \t]*\Z")
OWN_ID = re.compile(r"""(?:\A|[ \t,])(?:#([^\s{}"'=]+)|id=["']?([^\s"',]+))""")
TASK = re.compile(r"\[[ xX]\][ \t]+")
FILE_NAME = re.compile(r"""\b(?:filename|file|title)=["']([^"']+)["']""")
# No name of a footnote is longer, so what is not closed costs little.
FOOTNOTE_MARK = re.compile(r"\[\^[^\s\[\]]{1,200}\]")
EMOJI = re.compile(r":[a-z0-9_+-]{1,60}:")
# What stands for a shortcode's output until the page is HTML, as Hugo itself has it.
PLACEHOLDER = re.compile(r"HAHAHUGOSHORTCODEs\d+[a-z]?HBHB")


@dataclass(frozen=True)
class Goldmark:
    """What a site's configuration says of its Markdown; ``term_ids`` says that terms of definitions have ids too.

    ``reads_source`` are the anchors of Hugo before 0.145: they are made of a heading's Markdown, links and tags in it.
    """

    id_type: str = "github"
    has_ids: bool = True
    reads_source: bool = True
    term_ids: bool = False
    raw_html: bool = False
    block_attributes: bool = False
    # What is set for dashes, dots and quotes; nothing where they stay as they are.
    signs: Mapping[str, str] = field(default_factory=lambda: typographer.SIGNS)
    emoji: bool = False

    # What stands between these is no Markdown, such as formulas: what opens it, and what closes it.
    verbatim: tuple[tuple[str, str], ...] = ()

    def __getstate__(self) -> dict[str, Any]:
        """Leave the parser behind, which cannot be pickled; another process makes its own."""
        return {name: value for name, value in vars(self).items() if name != "_parser"}

    def to_html(self, text: str) -> str:
        """Return Markdown as HTML with the ids that goldmark gives to headings; tags are left out unless allowed."""
        if self.emoji and self.reads_source:
            text = EMOJI.sub(_emoji, text)
        tokens = self._parser.parse(text)
        self._add_ids(tokens)
        for at, token in enumerate(tokens):
            self._finish(token.children or [], at > 1 and tokens[at - 2].type == "list_item_open")
        return str(self._parser.renderer.render(tokens, self._parser.options, {}))

    @cached_property
    def _parser(self) -> MarkdownIt:
        made = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
        made.use(footnote_plugin, inline=False).use(deflist_plugin)
        made.inline.ruler.at("footnote_ref", _footnote_mark)
        made.core.ruler.before("inline", "heading_attributes", _take_heading_attributes)
        made.inline.ruler.before("escape", "verbatim", partial(_verbatim, self.verbatim))
        made.add_render_rule("verbatim", _escaped)
        for name in ("footnote_ref", "footnote_anchor"):
            made.add_render_rule(name, _nothing)
        made.add_render_rule("fence", _fence)
        made.add_render_rule("footnote_open", _footnote_open)
        made.add_render_rule("footnote_block_open", lambda *_: '<div class="footnotes" role="doc-endnotes"><ol>\n')
        made.add_render_rule("footnote_block_close", lambda *_: "</ol></div>\n")
        if self.block_attributes:
            made.block.ruler.before("fence", "attributes", _attributes, INTERRUPTS)
        if not self.raw_html:
            made.add_render_rule("html_block", _nothing)
            made.add_render_rule("html_inline", _nothing)
        return made

    def _finish(self, children: list[Token], is_item: bool) -> None:
        """Make of text what readers see."""
        if children and (task := TASK.match(children[0].content)):
            children[0].content = children[0].content[task.end() :] if is_item else children[0].content
        if self.emoji:
            for token in children:
                token.content = EMOJI.sub(_emoji, token.content) if token.type == "text" else token.content
        if self.signs:
            typographer.replace(children, self.signs)

    def _add_ids(self, tokens: list[Token]) -> None:
        seen = dict[str, int]()
        for opening, inline in pairwise(tokens):
            is_heading = opening.type == "heading_open"
            if not is_heading and not (self.term_ids and opening.type == "dt_open"):
                continue
            anchor = inline.meta.get("id")
            if anchor is not None:
                seen.setdefault(anchor, 0)
            elif self.has_ids or not is_heading:
                anchor = self._anchor(inline, seen, "heading" if is_heading else "term")
            if anchor:
                opening.attrSet("id", anchor)

    def _anchor(self, inline: Token, seen: dict[str, int], fallback: str) -> str | None:
        words = (inline.content if self.reads_source else plain_text(inline, self.signs)).rpartition("\n")[2]
        if not self.reads_source and (not words.strip() or PLACEHOLDER.search(words)):
            # A newer Hugo's stand-in for a shortcode has a number that only Hugo knows.
            return None
        base = anchor = heading_slug(words, self.id_type) or fallback
        while anchor in seen:
            seen[base] += 1
            anchor = f"{base}-{seen[base]}"
        seen[anchor] = 0
        return anchor


def _take_heading_attributes(state: StateCore) -> None:
    """Take `{#id .class key=value}` off the ends of headings, before they are parsed."""
    for opening, inline in pairwise(state.tokens):
        if opening.type == "heading_open" and (found := ATTRIBUTES.search(inline.content)):
            inline.content = inline.content[: found.start()]
            if own := OWN_ID.search(found[1]):
                inline.meta["id"] = own[1] or own[2]


def _attributes(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Leave out a line of attributes, which the block above it has."""
    if state.is_code_block(start) or not ATTRIBUTE_LINE.match(_line(state, start)):
        return False
    if not silent:
        state.line = start + 1
    return True


def _verbatim(delimiters: Sequence[tuple[str, str]], state: StateInline, silent: bool) -> bool:
    """Take what stands between two delimiters as it is."""
    # Which of them are not closed in the rest of a text, so that it is looked through but once.
    unclosed = state.env.setdefault("unclosed", {})
    for opening, closing in delimiters:
        if not state.src.startswith(opening, state.pos) or unclosed.get(closing) is state.src:
            continue
        end = state.src.find(closing, state.pos + len(opening), state.posMax)
        if end < 0:
            unclosed[closing] = state.src
            continue
        if not silent:
            state.push("verbatim", "", 0).content = state.src[state.pos : end + len(closing)]
        state.pos = end + len(closing)
        return True
    return False


def _escaped(_: RendererHTML, tokens: Sequence[Token], index: int, *__: object) -> str:
    return escape(tokens[index].content)


def _footnote_mark(state: StateInline, silent: bool) -> bool:
    return FOOTNOTE_MARK.match(state.src, state.pos) is not None and footnote_ref(state, silent)


def _fence(_: RendererHTML, tokens: Sequence[Token], index: int, *__: object) -> str:
    """Show code below the name of its file; its options stand behind its language, in braces."""
    language, _mark, options = tokens[index].info.strip().partition("{")
    named = f' class="language-{escape(language.split()[0])}"' if language.strip() else ""
    file = FILE_NAME.search(options)
    title = f"<p>{escape(file[1])}:</p>\n" if file else ""
    return f"{title}<pre><code{named}>{escape(tokens[index].content)}</code></pre>\n"


def _footnote_open(_: RendererHTML, tokens: Sequence[Token], index: int, *__: object) -> str:
    return f'<li id="fn:{tokens[index].meta["id"] + 1}">'


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


def _emoji(found: re.Match[str]) -> str:
    """Return the emoji that has a name, as GitHub names them; any other word between colons as it stands."""
    name = gemoji_db.aliases.get(found[0], found[0])
    codes = gemoji_db.emoji.get(name, {}).get("unicode")
    return "".join(chr(int(code, 16)) for code in codes.split("-")) if codes else found[0]


def _nothing(*_: object) -> str:
    return ""
