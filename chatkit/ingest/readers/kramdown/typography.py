"""The quotation marks and dashes that kramdown makes of plain ones, which a link to a quoted sentence must hold.

The rules are those of RubyPants, in kramdown's own order.
"""

import re

from markdown_it.rules_inline import StateInline

PUNCTUATION = r"[!\"#$%'()*+,\-./:;<=>?@\[\\\]^_`{|}~]"
LEFT_BEFORE_MARK = re.compile(r"[\"'][_*]{1,2}\S")
RIGHT_BEFORE_PUNCTUATION = re.compile(rf"[\"']{PUNCTUATION}(?!\.\.)(?!\w)")
DOUBLED = re.compile(r"(?:\"'|'\")(?=\w)")
DECADE = re.compile(r"'\d\ds")
RIGHT_AT_END = re.compile(r"[\"'](?:\s|s\b|\Z)")
OPENERS = " \\\t\r\n[{(-"
LEFT = {"'": "\u2018", '"': "\u201c"}
RIGHT = {"'": "\u2019", '"': "\u201d"}
SYMBOL = re.compile(r"---|--|\.\.\.|\\<<|\\>>|<< | >>|<<|>>")
SYMBOLS = {
    "---": "\u2014",
    "--": "\u2013",
    "...": "\u2026",
    "\\<<": "<<",
    "\\>>": ">>",
    "<< ": "\u00ab\u00a0",
    " >>": "\u00a0\u00bb",
    "<<": "\u00ab",
    ">>": "\u00bb",
}


def quote(state: StateInline, silent: bool) -> bool:
    """Read a quotation mark, or two that follow each other."""
    source, position = state.src, state.pos
    mark = source[position]
    if mark not in LEFT:
        return False
    # What a tag or a mark of Markdown has ended is not looked at.
    is_text = bool(state.pending) or (position > 0 and source[position - 1] == "\n")
    before = source[position - 1] if is_text else ""
    length = 1
    if not before and LEFT_BEFORE_MARK.match(source, position, state.posMax):
        shown = LEFT[mark]
    elif not before and RIGHT_BEFORE_PUNCTUATION.match(source, position, state.posMax):
        shown = RIGHT[mark]
    elif (not before or before.isspace()) and DOUBLED.match(source, position, state.posMax):
        shown, length = LEFT[mark] + LEFT[source[position + 1]], 2
    elif (not before or before.isspace()) and DECADE.match(source, position, state.posMax):
        shown = RIGHT[mark]
    elif before:
        shown = LEFT[mark] if before in OPENERS else RIGHT[mark]
    else:
        shown = RIGHT[mark] if RIGHT_AT_END.match(source, position, state.posMax) else LEFT[mark]
    if not silent:
        state.pending += shown
    state.pos += length
    return True


def symbol(state: StateInline, silent: bool) -> bool:
    """Read dashes, three points and pointed quotation marks."""
    found = SYMBOL.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        state.pending += SYMBOLS[found.group()]
    state.pos = found.end()
    return True
