"""Tables that MyST's directives make of lists and of comma-separated values."""

import csv
from collections.abc import Mapping

from markdown_it.rules_block import StateBlock
from markdown_it.token import Token

from chatkit.ingest.readers.markdown import paragraph


def list_table(state: StateBlock, line: int, options: Mapping[str, str], body: str) -> None:
    """Add a list of lists as a table."""
    tokens = list[Token]()
    state.md.block.parse(body, state.md, state.env, tokens)
    heads, row, depth = _number(options.get("header-rows", "")), 0, 0
    for token in tokens:
        if token.type in {"bullet_list_open", "bullet_list_close"}:
            depth += token.nesting
            if depth == (1 if token.nesting > 0 else 0):
                _html(state, "<table>" if token.nesting > 0 else "</table>")
        elif token.type in {"list_item_open", "list_item_close"} and depth <= 2:
            row += depth == 1 and token.nesting > 0
            tag = "tr" if depth == 1 else "th" if row <= heads else "td"
            _html(state, f"<{'/' if token.nesting < 0 else ''}{tag}>")
        else:
            state.tokens.append(token)


def csv_table(state: StateBlock, line: int, options: Mapping[str, str], body: str) -> None:
    """Add comma-separated values as a table, below those of the option `header`; what is none is left out."""
    delimiter = options.get("delim", ",")
    lines = [one for one in [options.get("header", ""), *body.split("\n")] if one.strip()]
    try:
        rows = list(csv.reader(lines, delimiter=delimiter if len(delimiter) == 1 else ",", skipinitialspace=True))
    except csv.Error:
        return
    _html(state, "<table>")
    for cells in rows:
        _html(state, "<tr>")
        for cell in cells:
            _html(state, "<td>")
            paragraph(state, cell, line)
            _html(state, "</td>")
        _html(state, "</tr>")
    _html(state, "</table>")


def _html(state: StateBlock, html: str) -> None:
    state.push("html_block", "", 0).content = html


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 4 else 0
