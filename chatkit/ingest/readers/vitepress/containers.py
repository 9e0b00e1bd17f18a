"""The lines with which VitePress opens and closes its containers, such as boxes and tabs, and others of its own."""

import re

from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from chatkit.ingest.readers.markdown import paragraph
from chatkit.ingest.readers.vitepress.attributes import Attributes

CONTAINER = re.compile(r"(:{3,})[ \t]*(?:([a-z][\w-]*)(?:[ \t]+(.*?))?)?[ \t]*$")
# `:::tabs` is vitepress-plugin-tabs.
TABS, TAB = re.compile(r"^[ \t]*:{3,}[ \t]*tabs\b", re.M), re.compile(r"==[ \t]+(\S.*?)[ \t]*$")
V_PRE = "v-pre"
CONTENTS = "[[toc]]"
SNIPPET = "<<<"
ALERT = re.compile(r"\[!(?:TIP|NOTE|INFO|IMPORTANT|WARNING|CAUTION|DANGER)\]([^\n]*)\n?", re.I)


class Containers:
    """The containers that are open at a place of a page; a line closes one that has no more colons."""

    def __init__(self) -> None:
        self._open = list[Token]()
        # How many of them are, which is counted as any number may be open.
        self._literal = 0

    def __bool__(self) -> bool:
        return bool(self._open)

    @property
    def innermost(self) -> str:
        """The name of the container that a place stands in, or nothing."""
        return self._open[-1].info if self._open else ""

    @property
    def are_literal(self) -> bool:
        """Whether what stands here is text to Vue."""
        return self._literal > 0

    def read(self, token: Token) -> None:
        """Pass a line that opens or closes a container."""
        if token.info:
            self._open.append(token)
            self._literal += token.info == V_PRE
        elif self.are_closed_by(token.markup):
            self._literal -= self._open.pop().info == V_PRE

    def are_closed_by(self, colons: str) -> bool:
        """Tell whether a line of such colons closes one."""
        return bool(self._open) and len(colons) >= len(self._open[-1].markup)


def environment(body: str, attributes: Attributes) -> dict[str, object]:
    """Return what the rules below keep of the page that is parsed."""
    return {"containers": Containers(), "tabs": TABS.search(body) is not None, "attributes": attributes}


def is_end_of_html(state: StateBlock, number: int) -> bool:
    """Tell whether a line ends lines of HTML though none is blank between them, as the end of what they stand in."""
    line = _line(state, number)
    found = CONTAINER.match(line)
    ends = found is not None and not found[2] and state.env["containers"].are_closed_by(found[1])
    return ends or (state.env["tabs"] and TAB.match(line) is not None)


def container(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read `::: tip Title` and `:::`, which open and close a container; what is between is Markdown anyway."""
    if state.is_code_block(start) or (found := CONTAINER.match(_line(state, start))) is None:
        return False
    if not silent:
        marks, name, title = found.groups()
        token = state.push("container", "", 0)
        token.info, token.markup = name or "", marks
        state.env["containers"].read(token)
        if words := state.env["attributes"].at_end.sub("", title or ""):
            paragraph(state, words, start)
        state.line = start + 1
    return True


def line_of_its_own(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Leave out a table of contents and a file that is not there; announce a tab."""
    if state.is_code_block(start):
        return False
    line = _line(state, start)
    tab = TAB.match(line) if state.env["tabs"] else None
    if tab is None and line.strip().lower() != CONTENTS and not line.startswith(SNIPPET):
        return False
    if not silent:
        if tab is not None:
            paragraph(state, f"{tab[1]}:", start)
        state.line = start + 1
    return True


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


def alerts(state: StateCore) -> None:
    """Let `> [!NOTE] Title` begin with its title, if it has one."""
    tokens = list[Token]()
    for token in state.tokens:
        is_first = token.type == "inline" and len(tokens) > 1 and tokens[-2].type == "blockquote_open"
        if is_first and (mark := ALERT.match(token.content)):
            token.content = token.content[mark.end() :]
            if title := mark[1].strip():
                tokens.insert(-1, Token("html_block", "", 0, content=f"<p>{title}</p>\n"))
        tokens.append(token)
    state.tokens = tokens
