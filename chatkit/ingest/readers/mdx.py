"""MDX in: what JSX, expressions, imports and exports leave of a page to read."""

import re
from collections.abc import Sequence
from functools import lru_cache
from html import escape

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from chatkit.ingest.readers.jsx import Scanner, attributes, name_of, string_of
from chatkit.ingest.readers.markdown import INTERRUPTS, paragraph, parser

OPENED = re.compile("[{`]")
OPENS, CLOSES = "([{", ")]}"
MODULE = re.compile(
    r"import\s*[\"'{*]|import\s+[\w$]+(?:\s*,|\s+from\s*[\"'])|"
    r"export\s*[{*]|export\s+(?:default|const|let|var|function|class|async)\b"
)
CONSTANT = re.compile(
    r"export\s+const\s+(?P<name>[\w$]+)\s*=\s*(?P<value>\"[^\"\n]*\"|'[^'\n]*'|[\d.]+);?[ \t]*$", re.M
)
QUOTED = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'|`[^`\n]*`|//.*")
FENCE_TITLE = re.compile(r"""\s(?:title|filename)=(["'])(.+?)\1""")
NAMED_LANGUAGE = re.compile(r"\s*[^\s={]+(?=[\s{]|$)")
# What makes lines of code stand out, and stands in a comment of its own.
HIGHLIGHT = re.compile(
    r"^[ \t]*(?://|#|<!--|\{?/\*|--|%|;|'|rem\b)[ \t]*highlight-(?:next-line|start|end)[ \t]*(?:-->|\*/\}?)?[ \t]*\n?",
    re.M | re.I,
)
# Elements of HTML, which mean here what they mean there, and what of their attributes is read.
HTML = frozenset(
    """
    a abbr article aside audio b blockquote br button caption cite code dd del details div dl dt em figcaption figure
    footer form h1 h2 h3 h4 h5 h6 header hr i iframe ins kbd li main mark nav ol p picture pre q s samp script section
    select small span strong style sub summary sup svg table tbody td textarea tfoot th thead tr u ul var video
    """.split()  # noqa: SIM905  (a list of words, not of lines)
)
READ_ATTRIBUTES = {"aria-hidden", "class", "className", "href", "id", "name", "role", "start"}
# Components that hold code, and those whose attributes nobody reads as words.
CODE = {"Code", "CodeBlock"}
UNREAD = {"Badge", "Icon", "Image", "Img", "Video"}
# A tab's name announces what the tab holds.
TAB = "TabItem"
# Of Nextra and others, whose names all stand in the tag around them: `<Tabs items={["npm", "pnpm"]}>`.
LISTED_TABS = {"Tab", "Tabs.Tab"}
TAB_ITEMS, TAB_ITEM = re.compile(r"\sitems=\{\s*\[([^\]]*)\]"), re.compile(r"""(["'`])(.*?)\1""")
# Notes the name on the paragraph that announces a tab.
TAB_NAMED = "tab"
TAB_NAME = re.compile(r"""label:\s*(["'])(?P<label>.*?)\1\s*,\s*value:\s*(["'])(?P<value>.*?)\3""")
TAB_NAME_LAST = re.compile(r"""value:\s*(["'])(?P<value>.*?)\1\s*,\s*label:\s*(["'])(?P<label>.*?)\3""")


@lru_cache(maxsize=1)
def mdx_parser() -> MarkdownIt:
    """Return the parser of MDX as it is, without what a generator adds."""
    return make_parser()


def make_parser() -> MarkdownIt:
    """Return a parser of Markdown in which tags and braces are code, and indentation is not."""
    mdx = parser(raw_html=False).disable(["code", "html_block", "html_inline"])
    mdx.block.ruler.before("fence", "mdx_module", _module)
    mdx.block.ruler.before("fence", "mdx_block", _block, INTERRUPTS)
    mdx.inline.ruler.before("autolink", "mdx_expression", _expression)
    mdx.inline.ruler.after("autolink", "mdx_tag", _tag)
    mdx.add_render_rule("mdx_expression", _render_expression)
    mdx.add_render_rule("fence", render_fence)
    return mdx


