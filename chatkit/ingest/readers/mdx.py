"""MDX in: what JSX, expressions, imports and exports leave of a page to read."""

import re
from collections.abc import Sequence
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from chatkit.ingest.readers.markdown import INTERRUPTS, paragraph, parser

OPENS, CLOSES = "([{", ")]}"
QUOTES = "\"'`"
# No tag and no expression is longer: what stays open would else be looked through again and again.
MAX_CHARACTERS = 20_000
MODULE = re.compile(
    r"import\s*[\"'{*]|import\s+[\w$]+(?:\s*,|\s+from\s*[\"'])|"
    r"export\s*[{*]|export\s+(?:default|const|let|var|function|class|async)\b"
)
TAG_START = re.compile(r"</?(?:[A-Za-z_$][\w$.:-]*(?=[\s/>{])|(?=>))|<!--")
COMMENT_END = "-->"
# A tab's name announces what the tab holds.
TAB = "<TabItem"
TAB_NAME = re.compile(r"""\s(label|value)=(?:"([^"]*)"|'([^']*)'|\{\s*["'`]([^"'`]*)["'`]\s*\})""")
FENCE_TITLE = re.compile(r"""\stitle=(["'])(.+?)\1""")
STRING = re.compile(r"""\{\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|`((?:[^`\\$]|\\.)*)`)\s*\}""", re.S)


@lru_cache(maxsize=1)
def mdx_parser() -> MarkdownIt:
    """Return a parser of Markdown in which tags and braces are code, and indentation is not."""
    mdx = parser(raw_html=False).disable(["code", "html_block", "html_inline"])
    mdx.block.ruler.before("fence", "mdx_module", _module)
    mdx.block.ruler.before("fence", "mdx_block", _block, INTERRUPTS)
    mdx.inline.ruler.before("autolink", "mdx_expression", _expression)
    mdx.inline.ruler.after("autolink", "mdx_tag", _tag)
    mdx.add_render_rule("mdx_expression", lambda *_: "")
    mdx.add_render_rule("fence", _fence)
    return mdx


def _fence(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
    """Show the title of code above it, as the site does."""
    title = FENCE_TITLE.search(tokens[index].info)
    shown = f"<p>{escapeHtml(title[2])}:</p>\n" if title else ""
    return shown + renderer.fence(tokens, index, options, env)


def _module(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Leave out an import or export, up to the blank line after its brackets are closed."""
    if state.blkIndent or state.level or not MODULE.match(state.src, state.bMarks[start]):
        return False
    line, open_brackets = start, _balance(_line(state, start))
    while line + 1 < end and (open_brackets > 0 or not state.isEmpty(line + 1)):
        line += 1
        open_brackets += _balance(_line(state, line))
    if not silent:
        state.line = line + 1
    return True


def _block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Leave out lines that hold nothing but tags, comments and expressions, however long they are."""
    position = state.bMarks[start] + state.tShift[start]
    limit = state.eMarks[end - 1]
    tags: list[str] = []
    while True:
        stop = _end_of_code(state.src, position, limit)
        if stop is None:
            return False
        tags.append(state.src[position:stop])
        position = stop
        while position < limit and state.src[position] in " \t":
            position += 1
        if position >= limit or state.src[position] == "\n":
            break
    if silent:
        return True
    line = start + state.src.count("\n", state.bMarks[start], position)
    for tag in tags:
        if announced := _announced(tag):
            paragraph(state, announced, start)
    state.line = line + 1
    return True


def _expression(state: StateInline, silent: bool) -> bool:
    """Leave out `{expression}`, and keep the text of `{"a string"}`."""
    if state.src[state.pos] != "{" or state.src.startswith("{#", state.pos):
        return False
    stop = _end_of_braces(state.src, state.pos, state.posMax)
    if stop is None:
        return False
    if not silent:
        source = state.src[state.pos : stop]
        string = STRING.fullmatch(source)
        token = state.push("text" if string else "mdx_expression", "", 0)
        token.content = next((text for text in string.groups() if text is not None), "") if string else source[1:-1]
    state.pos = stop
    return True


def _tag(state: StateInline, silent: bool) -> bool:
    """Leave out a tag within a line; a line break is a space."""
    stop = _end_of_tag(state.src, state.pos, state.posMax)
    if stop is None:
        return False
    if not silent and state.src.startswith("<br", state.pos):
        state.push("text", "", 0).content = " "
    state.pos = stop
    return True


def _announced(tag: str) -> str:
    names = {found[1]: found[2] or found[3] or found[4] for found in TAB_NAME.finditer(tag)}
    name = names.get("label") or names.get("value")
    return f"{name}:" if name and tag.startswith(TAB) else ""


def _end_of_code(source: str, start: int, limit: int) -> int | None:
    """Return where an expression, a tag or a comment ends that begins here, or None."""
    if source.startswith("{", start) and not source.startswith("{#", start):
        return _end_of_braces(source, start, limit)
    return _end_of_tag(source, start, limit)


def _end_of_tag(source: str, start: int, limit: int) -> int | None:
    """Return where a tag or comment ends, or None when none begins here or it stays open."""
    limit = min(limit, start + MAX_CHARACTERS)
    found = TAG_START.match(source, start, limit)
    if found is None:
        return None
    if found.group() == "<!--":
        stop = source.find(COMMENT_END, start, limit)
        return stop + len(COMMENT_END) if stop >= 0 else None
    position = found.end()
    while position < limit:
        char = source[position]
        if char == ">":
            return position + 1
        if char == "<":
            return None
        if char in "\"'":
            closing = source.find(char, position + 1, limit)
            if closing < 0:
                return None
            position = closing
        elif char == "{":
            after = _end_of_braces(source, position, limit)
            if after is None:
                return None
            position = after - 1
        position += 1
    return None


def _end_of_braces(source: str, start: int, limit: int) -> int | None:
    """Return where the brace that opens here is closed, or None."""
    depth, position, limit = 0, start, min(limit, start + MAX_CHARACTERS)
    while position < limit:
        char = source[position]
        if char in QUOTES:
            closing = source.find(char, position + 1, limit)
            # An apostrophe in a comment or in text opens nothing.
            line_end = source.find("\n", position, limit)
            if closing >= 0 and (char == "`" or line_end < 0 or closing < line_end):
                position = closing
        elif char in OPENS[2]:
            depth += 1
        elif char in CLOSES[2]:
            depth -= 1
            if depth == 0:
                return position + 1
        position += 1
    return None


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] : state.eMarks[number]]


def _balance(source: str) -> int:
    return sum(source.count(char) for char in OPENS) - sum(source.count(char) for char in CLOSES)
