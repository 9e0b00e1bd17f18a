"""Markdown as MyST's readers read it: directives, roles, targets, comments, mathematics, substitutions."""

import re
from collections.abc import Sequence
from functools import lru_cache
from html import escape

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.footnote.index import footnote_ref

from chatkit.ingest.readers.markdown import INTERRUPTS
from chatkit.ingest.readers.myst import roles as myst_roles
from chatkit.ingest.readers.myst.directives import directive
from chatkit.ingest.readers.myst.page import Page
from chatkit.ingest.readers.typography import set_punctuation

TARGET = re.compile(r"\(([^()\n]{1,300})\)=\Z")
BREAK = re.compile(r"\+{3}(?:\s.*)?\Z")
MATH_LABEL = re.compile(r"\$\$[ \t]*(?:\([^()\n]*\))?[ \t]*\Z")
ENVIRONMENT = re.compile(r"\\begin\{((?:align|equation|gather|multline|eqnarray|alignat|flalign)\*?)\}")
# None of these is longer, so what stays open costs little.
ROLE = re.compile(r"\{([A-Za-z][\w:+.-]{0,50}+)(?:[ \t][^{}`\n]{0,100}+)?\}(`+)(?!`)")
MAX_ROLE = 2_000
MATH = re.compile(r"\$(?=[^\s$])((?:[^$\\]|\\.){1,500}?)(?<=\S)\$(?!\d)", re.S)
SUBSTITUTION = re.compile(r"\{\{\s*+([\w.-]{1,100}+)[^{}\n]{0,200}+\}\}")
FOOTNOTE_MARK = re.compile(r"\[\^[^\s\[\]]{1,200}\]")
TASK = re.compile(r"\[[ xX]\]\s+")
MAX_SUBSTITUTIONS = 100


def to_html(body: str, page: Page) -> str:
    """Return a page as HTML."""
    using = _parser(page.has_definition_lists)
    env = {"page": page}
    tokens = using.parse(body, env)
    return str(using.renderer.render(tokens, using.options, env))


@lru_cache(maxsize=2)
def _parser(has_definition_lists: bool) -> MarkdownIt:
    made = MarkdownIt("commonmark").enable(["table", "strikethrough"]).use(footnote_plugin, inline=False)
    if has_definition_lists:
        made.use(deflist_plugin)
    made.inline.ruler.at("footnote_ref", _footnote_ref)
    made.block.ruler.before("fence", "myst_directive", directive, INTERRUPTS)
    made.block.ruler.before("fence", "myst_math", _math_block, INTERRUPTS)
    made.block.ruler.before("fence", "myst_line", _line, INTERRUPTS)
    made.inline.ruler.before("backticks", "myst_role", _role)
    made.inline.ruler.before("escape", "myst_math", _math)
    made.inline.ruler.before("escape", "myst_substitution", _substitution)
    made.core.ruler.after("footnote_tail", "myst_words", _words)
    for name in ("myst_target", "footnote_ref", "footnote_anchor"):
        made.add_render_rule(name, lambda *_: "")
    made.add_render_rule("myst_text", lambda _, tokens, index, *__: escape(tokens[index].content))
    made.add_render_rule("footnote_block_open", lambda *_: '<aside class="footnote-list">\n')
    made.add_render_rule("footnote_block_close", lambda *_: "</aside>\n")
    made.add_render_rule("footnote_open", _footnote_open)
    made.add_render_rule("footnote_close", lambda *_: "</aside>\n")
    return made


def _footnote_open(_: RendererHTML, tokens: Sequence[Token], index: int, *__: object) -> str:
    return f'<aside class="footnote" role="doc-footnote" id="{escape(str(tokens[index].attrGet("id") or ""))}">'


def _text(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].rstrip()