def _render_expression(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    return escapeHtml(tokens[index].meta["shown"])


def render_fence(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    """Show the title of code above it, as the site does."""
    token = tokens[index]
    title = FENCE_TITLE.search(f" {token.info}")
    shown = f"<p>{escapeHtml(title[2])}:</p>\n" if title else ""
    if "highlight-" in token.content:
        token.content = HIGHLIGHT.sub("", token.content)
    if not NAMED_LANGUAGE.match(token.info):
        # It begins with what is said of the code, not with its language.
        token.info = ""
    return shown + renderer.fence(tokens, index, options, env)


def _module(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Leave out an import or export, up to the blank line after its brackets are closed."""
    if state.blkIndent or state.level or not MODULE.match(state.src, state.bMarks[start]):
        return False
    scanner, limit = _scanner(state), state.eMarks[end - 1]
    line, position, open_brackets = start, state.bMarks[start], 0
    while True:
        opened = OPENED.search(state.src, position, state.eMarks[line])
        end_of = scanner.end_of_braces if opened and opened[0] == "{" else scanner.end_of_template
        closed = end_of(opened.start(), limit) if opened else None
        stop = opened.start() if opened and closed is not None else state.eMarks[line]
        open_brackets += _balance(state.src[position:stop])
        if closed is not None:
            # What is between may have blank lines, as text that is written over several has.
            position = closed
            while state.eMarks[line] < closed:
                line += 1
        elif line + 1 < end and (open_brackets > 0 or not state.isEmpty(line + 1)):
            line += 1
            position = state.bMarks[line]
        else:
            break
    if not silent:
        for found in CONSTANT.finditer(state.src, state.bMarks[start], state.eMarks[line]):
            state.env.setdefault("constants", {})[found["name"]] = found["value"].strip("\"'")
        state.line = line + 1
    return True


def _block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read lines that hold nothing but tags, comments and expressions, however long they are."""
    position = state.bMarks[start] + state.tShift[start]
    limit = state.eMarks[end - 1]
    scanner = _scanner(state)
    parts: list[str] = []
    while True:
        stop = scanner.end_of_code(position, limit)
        if stop is None:
            return False
        parts.append(state.src[position:stop])
        position = stop
        while position < limit and state.src[position] in " \t":
            position += 1
        if position >= limit or state.src[position] == "\n":
            break
    if silent:
        return True
    line = start + state.src.count("\n", state.bMarks[start], position)
    for part in parts:
        _add_block(state, part, start)
    state.line = line + 1
    return True


def _add_block(state: StateBlock, part: str, line: int) -> None:
    """Add what a tag or an expression on lines of its own shows."""
    if part.startswith("{"):
        text = string_of(part)
        if text is not None and text.strip():
            if "code" in state.env:
                _add_code(state, state.env["code"], text, line)
            else:
                paragraph(state, _escaped(text), line)
        return
    name = name_of(part)
    if name in HTML:
        state.push("html_block", "", 0).content = f"{_html_tag(part, name)}\n"
    elif name in CODE:
        code = attributes(part).get("code")
        if code is not None:
            _add_code(state, part, code, line)
        elif part.startswith("</"):
            state.env.pop("code", None)
        elif not part.endswith("/>"):
            state.env["code"] = part
    elif shown := _announced(state.env, part, name):
        first = len(state.tokens)
        paragraph(state, shown, line)
        if name in LISTED_TABS:
            state.tokens[first].meta[TAB_NAMED] = shown.removesuffix(":")


def _add_code(state: StateBlock, tag: str, code: str, line: int) -> None:
    given = attributes(tag)
    token = state.push("fence", "code", 0)
    language = given.get("language") or given.get("lang") or ""
    title = f' title="{given["title"]}"' if given.get("title") else ""
    token.info, token.content, token.map = f"{language}{title}", code.strip("\n") + "\n", [line, line + 1]


def _expression(state: StateInline, silent: bool) -> bool:
    """Leave out `{expression}`, and keep the text of `{"a string"}` and of the name of one."""
    if state.src[state.pos] != "{" or state.src.startswith("{#", state.pos):
        return False
    stop = _scanner(state).end_of_braces(state.pos, state.posMax)
    if stop is None:
        return False
    if not silent:
        source = state.src[state.pos : stop]
        string = string_of(source)
        token = state.push("mdx_expression" if string is None else "text", "", 0)
        token.content = source[1:-1] if string is None else string
        token.meta["shown"] = state.env.get("constants", {}).get(source[1:-1].strip(), "")
    state.pos = stop
    return True


def _tag(state: StateInline, silent: bool) -> bool:
    """Leave out a tag within a line, but for an element of HTML, and for the words that a component shows."""
    stop = _scanner(state).end_of_tag(state.pos, state.posMax)
    if stop is None:
        return False
    if not silent:
        tag = state.src[state.pos : stop]
        name = name_of(tag)
        if name in HTML:
            state.push("html_inline", "", 0).content = _html_tag(tag, name)
        elif shown := _announced(state.env, tag, name, is_inline=True):
            state.push("text", "", 0).content = f"{shown} "
    state.pos = stop
    return True


def _announced(env: EnvType, tag: str, name: str, is_inline: bool = False) -> str:
    """Return the words that a component shows beside what stands between its tags, as Markdown unless in a line."""
    if tag.startswith("</"):
        if name == "Tabs" and env.get("tab_names"):
            env["tab_names"].pop()
        return ""
    if not name[:1].isupper() or name in UNREAD:
        return ""
    given = attributes(tag)
    written = str if is_inline else _escaped
    if name == "Tabs":
        labels = {found["value"]: found["label"] for one in (TAB_NAME, TAB_NAME_LAST) for found in one.finditer(tag)}
        env.setdefault("tabs", {}).update(labels)
        items = TAB_ITEMS.search(tag)
        env.setdefault("tab_names", []).append([item[2] for item in TAB_ITEM.finditer(items[1])][::-1] if items else [])
        return ""
    if name in LISTED_TABS and env.get("tab_names") and env["tab_names"][-1]:
        return f"{written(env['tab_names'][-1].pop())}:"
    if name == TAB:
        value = given.get("value", "")
        label = given.get("label") or env.get("tabs", {}).get(value) or value
        return f"{written(label)}:" if label else ""
    words = written(given.get("title") or given.get("label") or "")
    if words and given.get("href") and not is_inline:
        words = f"[{words}](<{given['href']}>)"
    return " ".join(filter(None, [words, written(given.get("description", ""))]))


def _escaped(text: str) -> str:
    """Return text as Markdown on one line that says it."""
    return re.sub(r"([\\`*_{}\[\]()<>#+.!|~:-])", r"\\\1", " ".join(text.split()))


def _html_tag(tag: str, name: str) -> str:
    """Return a tag as HTML, with those of its attributes that change how it is read."""
    if tag.startswith("</"):
        return f"</{name}>"
    kept = {key: value for key, value in attributes(tag).items() if key in READ_ATTRIBUTES}
    written = "".join(f' {key.removesuffix("Name")}="{escape(value)}"' for key, value in kept.items())
    # HTML closes no element by a slash.
    return f"<{name}{written}>" + (f"</{name}>" if tag.endswith("/>") and name not in {"br", "hr"} else "")


def _scanner(state: StateBlock | StateInline) -> Scanner:
    """Return the scanner of the text that is being read, which is kept as long as its page is."""
    scanners: dict[str, Scanner] = state.env.setdefault("scanners", {})
    if state.src not in scanners:
        scanners[state.src] = Scanner(state.src)
    return scanners[state.src]


def _balance(source: str) -> int:
    source = QUOTED.sub("", source)
    return sum(source.count(char) for char in OPENS) - sum(source.count(char) for char in CLOSES)
