"""What the templates of a site's own shortcodes show, as far as they use no more than is known here.

That is values, texts, conditions and the commonest functions of Hugo's templates. Nothing is read, run or fetched.
"""

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from chatkit.ingest.readers.hugo.functions import Function, Html, Parameters

_TEXT = r"\"(?:[^\"\\\n]|\\.)*+\"|`[^`]*+`"
# From one start it never looks past the next.
ACTION = re.compile(
    r"\{\{(?P<left>-(?=\s))?\s*+(?P<body>/\*(?:[^*{]|\*(?!/)|\{(?!\{))*+\*/"
    rf"|(?:{_TEXT}|(?!\s-\}}\}})[^\"`{{}}]|\}}(?!\}})|\{{(?!\{{))*+)(?P<right>\s*-)?\s*+\}}\}}"
)
TOKEN = re.compile(
    r"""\s*(?:("(?:[^"\\]|\\.)*")|(`[^`]*`)|(-?\d+(?:\.\d+)?)|(:=|=|\(|\)|\||,)|(\$?[\w]*(?:\.\w+)*\.?))"""
)
# Loops, other templates, and ways out of them.
UNKNOWN_WORDS = frozenset(
    ["range", "define", "block", "template", "partial", "partialCached", "return", "break", "continue"]
)
STEPS = 2_000


class Unknown(Exception):
    """What a template uses is not known here."""


Node = tuple[str, str, tuple["Node", ...], tuple["Node", ...]]


@dataclass
class Scope:
    """What a template's fields and functions mean for one shortcode: methods by their names, and the functions."""

    fields: Mapping[str, Any]
    functions: Mapping[str, Function]


@lru_cache(maxsize=1_000)
def parse(text: str) -> tuple[Node, ...]:
    """Return a template's parts. Raises ``Unknown``."""
    pieces, at = list[tuple[str, str]](), 0
    trim = False
    for action in ACTION.finditer(text):
        before = text[at : action.start()]
        before = before.lstrip() if trim else before
        pieces.append(("text", before.rstrip() if action["left"] else before))
        if not action["body"].startswith("/*"):
            pieces.append(("action", action["body"]))
        at, trim = action.end(), bool(action["right"])
    pieces.append(("text", text[at:].lstrip() if trim else text[at:]))
    stream = iter(pieces)
    nodes, end = _block(stream)
    if end:
        raise Unknown(end)
    return nodes


def _block(pieces: Iterator[tuple[str, str]]) -> tuple[tuple[Node, ...], str]:
    """Return the parts up to an `else` or `end`, and that."""
    nodes: list[Node] = []
    for kind, body in pieces:
        word, _, rest = body.partition(" ")
        if kind == "text":
            nodes.append((kind, body, (), ()))
        elif word in {"end", "else"}:
            return tuple(nodes), body
        elif word in {"if", "with"}:
            nodes.append(_condition(word, rest, pieces))
        elif word in UNKNOWN_WORDS:
            raise Unknown(word)
        else:
            nodes.append((kind, body, (), ()))
    return tuple(nodes), ""


def _condition(word: str, expression: str, pieces: Iterator[tuple[str, str]]) -> Node:
    then, end = _block(pieces)
    otherwise: tuple[Node, ...] = ()
    if end.startswith("else"):
        kind, _, rest = end.removeprefix("else").strip().partition(" ")
        if kind in {"if", "with"}:
            otherwise = (_condition(kind, rest, pieces),)
        else:
            otherwise, _ = _block(pieces)
    return word, expression, then, otherwise


def render(nodes: Sequence[Node], scope: Scope) -> str:
    """Return what a template shows. Raises ``Unknown``."""
    return _Run(scope).nodes(nodes, scope.fields)


class _Run:
    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._variables: dict[str, Any] = {"$": scope.fields}
        self._steps = 0

    def nodes(self, nodes: Sequence[Node], dot: Any) -> str:
        shown = []
        for kind, body, then, otherwise in nodes:
            if kind == "text":
                shown.append(body)
                continue
            value, is_shown = self._pipeline(body, dot)
            if kind == "action":
                if is_shown:
                    shown.append(text_of(value))
            elif value:
                shown.append(self.nodes(then, value if kind == "with" else dot))
            else:
                shown.append(self.nodes(otherwise, dot))
        return "".join(shown)

    def _pipeline(self, expression: str, dot: Any) -> tuple[Any, bool]:
        """Return the value of an expression, and whether it is shown and not only kept."""
        words = _words(expression)
        variable = None
        if len(words) > 2 and words[1] in {":=", "="} and words[0].startswith("$"):
            variable, words = words[0], words[2:]
        value = self._commands(words, dot)
        if words:
            raise Unknown(expression)
        if variable is not None:
            self._variables[variable] = value
        return value, variable is None

    def _commands(self, words: list[str], dot: Any) -> Any:
        """Return the value of commands joined by `|`, and take them off the words."""
        value = self._command(words, dot, [])
        while words and words[0] == "|":
            words.pop(0)
            value = self._command(words, dot, [value])
        return value

    def _command(self, words: list[str], dot: Any, piped: list[Any]) -> Any:
        self._steps += 1
        if not words or self._steps > STEPS:
            raise Unknown("an empty command, or no end")
        first = words.pop(0)
        values = []
        operand = self._operand(first, words, dot)
        while words and words[0] not in {"|", ")"}:
            values.append(_called(self._operand(words.pop(0), words, dot)))
        values += piped
        if callable(operand):
            try:
                return operand(*values)
            except (TypeError, ValueError, LookupError, AttributeError) as error:
                raise Unknown(first) from error
        if values:
            raise Unknown(first)
        return operand

    def _operand(self, word: str, words: list[str], dot: Any) -> Any:
        if word == "(":
            value = self._commands(words, dot)
            if not words or words.pop(0) != ")":
                raise Unknown("an open bracket")
            return value
        if word[0] == '"':
            return word[1:-1].replace('\\"', '"').replace("\\n", "\n").replace("\\t", "\t").replace("\\\\", "\\")
        if word[0] == "`":
            return word[1:-1]
        if word[0].isdigit() or word[0] == "-":
            return float(word) if "." in word else int(word)
        head, *names = word.split(".")
        if word == ".":
            return dot
        if head.startswith("$"):
            if head not in self._variables:
                raise Unknown(word)
            return _field(self._variables[head], names)
        if not head:
            return _field(dot, names)
        if head in {"site", "page"}:
            return _field(self._scope.fields, [head.capitalize(), *names])
        if word in {"true", "false", "nil"}:
            return {"true": True, "false": False, "nil": None}[word]
        function = self._scope.functions.get(word) or self._scope.functions.get(names[-1] if names else "")
        if function is None:
            raise Unknown(word)
        return function


def _words(expression: str) -> list[str]:
    words, at = [], 0
    expression = expression.strip()
    while at < len(expression):
        found = TOKEN.match(expression, at)
        if found is None or found.end() == at:
            raise Unknown(expression)
        words.append(next(group for group in found.groups() if group))
        at = found.end()
    return words


def _field(value: Any, names: Sequence[str]) -> Any:
    """Return a field of a field; keys of parameters are compared without regard to case, as Hugo does."""
    for name in names:
        if not isinstance(value, Mapping):
            raise Unknown(name)
        if name in value:
            value = value[name]
        elif isinstance(value, Parameters):
            value = value.get(name.lower())
        else:
            raise Unknown(name)
    return value


def _called(value: Any) -> Any:
    return value() if callable(value) else value


def text_of(value: Any) -> str:
    """Return a value as it stands in HTML."""
    value = _called(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (Html, int, float)) else html.escape(str(value))