def _line(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a line that is no text: a target, a comment, a break between blocks."""
    if state.is_code_block(start):
        return False
    text = _text(state, start)
    target = TARGET.match(text)
    if target is None and not text.startswith("%") and not BREAK.match(text):
        return False
    if not silent:
        if target:
            state.push("myst_target", "", 0).content = target[1]
        state.line = start + 1
    return True


def _math_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read `$$` or an environment of LaTeX, up to the line that closes it."""
    text = _text(state, start)
    environment = ENVIRONMENT.match(text)
    if state.is_code_block(start) or not (environment or text.startswith("$$")):
        return False
    closing = f"\\end{{{environment[1]}}}" if environment else "$$"
    last = start
    # What stays open is looked for once, not from each line that opens it again.
    unclosed = state.env.setdefault("unclosed", set())
    if closing not in text[2:]:
        if (closing, end) in unclosed:
            return False
        last = next((line for line in range(start + 1, end) if closing in _text(state, line)), end)
    if last >= end:
        unclosed.add((closing, end))
    if last >= end or (not environment and last == start and not MATH_LABEL.search(text)):
        return False
    if not silent:
        lines = " ".join(_text(state, line) for line in range(start, last + 1))
        source = lines if environment else MATH_LABEL.sub("", lines[2:])
        source = source if state.env["page"].is_sphinx else source.strip()
        state.push("html_block", "", 0).content = f"<p>\\[{escape(source)}\\]</p>\n"
        state.line = last + 1
    return True


def _role(state: StateInline, silent: bool) -> bool:
    found = ROLE.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    stop = state.src.find(found[2], found.end(), min(state.posMax, found.end() + MAX_ROLE))
    if stop < 0:
        return False
    if not silent:
        content, page = state.src[found.end() : stop], state.env["page"]
        role = myst_roles.shown(found[1], content, page.label, page.page)
        if role.href:
            state.push("link_open", "a", 1).attrSet("href", role.href)
        token = state.push("code_inline" if role.is_code else "myst_text", "code" if role.is_code else "", 0)
        token.content, token.meta = role.text, {"role": found[1].lower(), "source": myst_roles.words(content)}
        if role.href:
            state.push("link_close", "a", -1)
    state.pos = stop + len(found[2])
    return True


def _math(state: StateInline, silent: bool) -> bool:
    found = MATH.match(state.src, state.pos, state.posMax) if state.src[state.pos] == "$" else None
    if found is None:
        return False
    if not silent:
        token = state.push("myst_text", "", 0)
        token.content, token.meta = rf"\({' '.join(found[1].split())}\)", {"role": "math", "source": found[1]}
    state.pos = found.end()
    return True


def _substitution(state: StateInline, silent: bool) -> bool:
    """Put in the value of `{{ name }}`; a name that has none stands for nothing."""
    found = SUBSTITUTION.match(state.src, state.pos, state.posMax) if state.src[state.pos] == "{" else None
    if found is None:
        return False
    if not silent:
        done = state.env["substituted"] = state.env.get("substituted", 0) + 1
        value = state.env["page"].substitutions.get(found[1], "")
        # A value within a value stands for nothing.
        if value and done <= MAX_SUBSTITUTIONS and not state.env.get("substituting"):
            state.env["substituting"] = True
            if state.pending:
                state.pushPending()
            state.md.inline.parse(value, state.md, state.env, state.tokens)
            state.env["substituting"] = False
    state.pos = found.end()
    return True


def _footnote_ref(state: StateInline, silent: bool) -> bool:
    return FOOTNOTE_MARK.match(state.src, state.pos) is not None and footnote_ref(state, silent)


def _words(state: StateCore) -> None:
    """Give headings their ids, take the boxes off tasks, set typographic punctuation, name links without words."""
    page: Page = state.env["page"]
    page.give_ids(state.tokens)
    for item, paragraph, inline in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        if item.type == "list_item_open" and paragraph.type == "paragraph_open" and inline.children:
            inline.children[0].content = TASK.sub("", inline.children[0].content, count=1)
    for token in state.tokens:
        if token.children:
            set_punctuation(token.children, only_quotes=not page.is_sphinx, escaped=page.is_sphinx)
            token.children = _named(token.children, page)


def _named(inline: Sequence[Token], page: Page) -> list[Token]:
    """Return tokens with the title of what it leads to in each link that has no words."""
    tokens = list[Token]()
    for token in inline:
        previous = tokens[-1] if tokens else None
        if token.type == "link_close" and previous is not None and previous.type == "link_open":
            href = str(previous.attrGet("href") or "")
            found = page.label(href[1:]) if href.startswith("#") else page.page(href)
            if found:
                previous.attrSet("href", found[0])
                tokens.append(Token("text", "", 0, content=found[1]))
        tokens.append(token)
    return tokens
