"""Elements of HTML as kramdown reads them: what they hold is HTML up to their end, unless `markdown` says otherwise."""

import re
from collections.abc import Iterator

from markdown_it.rules_block import StateBlock
from markdown_it.token import Token

# What a token of a heading is marked with that stands in an element.
IN_HTML = "in_html"
SPANS = frozenset(
    """
    a abbr acronym b bdo big br button cite code del dfn em i img input ins kbd label mark option q rb rbc rp rt rtc
    ruby samp select small span strong sub sup tt u var
    """.split()  # noqa: SIM905  (a list of words, not of lines)
)
WITHOUT_BODY = frozenset(("area", "base", "col", "embed", "hr", "link", "meta", "param", "source", "track", "wbr"))
# Elements that hold words, and those that hold what is no Markdown in any case.
WORDS = frozenset(("p", "h1", "h2", "h3", "h4", "h5", "h6", "dt", "th", "caption", "legend"))
OPAQUE = frozenset(("script", "style", "pre", "textarea", "math", "table", "thead", "tbody", "tfoot", "tr", "ul", "ol"))
TAG = re.compile(r"<([A-Za-z][\w:-]*)(?=[\s/>])((?:[^<>\"']|\"[^\"]{0,5000}\"|'[^']{0,5000}'){0,200})>")
ANY_TAG = re.compile(r"<(/?)([A-Za-z][\w:-]*)([^<>]{0,2000})>")
MARKDOWN = re.compile(r"\bmarkdown\s*=\s*[\"']?(1|block|span|0)\b")
CLOSING = re.compile(r"</([A-Za-z][\w:-]*)\s*>")
COMMENT_END = "-->"
# Deeper than people nest elements that hold Markdown.
MAX_DEPTH = 20


def html_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read an element, a comment or what closes an element, which begin a line."""
    position, limit = state.bMarks[start] + state.tShift[start], state.eMarks[end - 1]
    if state.is_code_block(start) or not state.src.startswith("<", position):
        return False
    if state.src.startswith("<!--", position):
        stop = state.src.find(COMMENT_END, position, limit)
        stop = limit if stop < 0 else stop + len(COMMENT_END)
    elif (found := CLOSING.match(state.src, position, limit)) and found[1].lower() not in SPANS:
        stop = found.end()
    elif (found := TAG.match(state.src, position, limit)) and found[1].lower() not in SPANS:
        stop = _end_of_element(state.src, found, limit)
    else:
        return False
    if silent:
        return True
    line = start
    while line + 1 < end and state.bMarks[line + 1] < stop:
        line += 1
    behind = state.src[stop : state.eMarks[line]]
    text = state.getLines(start, line + 1, state.blkIndent, False)
    text = text[: len(text) - len(behind)] if behind else text
    depth = state.env.get("html_depth", 0)
    for token in _element(state, text.lstrip(" "), depth):
        token.level += state.level
        state.tokens.append(token)
    state.line = line + 1
    if behind.strip():
        for token in _blocks(state, behind.strip(), depth):
            token.level += state.level
            state.tokens.append(token)
    return True


def _end_of_element(source: str, opening: re.Match[str], limit: int) -> int:
    """Return where an element ends; the end of the page when it is not closed."""
    name = opening[1].lower()
    if name in WITHOUT_BODY or opening[2].endswith("/"):
        return opening.end()
    depth = 1
    tag = re.compile(rf"<(/?){re.escape(name)}\b([^<>]{{0,2000}})>", re.I)
    for found in tag.finditer(source, opening.end(), limit):
        depth += -1 if found[1] else not found[2].endswith("/")
        if depth == 0:
            return found.end()
    return limit


def _element(state: StateBlock, text: str, depth: int) -> Iterator[Token]:
    """Yield the tokens of an element, whose Markdown is parsed where it is said to hold some."""
    opening = TAG.match(text)
    if opening is None or depth >= MAX_DEPTH:
        yield _raw(text)
        return
    name, said = opening[1].lower(), MARKDOWN.search(opening[2])
    kind = said[1] if said else "1" if state.env["parse_block_html"] else "0"
    closing = re.compile(rf"</{re.escape(name)}\s*>\s*\Z", re.I).search(text, max(opening.end(), len(text) - 100))
    inner = text[opening.end() : closing.start() if closing else len(text)]
    if kind == "0" or (kind == "1" and name in OPAQUE):
        yield from _raw_element(state, text, opening, depth) if name not in OPAQUE or said is None else [_raw(text)]
        return
    yield _raw(opening[0])
    if kind == "span" or (kind == "1" and name in WORDS):
        yield _words(inner.strip())
    else:
        yield from _blocks(state, inner.strip("\n"), depth + 1)
    yield _raw(closing[0] if closing else f"</{name}>")


def _raw_element(state: StateBlock, text: str, opening: re.Match[str], depth: int) -> Iterator[Token]:
    """Yield an element as it is, but for those inside that are said to hold Markdown."""
    done = 0
    position = opening.end()
    while opening[1].lower() not in {"script", "style", "pre", "textarea"}:
        found = next((tag for tag in ANY_TAG.finditer(text, position) if not tag[1] and MARKDOWN.search(tag[3])), None)
        inner = TAG.match(text, found.start()) if found else None
        if found is None or inner is None:
            break
        stop = _end_of_element(text, inner, len(text))
        yield _raw(text[done : found.start()])
        yield from _element(state, text[found.start() : stop], depth + 1)
        done = position = stop
    yield _raw(text[done:])


def _blocks(state: StateBlock, text: str, depth: int) -> list[Token]:
    tokens = list[Token]()
    before, state.env["html_depth"] = state.env.get("html_depth", 0), depth
    state.md.block.parse(text, state.md, state.env, tokens)
    state.env["html_depth"] = before
    for token in tokens:
        if depth and token.type == "heading_open":
            token.meta[IN_HTML] = True
    return tokens


def _words(text: str) -> Token:
    return Token("inline", "", 0, content=text, children=[])


def _raw(text: str) -> Token:
    return Token("html_block", "", 0, content=f"{text}\n")
