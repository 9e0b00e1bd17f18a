"""Blocks that kramdown has and CommonMark has not, or reads in another way."""

import re
from collections.abc import Mapping

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block.fence import fence
from markdown_it.rules_block.heading import heading
from markdown_it.rules_block.hr import hr
from markdown_it.token import Token

from chatkit.ingest.readers.kramdown.html import html_block
from chatkit.ingest.readers.kramdown.tables import table

# A token for the attributes of the block before or behind it.
ATTRIBUTES = "kramdown_attributes"
ANY = r"(?:\\\}|[^}\n])"
REFERENCE = re.compile(rf"\{{:(\w[\w-]*):({ANY}+)\}}\s*\Z")
BLOCK_ATTRIBUTES = re.compile(rf"\{{:(?![:/])({ANY}+)\}}\s*\Z")
EXTENSION = re.compile(rf"\{{::(\w+)(?:\s({ANY}*?))?(/)?\}}\s*\Z|\{{:/\w*\}}\s*\Z")
STOP = re.compile(r"^ {0,3}\{:/\w*\}[ \t]*$", re.M)
ATTRIBUTE = re.compile(
    r"(?:\A|(?<=\s))(?:[\w-]+=(?:\"[^\"]*\"|'[^']*')|(\w[\w-]*)|((?:#[\w:-]+|\.[^\s.#]+)+))(?=\s|\Z)"
)
OWN_ID = re.compile(r"#([A-Za-z][\w:-]*)|\bid=[\"']([^\"']+)")
PARSE_HTML = re.compile(r"parse_block_html=[\"']true")
FOOTNOTE = re.compile(r"\[\^(\w[\w-]*)\]:[ \t]*")
ABBREVIATION = re.compile(r"\*\[[^\]\n]+\]:")
DEFINITION = re.compile(r":[ \t]+(?=\S)")
UNDERLINE = re.compile(r"(?:-+|=+)[ \t]*")
OPENING_FENCE = re.compile(r"`{3,10}|~{3,10}")
INDENT = 4
# As many terms have one meaning.
MAX_TERMS = 20
END_OF_BLOCK = "^"
ANYWHERE: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}


def add_block_rules(md: MarkdownIt) -> None:
    """Put kramdown's rules into a parser of CommonMark."""
    rules = md.block.ruler
    rules.at("hr", hr, {"alt": ["blockquote", "list"]})
    rules.at("fence", _fence, ANYWHERE)
    rules.at("html_block", html_block, {"alt": ["paragraph", "reference", "blockquote"]})
    rules.at("heading", _heading, {"alt": ["paragraph", "reference", "blockquote"]})
    rules.at("lheading", _underlined_heading)
    rules.before("fence", "kramdown_extension", _extension, ANYWHERE)
    rules.before("reference", "kramdown_footnote", _footnote)
    rules.before("reference", "kramdown_abbreviation", _abbreviation)
    rules.before("paragraph", "kramdown_definitions", _definitions)
    rules.before("paragraph", "kramdown_table", table)


def attributes_of(content: str, references: Mapping[str, str], depth: int = 0) -> dict[str, str]:
    """Return what the inside of `{: … }` says that matters here: an ``id``, and ``toc``."""
    found = dict[str, str]()
    for attribute in ATTRIBUTE.finditer(content):
        name = attribute[1]
        if name == "toc":
            found["toc"] = name
        elif name in references and not depth:
            found |= attributes_of(references[name], {}, 1)
        if own := OWN_ID.search(attribute[0]):
            found["id"] = own[1] or own[2]
    return found


def line_at(state: StateBlock, number: int) -> str:
    """Return a line without its indentation."""
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


def nested(state: StateBlock, text: str) -> list[Token]:
    """Return the blocks of a text of its own, one level below."""
    tokens = list[Token]()
    state.md.block.parse(text, state.md, state.env, tokens)
    for token in tokens:
        token.level += state.level + 1
    return tokens


