"""GitBook's Markdown: a page becomes HTML with GitBook's ids, its blocks unwrapped to what a reader sees of them."""

import itertools
import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache
from html import escape

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

from chatkit.ingest.readers.anchors import unrepeated
from chatkit.ingest.readers.markdown import INTERRUPTS, heading_text, paragraph

TAG = re.compile(r"\{%[ \t]*(@?[\w/-]+)((?:[^%\n\"]|\"[^\"\n]{0,1000}\"|%(?!\})){0,1000})%\}")
ATTRIBUTE = re.compile(r"([\w-]+)=\"([^\"]*)\"")
OWN_ID = re.compile(r"<a\b[^<>]*\bid=\"([^\"]+)\"")
EXPRESSION = re.compile(r"<code class=\"expression\">([^<>]*)</code>")
# Blocks whose inside is not what is shown: an address of what GitBook puts there.
REPLACED = {"content-ref", "openapi", "openapi-operation", "openapi-schemas", "openapi-webhook"}
# What they hold is no longer.
REPLACED_LINES = 10
TABLE = re.compile(r"<table\b[^\n]*</table>")
HEAD = re.compile(r"<th\b[^<>]*>")
ROW = re.compile(r"<tr\b[^<>]*>.*?</tr>")
CELL = re.compile(r"<t[hd]\b[^<>]*>.*?</t[hd]>")
CONTRACTION = re.compile(r"(?<=\w)['\u2019](?=[ts]\b)", re.I)
# Letters that are not written as their base with a mark.
LETTERS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "o", "đ": "d", "ł": "l", "&": " and "}
)
NOT_IN_ID = re.compile(r"[^a-z0-9_.]+")


TitleOf = Callable[[str], str | None]


def to_html(body: str, title_of: TitleOf, variables: Mapping[str, str]) -> str:
    """Return a page as HTML; ``title_of`` returns the title of the page that a link names."""
    using = _parser()
    tokens = using.parse(body, {"title_of": title_of})
    seen = dict[str, int]()
    titles = 0
    for opening, inline in itertools.pairwise(tokens):
        if opening.type == "heading_open":
            named = next((found[1] for child in inline.children or [] if (found := OWN_ID.match(child.content))), None)
            titles += opening.tag == "h1"
            # The first one is the page's title, which is no part of its content.
            if not (opening.tag == "h1" and titles == 1):
                opening.attrSet("id", named or _numbered(slug(heading_text(inline, has_images=False)), seen))
    for token in tokens:
        if token.type == "html_block":
            token.content = TABLE.sub(lambda table: _without_hidden_columns(table[0]), TAG.sub("", token.content))
    made = str(using.renderer.render(tokens, using.options, {}))
    return EXPRESSION.sub(lambda found: escape(variables.get(found[1].strip(), "")), made)


def slug(text: str) -> str:
    """Return a heading's id; empty for one in letters that GitBook transcribes by rules of its own.

    The word "ad" is written in two, so that blockers of advertisements do not hide its section.
    """
    words = CONTRACTION.sub("", text.replace("\u2026", "...")).lower().translate(LETTERS)
    words = "".join(char for char in unicodedata.normalize("NFKD", words) if not unicodedata.combining(char))
    if any(char.isalpha() and not char.isascii() for char in words):
        return ""
    made = re.sub(r"(?<![a-z0-9])ad(?![a-z0-9])", "a-d", NOT_IN_ID.sub("-", words).strip("-"))
    return f"id-{made}" if made[:1].isdigit() else made


def _numbered(base: str, seen: dict[str, int]) -> str:
    return unrepeated(base, seen) if base else ""


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    made.block.ruler.before("fence", "gitbook_tag", _block_tag, INTERRUPTS)
    made.inline.ruler.before("link", "gitbook_tag", _inline_tag)
    return made


def _block_tag(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a line that begins with a tag: what the block announces becomes a paragraph, the tag is left out."""
    position = state.bMarks[start] + state.tShift[start]
    if state.is_code_block(start) or (found := TAG.match(state.src, position, state.eMarks[start])) is None:
        return False
    if silent:
        return True
    name = found[1]
    attributes = dict(ATTRIBUTE.findall(found[2]))
    if announced := _announced(name, attributes, state.env["title_of"]):
        paragraph(state, announced, start)
    line = start
    if name in REPLACED:
        closing = f"{{% end{name} %}}"
        inside = range(start + 1, min(end, start + REPLACED_LINES))
        line = next((number for number in inside if _line(state, number) == closing), start)
    elif rest := state.src[found.end() : state.eMarks[start]].strip():
        # A block on one line.
        paragraph(state, TAG.sub("", rest), start)
    state.line = line + 1
    return True


def _announced(name: str, attributes: Mapping[str, str], title_of: TitleOf) -> str:
    """Return what a block shows of its attributes, as Markdown."""
    match name:
        case "tab" | "code":
            title = attributes.get("title")
            return f"{title}:" if title else ""
        case "content-ref":
            url = attributes.get("url", "")
            return f"[{title_of(url) or url}](<{url}>)" if url else ""
        case "swagger" | "openapi" | "openapi-operation":
            call = f"`{attributes.get('method', '').upper()} {attributes.get('path', '')}`"
            summary = attributes.get("summary", "")
            return (f"{summary}: {call}" if summary else call) if attributes.get("path") else summary
        case "swagger-parameter":
            return f"`{attributes['name']}`:" if attributes.get("name") else ""
        case "swagger-response":
            return f"{attributes.get('status', '')} {attributes.get('description', '')}".strip()
        case "update":
            return f"{attributes['date']}:" if attributes.get("date") else ""
    return ""


def _inline_tag(state: StateInline, silent: bool) -> bool:
    if not state.src.startswith("{%", state.pos) or (found := TAG.match(state.src, state.pos, state.posMax)) is None:
        return False
    state.pos = found.end()
    return True


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]].strip()


def _without_hidden_columns(table: str) -> str:
    """Return a table, which GitBook writes on one line, without the columns that its cards only lead by."""
    hidden = [index for index, head in enumerate(HEAD.findall(table)) if "data-hidden" in head]

    def visible(row: re.Match[str]) -> str:
        cells = CELL.findall(row[0])
        return f"<tr>{''.join(cell for index, cell in enumerate(cells) if index not in hidden)}</tr>"

    return ROW.sub(visible, table) if hidden else table
