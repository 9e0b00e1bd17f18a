"""The anchors that Nextra gives to a page's headings, and to what else takes one from them."""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from chatkit.ingest.readers.anchors import github_slugger, split_custom_id
from chatkit.ingest.readers.markdown import NOTES
from chatkit.ingest.readers.mdx import TAB_NAMED, make_parser
from chatkit.ingest.readers.smartypants import use_smartypants

OWN_ID = re.compile(r"\s*\[#([^\]]+)\]\s*$")
BREAKS, WORDS = {"softbreak", "hardbreak"}, {"text", "text_special", "code_inline", "mdx_expression"}
SUMMARY = "<summary"


def to_html(body: str, has_tab_anchors: bool) -> tuple[str, str]:
    """Return a page's first heading of the first level, or nothing, and its HTML with an id on each heading below.

    Where ``has_tab_anchors``, tabs and summaries take anchors too, which no heading has then.
    """
    using = _parser()
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
        elif has_tab_anchors and (name := opening.meta.get(TAB_NAMED) or inline.meta.get("summary")):
            slug(name)
    return title, str(using.renderer.render(tokens, using.options, {}))


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    made = use_smartypants(make_parser())
    # Before quotes and dashes are replaced.
    made.core.ruler.after("inline", "nextra_headings", _note)
    return made


def _note(state: StateCore) -> None:
    """Note what the anchors are made of, and take out the ids that headings have of their own."""
    for opening, inline in pairwise(state.tokens):
        if inline.type != "inline" or not inline.children:
            continue
        if opening.type == "heading_open":
            last = inline.children[-1]
            last.content, anchor = split_custom_id(last.content)
            if last.type == "text" and (own := OWN_ID.search(last.content)):
                last.content, anchor = last.content[: own.start()], own[1]
            inline.meta |= {"id": anchor, "words": _words(inline.children)}
        else:
            names = [child.content.startswith(SUMMARY) for child in inline.children]
            if any(names):
                inline.meta["summary"] = _words(inline.children[names.index(True) :])


def _words(children: Sequence[Token]) -> str:
    return "".join(child.content if child.type in WORDS else "\n" if child.type in BREAKS else "" for child in children)
