"""Tags in a page of VitePress: which lines are HTML as its parser tells them, and what Vue's leave to read."""

import re

from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

from chatkit.ingest.readers.vitepress.containers import is_end_of_html

# From @mdit-vue/plugin-component, by which VitePress finds tags. What stays open would be looked through again and
# again if tags could be of any length.
MAX_ATTRIBUTES, MAX_CHARACTERS, MAX_EXPRESSION = 200, 20_000, 2_000
VALUE = r"""[^"'=<>`\x00-\x20]+|'[^']*'|"[^"]*\""""
ATTRIBUTES = rf"(?:\s+[a-zA-Z_:@][a-zA-Z0-9:._-]*(?:\s*=\s*(?:{VALUE}))?){{0,{MAX_ATTRIBUTES}}}"
NAME = r"[A-Za-z][A-Za-z0-9-]*"
OPENING = rf"<{NAME}{ATTRIBUTES}\s*/?>"
CLOSING = rf"</{NAME}\s*>"
INLINE_TAG = re.compile(rf"{OPENING}|{CLOSING}")
# What begins with a sign, and its end.
MARKED = {"<!--": "-->", "<?": "?>", "<![CDATA[": "]]>", "<!": ">"}
ONE_TAG = re.compile(rf"(?:{OPENING}|{CLOSING})\s*$")
CLOSED_TAG = re.compile(rf"<{NAME}{ATTRIBUTES}\s*/>|<({NAME}){ATTRIBUTES}\s*>.*</\1\s*>")
BLOCK_NAMES = """
    address article aside base basefont blockquote body caption center col colgroup dd details dialog dir div dl dt
    fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hr html iframe legend li link
    main menu menuitem nav noframes ol optgroup option p param search section summary table tbody td tfoot th thead
    title tr track ul
""".split()  # noqa: SIM905  (a list of words, not of lines)
INLINE_NAMES = """
    a abbr acronym audio b bdi bdo big br button canvas cite code data datalist del dfn em embed i iframe img input ins
    kbd label map mark meter noscript object output picture progress q ruby s samp script select small span strong sub
    sup svg textarea time u tt var video wbr
""".split()  # noqa: SIM905  (a list of words, not of lines)
VOID_NAMES = frozenset("area base br col embed hr img input link meta param source track wbr".split())  # noqa: SIM905

# What begins HTML at the start of a line, what ends it (a blank line unless it says), and whether it ends a paragraph.
BLANK = re.compile("$")
BLOCK_STARTS = (
    (re.compile(r"<(?:script|pre|style)(?=\s|>|$)", re.I), re.compile(r"</(?:script|pre|style)>", re.I), True),
    (re.compile("<!--"), re.compile("-->"), True),
    (re.compile(r"<\?"), re.compile(r"\?>"), True),
    (re.compile("<![A-Z]"), re.compile(">"), True),
    (re.compile(r"<!\[CDATA\["), re.compile(r"\]\]>"), True),
    (re.compile(rf"</?(?:{'|'.join(BLOCK_NAMES)})(?=\s|/?>|$)", re.I), BLANK, True),
)
COMPONENT_START = re.compile(rf"</?(?!(?:{'|'.join(INLINE_NAMES)})(?![\w-])){NAME}(?=\s|/?>|$)")

# Any tag, with whatever Vue's attributes are, and what is before it on its line where that is nothing.
TAG = re.compile(rf"""(^[ \t]*)?<(/?)([A-Za-z][\w.:-]*)((?:[^<>"']+|"[^"]*"|'[^']*'){{0,{MAX_ATTRIBUTES}}}+)>""", re.M)
# Beside those with a capital or a hyphen.
COMPONENT_NAMES = {"component", "slot", "suspense", "teleport", "template", "transition"}
EXPRESSION = re.compile(r"\{\{(.*?)\}\}", re.S)
STRING = re.compile(r"""\s*(?:"([^"\\]*)"|'([^'\\]*)'|`([^`\\$]*)`)\s*""")
V_PRE = re.compile(r"\sv-pre\b")