def _extension(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read attributes, `{::options /}`, `{::comment}` and `{::nomarkdown}`, and the line that ends a block."""
    if state.is_code_block(start):
        return False
    line = line_at(state, start)
    if line == END_OF_BLOCK:
        state.line = start + 1
        return True
    if not line.startswith("{:"):
        return False
    if found := REFERENCE.match(line):
        stop = start + 1
        if not silent:
            state.env["references"][found[1]] = found[2]
    elif found := EXTENSION.match(line):
        stop = _end_of_extension(state, start, end) if found[1] and not found[3] else start + 1
        if not silent and found[1] == "options" and PARSE_HTML.search(found[2] or ""):
            state.env["parse_block_html"] = True
        if not silent and found[1] == "nomarkdown" and stop > start + 1:
            state.push("html_block", "", 0).content = state.getLines(start + 1, stop - 1, state.blkIndent, True)
    elif found := BLOCK_ATTRIBUTES.match(line):
        stop = start + 1
        if not silent:
            token = state.push(ATTRIBUTES, "", 0)
            token.content, token.meta = found[1], {"follows": start > 0 and not state.isEmpty(start - 1)}
    else:
        return False
    if not silent:
        state.line = stop
    return True


def _end_of_extension(state: StateBlock, start: int, end: int) -> int:
    """Return the line behind the one that stops an extension; the next line when nothing does."""
    number = start + 1
    # What has no stop here has none further down.
    if state.env.get("unstopped") is not None:
        return number
    while number < end:
        if STOP.match(state.src, state.bMarks[number] + max(0, state.tShift[number] - 3), state.eMarks[number]):
            return number + 1
        number += 1
    state.env["unstopped"] = start
    return start + 1


def _fence(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read code between fences; without the second fence the first is text."""
    if (opening := OPENING_FENCE.match(line_at(state, start))) is None:
        return False
    key = (state.src, opening.group())
    if key not in state.env["closing_fences"]:
        closing = re.compile(rf"^[ \t>]*{opening.group()}{opening.group()[0]}*[ \t]*$", re.M)
        state.env["closing_fences"][key] = max((found.start() for found in closing.finditer(state.src)), default=-1)
    is_closed = state.env["closing_fences"][key] >= state.eMarks[start]
    if not is_closed or not fence(state, start, end, silent):
        return False
    if not silent:
        # Its lines keep the indentation that the fence itself has.
        lines = state.tokens[-1].content.count("\n")
        state.tokens[-1].content = state.getLines(start + 1, start + 1 + lines, state.blkIndent, True)
    return True


def _heading(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a heading that begins its line; one without words is none."""
    is_indented = state.sCount[start] > state.blkIndent
    return not is_indented and bool(line_at(state, start).strip("# \t")) and heading(state, start, end, silent)


def _underlined_heading(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a heading of one line above one of hyphens or equals signs."""
    if state.is_code_block(start) or start + 1 >= end or state.sCount[start + 1] < state.blkIndent:
        return False
    underline = line_at(state, start + 1)
    if not UNDERLINE.fullmatch(underline):
        return False
    tag = "h1" if underline[0] == "=" else "h2"
    state.push("heading_open", tag, 1)
    inline = state.push("inline", "", 0)
    inline.content, inline.children = line_at(state, start).strip(), []
    state.push("heading_close", tag, -1)
    state.line = start + 2
    return True


def _footnote(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Keep a footnote, with what is indented below it, for the end of the page."""
    if state.is_code_block(start) or (found := FOOTNOTE.match(line_at(state, start))) is None:
        return False
    if silent:
        return True
    stop = _end_of_indented(state, start + 1, end, state.blkIndent + INDENT)
    rest = state.getLines(start + 1, stop, state.blkIndent + INDENT, False)
    text = f"{line_at(state, start)[found.end() :]}\n{rest}"
    # Found by the time that the words are read which refer to it.
    state.env["footnotes"][found[1]] = []
    state.env["footnotes"][found[1]] = nested(state, text)
    state.line = stop
    return True


def _abbreviation(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Leave out what an abbreviation stands for."""
    if state.is_code_block(start) or not ABBREVIATION.match(line_at(state, start)):
        return False
    if not silent:
        state.line = start + 1
    return True


def _definitions(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read terms, each on a line, and below them what they mean, behind a colon."""
    number = start
    while number < min(end, start + MAX_TERMS) and _is_text(state, number) and not _is_definition(state, number):
        number += 1
    terms = range(start, number)
    if number < end and state.isEmpty(number):
        number += 1
    if not terms or number >= end or not _is_definition(state, number):
        return False
    if silent:
        return True
    state.push("dl_open", "dl", 1)
    for term in terms:
        _inline(state, "dt", line_at(state, term).strip())
    while number < end and _is_definition(state, number):
        line = line_at(state, number)
        found = DEFINITION.match(line)
        width = state.sCount[number] + (found.end() if found else 1)
        stop = _end_of_indented(state, number + 1, end, width, lazy=True)
        text = f"{line[found.end() if found else 1 :]}\n{state.getLines(number + 1, stop, width, False)}"
        state.push("dd_open", "dd", 1)
        state.tokens.extend(nested(state, text))
        state.push("dd_close", "dd", -1)
        number = stop
    state.push("dl_close", "dl", -1)
    state.line = number
    return True


def _is_text(state: StateBlock, number: int) -> bool:
    return not state.isEmpty(number) and state.sCount[number] >= state.blkIndent


def _is_definition(state: StateBlock, number: int) -> bool:
    return not state.is_code_block(number) and DEFINITION.match(line_at(state, number)) is not None


def _end_of_indented(state: StateBlock, first: int, end: int, width: int, lazy: bool = False) -> int:
    """Return the line behind what is indented; ``lazy`` are lines that follow on text though they are not."""
    stop, number = first, first
    while number < end:
        if not state.isEmpty(number):
            follows = lazy and number == stop and not _is_definition(state, number)
            if state.sCount[number] < width and not follows:
                break
            stop = number + 1
        number += 1
    # Blank lines stand between two definitions.
    return number if lazy and number < end and _is_definition(state, number) else stop


def _inline(state: StateBlock, tag: str, content: str) -> None:
    state.push(f"{tag}_open", tag, 1)
    inline = state.push("inline", "", 0)
    inline.content, inline.children = content, []
    state.push(f"{tag}_close", tag, -1)
