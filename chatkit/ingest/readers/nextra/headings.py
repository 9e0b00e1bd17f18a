"""The anchors that Nextra gives to a page's headings, and to what else takes one from them."""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from chatkit.ingest.readers.anchors import github_slugger, split_custom_id
from chatkit.ingest.readers.markdown import NOTES, parser
from chatkit.ingest.readers.mdx import TAB_NAMED, make_parser
from chatkit.ingest.readers.mdx_imports import FENCED
from chatkit.ingest.readers.smartypants import use_smartypants

OWN_ID = re.compile(r"\s*\[#([^\]]+)\]\s*$")
BREAKS, WORDS = {"softbreak", "hardbreak"}, {"text", "text_special", "code_inline", "mdx_expression"}
SUMMARY = "<summary"
# What a tab holds may stand on the line of its tag.
TAB_LINE = re.compile(r"^([ \t]*)(<(?:Tabs\.)?Tab(?:\s[^<>]*)?>)(?=[ \t]*[^\s<])", re.M)
TASK = re.compile(r"\[[ xX]\]\s+")


def to_html(body: str, is_mdx: bool, has_tab_anchors: bool) -> tuple[str, str]:
    """Return a page's first heading of the first level, or nothing, and its HTML with an id on each heading below.

    Where ``has_tab_anchors``, tabs and summaries of MDX take anchors too, which no heading has then.
    """
    using = _mdx() if is_mdx else _markdown()
    if is_mdx and TAB_LINE.search(body):
        body = _with_tabs_on_lines(body)
    tokens = using.parse(body, {"notes": frozenset(NOTES.findall(body))})
    slug, title = github_slugger(), ""
    for opening, inline in pairwise(tokens):
        words, own_id = inline.meta.get("words", ""), inline.meta.get("id")
        if opening.tag == "h1" and opening.type == "heading_open":
            title = title or words
            if own_id:
                opening.attrSet("id", own_id)
        elif opening.type == "heading_open":
            opening.attrSet("id", slug(own_id or words))
        elif is_mdx and has_tab_anchors and (name := opening.meta.get(TAB_NAMED) or inline.meta.get("summary")):
            slug(name)
    return title, str(using.renderer.render(tokens, using.options, {}))


@lru_cache(maxsize=1)
def _mdx() -> MarkdownIt:
    return _with_rules(make_parser())


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    return _with_rules(parser(raw_html=True))


def _with_rules(made: MarkdownIt) -> MarkdownIt:
    use_smartypants(made)
    # Before quotes and dashes are replaced.
    made.core.ruler.after("inline", "nextra_headings", _note)
    return made


def _note(state: StateCore) -> None:
    """Note what the anchors are made of; take out the ids that headings have of their own, and the boxes of tasks."""
    for before, opening, inline in zip([None, *state.tokens], state.tokens, state.tokens[1:], strict=False):
        if inline.type != "inline" or not inline.children:
            continue
        first, last = inline.children[0], inline.children[-1]
        if opening.type == "heading_open":
            last.content, anchor = split_custom_id(last.content)
            if last.type == "text" and (own := OWN_ID.search(last.content)):
                last.content, anchor = last.content[: own.start()], own[1]
            inline.meta |= {"id": anchor, "words": _words(inline.children)}
        elif before is not None and before.type == "list_item_open" and first.type == "text":
            first.content = TASK.sub("", first.content)
        names = [child.content.startswith(SUMMARY) for child in inline.children]
        if any(names):
            inline.meta["summary"] = _words(inline.children[names.index(True) + 1 :])


def _with_tabs_on_lines(body: str) -> str:
    """Return a page on which the tag of a tab stands on a line of its own, but for what stands in code."""
    parts, end = list[str](), 0
    for block in FENCED.finditer(body):
        parts += [TAB_LINE.sub(r"\1\2\n\1", body[end : block.start()]), block[0]]
        end = block.end()
    return "".join([*parts, TAB_LINE.sub(r"\1\2\n\1", body[end:])])


def _words(children: Sequence[Token]) -> str:
    return "".join(child.content if child.type in WORDS else "\n" if child.type in BREAKS else "" for child in children)