def html_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read lines of HTML; a component begins them as an element of HTML does that is a block."""
    position = state.bMarks[start] + state.tShift[start]
    if state.is_code_block(start) or not state.src.startswith("<", position):
        return False
    line = state.src[position : state.eMarks[start]]
    found = next(((ends, stops) for begins, ends, stops in BLOCK_STARTS if begins.match(line)), None)
    is_component = found is None and COMPONENT_START.match(line) is not None
    if found is None:
        if not is_component and ONE_TAG.match(line) is None:
            return False
        found = BLANK, is_component
    ends, interrupts = found
    if silent:
        return interrupts
    if is_component and (closed := CLOSED_TAG.match(line)):
        state.line = start + 1
        token = state.push("html_inline", "", 0)
        token.content, token.map = closed[0], [start, state.line]
        token = state.push("inline", "", 0)
        token.content, token.map, token.children = line[closed.end() :], [start, state.line], []
        return True
    number = start + 1
    if ends is BLANK or not ends.search(line):
        while number < end and state.sCount[number] >= state.blkIndent:
            line = state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]
            if ends is BLANK and (not line or is_end_of_html(state, number)):
                break
            number += 1
            if ends is not BLANK and ends.search(line):
                break
    state.line = number
    token = state.push("html_block", "", 0)
    token.map, token.content = [start, number], state.getLines(start, number, state.blkIndent, True)
    return True


def html_inline(state: StateInline, silent: bool) -> bool:
    """Read a tag within a line, which may have Vue's attributes."""
    if not state.src.startswith("<", state.pos):
        return False
    limit = min(state.posMax, state.pos + MAX_CHARACTERS)
    mark = next((mark for mark in MARKED if state.src.startswith(mark, state.pos)), None)
    if mark is not None:
        stop = state.src.find(MARKED[mark], state.pos + len(mark), limit) + len(MARKED[mark])
    elif state.src.find(">", state.pos, limit) >= 0 and (tag := INLINE_TAG.match(state.src, state.pos, limit)):
        stop = tag.end()
    else:
        return False
    if stop <= state.pos:
        return False
    if not silent:
        state.push("html_inline", "", 0).content = state.src[state.pos : stop]
    state.pos = stop
    return True


def expression(state: StateInline, silent: bool) -> bool:
    """Read `{{ expression }}`, in whose place Vue writes a value."""
    if not state.src.startswith("{{", state.pos):
        return False
    stop = state.src.find("}}", state.pos, min(state.posMax, state.pos + MAX_EXPRESSION))
    if stop < 0:
        return False
    if not silent:
        state.push("vue_expression", "", 0).content = state.src[state.pos : stop + 2]
    state.pos = stop + 2
    return True


def value(source: str) -> str:
    """Return what stands in the place of an expression: a string that it is, else nothing."""
    string = STRING.fullmatch(source[2:-2])
    return next((text for text in string.groups() if text is not None), "") if string else ""


def without_components(html: str, is_inline: bool = False) -> str:
    """Return HTML whose components are what they hold; one that begins a line is a block unless ``is_inline``."""
    if V_PRE.search(html) is None:
        html = EXPRESSION.sub(lambda found: value(found[0]), html)

    opened = list[str]()

    def plain(tag: re.Match[str]) -> str:
        indent, closing, name, attributes = tag.groups()
        is_closed = attributes.endswith("/")
        if not (name[0].isupper() or "-" in name or name in COMPONENT_NAMES):
            whole = f"{indent or ''}<{name}{attributes[:-1]}></{name}>"
            return whole if is_closed and name not in VOID_NAMES else tag[0]
        if is_closed:
            return ""
        stands_for = "span" if is_inline or indent is None else "div"
        if not closing:
            opened.append(stands_for)
            return f"<{stands_for}>"
        return f"</{opened.pop() if opened else stands_for}>"

    return TAG.sub(plain, html)
