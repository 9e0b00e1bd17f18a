"""Tables as kramdown finds them: lines that all hold a bar, with or without a line between head and body."""

import re

from markdown_it.rules_block import StateBlock

SEPARATOR = re.compile(r"[+|: \t-]*-[+|: \t-]*\Z")
FOOT_SEPARATOR = re.compile(r"[+|: \t=]*=[+|: \t=]*\Z")
# Code within a line, or a bar between two cells.
CODE_OR_BAR = re.compile(r"\\.|(`+)(?!`).*?(?<!`)\1(?!`)|<code\b[^>]*>.*?</code>|(\|)")


def table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a table that stands between blank lines."""
    if state.is_code_block(start) or not _is_boundary(state, start - 1):
        return False
    source, failed_up_to = state.env.get("no_table", ("", 0))
    if source is state.src and start < failed_up_to:
        return False
    rows = list[list[str]]()
    head = 0
    number = start
    while number < end and not state.isEmpty(number) and state.sCount[number] >= state.blkIndent:
        line = state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]
        if "|" not in line:
            break
        if SEPARATOR.match(line) or FOOT_SEPARATOR.match(line):
            head = head or (len(rows) if number > start else 0)
        elif cells := _cells(line):
            rows.append(cells)
        else:
            break
        number += 1
    if not rows or len(rows) == head or not _is_boundary(state, number):
        # What begins further down in these lines is no table either.
        state.env["no_table"] = (state.src, number)
        return False
    if not silent:
        _push(state, rows, head)
        state.line = number
    return True


def _is_boundary(state: StateBlock, number: int) -> bool:
    """Tell whether a line separates a table from other blocks, as the end of its container does."""
    if number < 0 or number >= state.lineMax or state.isEmpty(number) or state.sCount[number] < state.blkIndent:
        return True
    line = state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]
    is_first = bool(state.tokens) and state.tokens[-1].nesting == 1
    return is_first or line.startswith("{:") or line == "^"


def _cells(line: str) -> list[str]:
    """Return the cells of a row, or nothing when no bar divides it."""
    cells, begin, divided = list[str](), 0, False
    for found in CODE_OR_BAR.finditer(line):
        if found[2]:
            cells.append(line[begin : found.start()].strip())
            begin, divided = found.end(), True
    if not divided:
        return []
    cells.append(line[begin:].strip())
    first = 1 if line.startswith("|") and not cells[0] else 0
    return cells[first : len(cells) if cells[-1] else len(cells) - 1] or [""]


def _push(state: StateBlock, rows: list[list[str]], head: int) -> None:
    width = max(len(cells) for cells in rows)
    state.push("table_open", "table", 1)
    for number, cells in enumerate(rows):
        state.push("tr_open", "tr", 1)
        tag = "th" if number < head else "td"
        for cell in [*cells, *[""] * (width - len(cells))]:
            state.push(f"{tag}_open", tag, 1)
            inline = state.push("inline", "", 0)
            inline.content, inline.children = cell.replace(r"\|", "|"), []
            state.push(f"{tag}_close", tag, -1)
        state.push("tr_close", "tr", -1)
    state.push("table_close", "table", -1)
