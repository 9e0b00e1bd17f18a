"""What MyST's directives become: boxes, cards and tabs their words, code one block, tables of contents nothing."""

import re
from collections.abc import Callable, Mapping
from html import escape
from textwrap import dedent

import yaml
from markdown_it.rules_block import StateBlock

from chatkit.ingest.readers.markdown import paragraph
from chatkit.ingest.readers.myst.notebook import OUTPUT_HTML
from chatkit.ingest.readers.myst.page import Page
from chatkit.ingest.readers.myst.rst import to_myst
from chatkit.ingest.readers.myst.tables import csv_table, list_table

# The name may be followed by attributes, as in `{note .wide}`; what stands behind it is its argument.
OPENING = re.compile(r"(?P<fence>`{3,}|~{3,}|:{3,})[ \t]*(?:\{(?P<name>[\w:.+-]+)[^{}\n]*\}[ \t]*(?P<argument>.*))?\Z")
OPTION = re.compile(r":([\w-]+):(?:[ \t]+(.*))?\Z")
QUOTED = re.compile(r"\A([\"'])(.*)\1\Z")
# Deeper than people nest.
MAX_DEPTH = 20

ADMONITIONS = frozenset(
    """
    attention caution danger error hint important note seealso see-also tip warning todo
    """.split()  # noqa: SIM905  (a list of words, not of lines)
)
CODE = frozenset(
    """
    code code-block sourcecode code-cell doctest ipython ipython3 jupyter-execute myst parsed-literal prompt
    testcode
    """.split()  # noqa: SIM905  (a list of words, not of lines)
)
DROPPED = re.compile(
    r"anywidget|any:.*|auto.*|bibliography|bokeh-plot|button-.*|contents|currentmodule|default-role|digraph"
    r"|doxygen.*|embed|footbibliography|genindex|glue.*|graphviz|highlight|iframe|image|include|index"
    r"|jupyter-kernel|literalinclude|mdast|meta|mermaid|module|plantuml|plot|py:.*|raw|show-index"
    r"|tableofcontents|table-of-contents|testcleanup|testsetup|tikz|toc|toctree|video|widget|youtube|audio"
    r"|thebe-button"
)
VERSIONS = {
    "versionadded": "Added in version {}",
    "versionchanged": "Changed in version {}",
    "versionremoved": "Removed in version {}",
    "deprecated": "Deprecated since version {}",
}
# What holds nothing but its body, or its body below its title.
PLAIN = frozenset(
    """
    admonition aside blockquote card card-carousel cards compound container details div dropdown epigraph
    exercise exercise-end exercise-start figure-md grid grid-item grid-item-card highlights hlist margin only
    panels pull-quote seealso sidebar solution solution-end solution-start subfigure tab tab-item tab-set
    tab-set-code tabbed table tabs topic
    """.split()  # noqa: SIM905  (a list of words, not of lines)
)
UNTITLED = frozenset(
    """
    card-carousel div container grid grid-item only tab-set tab-set-code tabs hlist figure-md
    exercise-end exercise-start solution solution-end solution-start
    """.split()  # noqa: SIM905  (a list of words, not of lines)
)
TABS = {"tab", "tab-item", "tabbed", "group-tab"}
REMOVED = {"remove-cell", "remove-input", "remove_cell", "remove_input"}
PYTHON = re.compile(r"i?python3?\Z")
# A heading that begins a box is its title.
HEADING = re.compile(r"\s*#{1,6}[ \t]+(.*)")
MEANING = re.compile(r"^:(?=[ \t])", re.M)
CARD_HEADER = re.compile(r"^\^{3,}[ \t]*$", re.M)


def directive(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a directive, in a fence of backticks, tildes or colons."""
    if state.is_code_block(start):
        return False
    opening = OPENING.match(state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]].rstrip())
    if opening is None or (opening["name"] is None and opening["fence"][0] != ":"):
        return False
    if opening["fence"][0] == "`" and "`" in (opening["argument"] or ""):
        return False
    if silent:
        return True
    line = start + 1
    while line < end and not _closes(state, line, opening["fence"]):
        if state.sCount[line] < state.blkIndent and not state.isEmpty(line):
            break
        line += 1
    is_closed = line < end and _closes(state, line, opening["fence"])
    body = state.getLines(start + 1, line, state.sCount[start], False)
    state.line = line + is_closed
    # It stands between a label and what follows, also where it shows nothing.
    state.push("html_block", "", 0)
    depth = state.env.get("depth", 0)
    if depth < MAX_DEPTH:
        state.env["depth"] = depth + 1
        options, rest = split_options(body)
        is_markdown = opening["fence"][0] == ":"
        _Directive(state, start, (opening["argument"] or "").strip(), options, rest).read(
            (opening["name"] or "div").lower(), is_markdown
        )
        state.env["depth"] = depth
    return True


def _closes(state: StateBlock, line: int, fence: str) -> bool:
    text = state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].rstrip()
    return len(text) >= len(fence) and text == fence[0] * len(text)


def split_options(body: str) -> tuple[dict[str, str], str]:
    """Return a directive's options, as `:name: value` or in YAML between rules, and the rest of its body."""
    lines = body.split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    if lines[first].rstrip() == "---" and "---" in (rest := [line.rstrip() for line in lines[first + 1 :]]):
        stop = first + 1 + rest.index("---")
        return _yaml("\n".join(lines[first + 1 : stop])), "\n".join(lines[stop + 1 :])
    options = dict[str, str]()
    while first < len(lines) and (found := OPTION.match(lines[first].strip())):
        options[found[1]] = QUOTED.sub(r"\2", found[2] or "")
        first += 1
    return options, "\n".join(lines[first:]) if options else body


def _yaml(text: str) -> dict[str, str]:
    try:
        options = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    return {str(key): str(value) for key, value in options.items()} if isinstance(options, dict) else {}


class _Directive:
    def __init__(self, state: StateBlock, line: int, argument: str, options: Mapping[str, str], body: str) -> None:
        self._state, self._line = state, line
        self._argument, self._options, self._body = argument, options, body
        self._page: Page = state.env["page"]

    def read(self, name: str, is_markdown: bool) -> None:
        """Add what is shown of the directive; ``is_markdown`` tells that the body of one not known may be read."""
        own: dict[str, Callable[[], None]] = {
            "math": self._math,
            OUTPUT_HTML: lambda: self._html(self._body),
            "figure": self._parse,
            "list-table": lambda: self._table(list_table),
            "csv-table": lambda: self._table(csv_table),
            "glossary": self._glossary,
            "rubric": lambda: self._title(self._argument),
            "centered": lambda: self._title(self._argument),
            "eval-rst": lambda: self._parse(to_myst(self._body)),
        }
        if name in own:
            own[name]()
        elif name in CODE:
            self._code(name)
        elif name in VERSIONS:
            self._version(VERSIONS[name])
        elif name in ADMONITIONS:
            self._admonition()
        elif name in TABS:
            self._html(f"<label>{escape(self._argument)}</label>")
            self._parse()
        elif name in PLAIN or name.startswith(("prf:", "proof:")):
            self._box(name)
        elif is_markdown and not DROPPED.fullmatch(name):
            self._parse()

    def _html(self, html: str) -> None:
        self._state.push("html_block", "", 0).content = html

    def _title(self, title: str) -> None:
        if title:
            paragraph(self._state, title, self._line)

    def _parse(self, text: str | None = None) -> None:
        state = self._state
        state.md.block.parse(self._body if text is None else text, state.md, state.env, state.tokens)

    def _box(self, name: str) -> None:
        header = CARD_HEADER.search(self._body) if "card" in name else None
        self._title(self._options.get("header", ""))
        if header:
            self._parse(self._body[: header.start()])
        if name not in UNTITLED and self._argument:
            # Sphinx sets the title of an exercise or a theorem behind its number.
            is_numbered = self._page.is_sphinx and name.startswith(("exercise", "prf:", "proof:"))
            self._title(f"({self._argument})" if is_numbered else self._argument)
        self._parse(self._body[header.end() :] if header else None)
        self._title(self._options.get("footer", ""))

    def _admonition(self) -> None:
        if not self._page.is_sphinx:
            heading = HEADING.match(self._body)
            self._title(self._argument or (heading[1] if heading else ""))
            self._parse(self._body[heading.end() :] if heading and not self._argument else None)
        else:
            self._parse(f"{self._argument}\n{self._body}")

    def _version(self, words: str) -> None:
        version, _, rest = self._argument.partition(" ")
        body = "\n".join(filter(None, [rest, self._body.strip("\n")]))
        self._parse(f"{words.format(version)}: {body}" if body else f"{words.format(version)}.")

    def _code(self, name: str) -> None:
        tags = set(re.findall(r"[\w-]+", self._options.get("tags", "")))
        if name == "code-cell" and not tags.isdisjoint(REMOVED):
            return
        if caption := self._options.get("caption"):
            self._title(f"{caption.rstrip(':')}:")
        token = self._state.push("fence", "code", 0)
        language = "" if name in {"parsed-literal", "prompt"} else self._argument.split(" ")[0]
        token.info = PYTHON.sub("python", language)
        token.content = f"{dedent(self._body).strip(chr(10))}\n"

    def _math(self) -> None:
        self._html(f"<p>\\[{escape(' '.join(f'{self._argument} {self._body}'.split()))}\\]</p>")

    def _table(self, read: Callable[[StateBlock, int, Mapping[str, str], str], None]) -> None:
        self._title(self._argument)
        read(self._state, self._line, self._options, self._body)

    def _glossary(self) -> None:
        """Read terms and, indented below them or behind a colon, what they mean."""
        definition = list[str]()
        for line in [*MEANING.sub("  ", self._body).split("\n"), "end"]:
            if line[:1].isspace() or not line.strip():
                definition.append(line)
                continue
            if definition:
                self._parse(dedent("\n".join(definition)))
            definition = []
            if line != "end":
                self._title(line)
