"""One file of JavaScript or TypeScript: what its names and exports stand for, as far as literals say it."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final, Protocol

from tree_sitter import Node

# How deep values may be nested.
MAX_DEPTH = 60
CONSTANTS: Mapping[str, Any] = {"true": True, "false": False, "null": None, "undefined": None}
# What holds an expression without changing its value.
TRANSPARENT = {
    "parenthesized_expression",
    "as_expression",
    "satisfies_expression",
    "non_null_expression",
    "await_expression",
    "expression_statement",
}
# What a function is called by that has a name.
NAMES = {"identifier", "member_expression"}
FUNCTIONS = {"arrow_function", "function_expression", "function_declaration"}
# Returns what it is given, and says only of which type that is.
DEFINE = re.compile(r"define[A-Z]\w*\Z")
ESCAPE = re.compile(r"\\(?:u\{([\da-fA-F]{1,6})\}|u([\da-fA-F]{4})|x([\da-fA-F]{2})|(\r\n|.))", re.S)
ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "", "\n": "", "\r\n": "", "\r": ""}


class Unknown(Enum):
    """What a configuration does not say in literals."""

    UNKNOWN = "unknown"

    def __bool__(self) -> bool:
        return False


UNKNOWN: Final = Unknown.UNKNOWN


@dataclass(frozen=True)
class Call:
    """The call of a function that is not known, such as `starlight({...})`; ``name`` is how the function is written.

    ``callee`` is the call that made the function, as of `withNextra({...})` after `const withNextra = nextra({...})`.
    """

    name: str
    arguments: tuple[Any, ...]
    callee: "Call | None" = None


class Files(Protocol):
    """The files of one configuration, which count what is made of them."""

    def count(self, values: int = 1) -> None:
        """Count what was made. Raises when there is too much of it."""

    def imported(self, importing: Path, source: str, name: str) -> Any:
        """Return what a file gets by a name from a file near it."""

    @property
    def values(self) -> int:
        """How many values were made."""


@dataclass(frozen=True)
class _Declared:
    """What a name stands for: an expression, of whose value ``member`` is taken, or a file's export of that name."""

    value: Node | None = None
    member: str | None = None
    source: str = ""


class Module:
    """One file's declarations, whose values are found when they are asked for."""

    def __init__(self, files: Files, path: Path, root: Node) -> None:
        self._files, self._path = files, path
        self._names = dict[str, _Declared]()
        # Each value, and of how many values it is.
        self._known = dict[str, tuple[Any, int]]()
        self._depth = 0
        self._declare(root.named_children)

    def exported(self, name: str) -> Any:
        """Return the value of an export."""
        module = "module.exports"
        if name in self._names and name != "*":
            return self._named(name)
        whole = self._named(module if module in self._names else "default")
        return whole if name in {"default", "*"} else member(whole, name)

    def _declare(self, statements: Sequence[Node]) -> Node | None:
        """Note what statements declare, and return the expression of the last `return` among them."""
        returned = None
        for statement in statements:
            declaration = statement
            if statement.type == "export_statement":
                declaration = _field(statement, "declaration") or _field(statement, "value") or statement
                if any(child.type in {"default", "="} for child in statement.children):
                    # An export by assignment, `export = value`, has no field.
                    self._names["default"] = _Declared(
                        declaration if declaration is not statement else statement.named_children[-1]
                    )
            if declaration.type in {"lexical_declaration", "variable_declaration"}:
                for variable in declaration.named_children:
                    self._declare_variable(_field(variable, "name"), _field(variable, "value"))
            elif declaration.type == "function_declaration" and (name := _field(declaration, "name")) is not None:
                self._names[_text(name)] = _Declared(declaration)
            elif declaration.type == "import_statement":
                self._declare_imports(declaration)
            elif declaration.type == "return_statement":
                returned = declaration.named_children[0] if declaration.named_children else None
            elif declaration.type == "expression_statement":
                assignment = declaration.named_children[0] if declaration.named_children else declaration
                if assignment.type == "assignment_expression" and (target := _field(assignment, "left")) is not None:
                    name_of_export = _text(target).removeprefix("module.exports.").removeprefix("exports.")
                    self._names[name_of_export] = _Declared(_field(assignment, "right"))
        return returned

    def _declare_variable(self, target: Node | None, value: Node | None) -> None:
        if target is None or value is None:
            return
        if target.type == "identifier":
            self._names[_text(target)] = _Declared(value)
        for part in target.named_children if target.type == "object_pattern" else ():
            if part.type in {"shorthand_property_identifier_pattern", "pair_pattern"}:
                name, key = _field(part, "value") or part, _field(part, "key") or part
                self._names[_text(name)] = _Declared(value, _text(key))

    def _declare_imports(self, statement: Node) -> None:
        source = self._value(_field(statement, "source"))
        for clause in statement.named_children[0].named_children if isinstance(source, str) else ():
            if clause.type == "identifier":
                self._names[_text(clause)] = _Declared(None, "default", source)
            elif clause.type == "namespace_import":
                self._names[_text(clause.named_children[-1])] = _Declared(None, "*", source)
            else:
                for imported in clause.named_children:
                    name = _field(imported, "name") or imported
                    self._names[_text(_field(imported, "alias") or name)] = _Declared(None, _text(name), source)

    def _named(self, name: str) -> Any:
        if name in self._known:
            value, size = self._known[name]
            self._files.count(size)
            return value
        if name not in self._names:
            return UNKNOWN
        # A name that stands for itself has no value.
        self._known[name] = (UNKNOWN, 1)
        declared, before = self._names[name], self._files.values
        if declared.source:
            value = self._files.imported(self._path, declared.source, declared.member or "default")
        else:
            value = (
                self._returned(declared.value) if name in {"default", "module.exports"} else self._value(declared.value)
            )
            value = value if declared.member is None else member(value, declared.member)
        self._known[name] = (value, self._files.values - before + 1)
        return value

    def _value(self, node: Node | None) -> Any:
        """Return the value of an expression."""
        self._files.count()
        while node is not None and node.type in TRANSPARENT:
            node = node.named_children[0] if node.named_children else None
        if node is None or self._depth >= MAX_DEPTH:
            return UNKNOWN
        self._depth += 1
        try:
            return self._expression(node)
        finally:
            self._depth -= 1

    def _expression(self, node: Node) -> Any:
        match node.type:
            case "string" | "template_string":
                return self._string(node)
            case "number":
                return _number(_text(node))
            case "object":
                return self._object(node)
            case "array":
                return self._array(node)
            case "identifier" | "undefined" | "true" | "false" | "null":
                name = _text(node)
                return CONSTANTS[name] if name in CONSTANTS else self._named(name)
            case "member_expression" if _text(node) == "process.env.NODE_ENV":
                # What is published is built so.
                return "production"
            case "member_expression":
                key = _field(node, "property")
                return member(self._value(_field(node, "object")), _text(key) if key is not None else UNKNOWN)
            case "subscript_expression":
                return member(self._value(_field(node, "object")), self._value(_field(node, "index")))
            case "call_expression":
                return self._call(node)
            case "binary_expression" | "unary_expression":
                return self._operation(node)
            case "ternary_expression":
                condition = self._value(_field(node, "condition"))
                chosen = "consequence" if condition else "alternative"
                return UNKNOWN if condition is UNKNOWN else self._value(_field(node, chosen))
            case _:
                return UNKNOWN

    def _string(self, node: Node) -> Any:
        parts = []
        for child in node.named_children:
            if child.type == "template_substitution":
                part = self._value(child.named_children[0] if child.named_children else None)
                if not isinstance(part, (str, int)):
                    return UNKNOWN
                parts.append(str(part))
            else:
                parts.append(ESCAPE.sub(_unescaped, _text(child)))
        return "".join(parts)

    def _array(self, node: Node) -> list[Any]:
        made: list[Any] = []
        for child in node.named_children:
            if child.type == "spread_element":
                spread = self._value(child.named_children[0] if child.named_children else None)
                made.extend(spread if isinstance(spread, list) else [UNKNOWN])
            elif child.type != "comment":
                made.append(self._value(child))
        return made

    def _object(self, node: Node) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for child in node.named_children:
            if child.type == "spread_element":
                spread = self._value(child.named_children[0] if child.named_children else None)
                if isinstance(spread, Call) and DEFINE.match(spread.name):
                    # A part of a configuration, with what tells its type around it.
                    spread = next(iter(spread.arguments), UNKNOWN)
                made.update(spread if isinstance(spread, dict) else {})
            elif child.type == "shorthand_property_identifier":
                made[_text(child)] = self._named(_text(child))
            elif child.type in {"pair", "method_definition"}:
                key = _field(child, "key") or _field(child, "name")
                name: Any = UNKNOWN
                if key is not None and key.type in {"string", "computed_property_name"}:
                    name = self._value(key if key.type == "string" else key.named_children[0])
                elif key is not None:
                    name = _text(key)
                if isinstance(name, str):
                    made[name] = self._value(_field(child, "value"))
        return made

    def _call(self, node: Node) -> Any:
        """Return what a call returns: a file that is required, what a function declared here returns, or the call."""
        function = _field(node, "function")
        arguments = [
            child for child in getattr(_field(node, "arguments"), "named_children", ()) if child.type != "comment"
        ]
        name = _text(function) if function is not None and function.type in NAMES else ""
        declared = self._names.get(name)
        if declared is not None and declared.value is not None and declared.value.type in FUNCTIONS:
            return self._returned(declared.value)
        callee = self._value(function)
        values = tuple(self._returned(argument) for argument in arguments)
        if name == "require" and values and isinstance(values[0], str):
            found = self._files.imported(self._path, values[0], "*")
            return Call(name, values) if found is UNKNOWN else found
        made_by = callee if isinstance(callee, Call) else None
        return Call(name or (made_by.name if made_by else ""), values, made_by)

    def _returned(self, node: Node | None) -> Any:
        """Return the value of an expression, or what it returns where it is a function."""
        while node is not None and node.type in TRANSPARENT and node.named_children:
            node = node.named_children[0]
        body = _field(node, "body") if node is not None and node.type in FUNCTIONS else None
        if body is None or self._depth >= MAX_DEPTH:
            return self._value(node)
        if body.type != "statement_block":
            return self._value(body)
        self._depth += 1
        try:
            return self._value(self._declare(body.named_children))
        finally:
            self._depth -= 1

    def _operation(self, node: Node) -> Any:
        operator = _field(node, "operator")
        left, right = self._value(_field(node, "left")), _field(node, "right") or _field(node, "argument")
        match _text(operator) if operator is not None else "":
            case "||":
                return left or self._value(right)
            case "??":
                return self._value(right) if left is None or left is UNKNOWN else left
            case "===" | "==" | "!==" | "!=" as comparison:
                other = self._value(right)
                return UNKNOWN if UNKNOWN in (left, other) else (left == other) is (comparison[0] == "=")
            case "+":
                other = self._value(right)
                return left + other if isinstance(left, str) and isinstance(other, str) else UNKNOWN
            case "!":
                other = self._value(right)
                return UNKNOWN if other is UNKNOWN else not other
            case "-":
                other = self._value(right)
                return -other if left is UNKNOWN and isinstance(other, (int, float)) else UNKNOWN
            case _:
                return UNKNOWN


def _field(node: Node, name: str) -> Node | None:
    return node.child_by_field_name(name)


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")


def member(value: Any, key: Any) -> Any:
    if isinstance(value, dict) and isinstance(key, str):
        return value.get(key, UNKNOWN)
    if isinstance(value, list) and isinstance(key, int) and not isinstance(key, bool) and 0 <= key < len(value):
        return value[key]
    return UNKNOWN


def _number(text: str) -> Any:
    try:
        return json.loads(text.replace("_", ""))
    except ValueError:
        return UNKNOWN


def _unescaped(match: re.Match[str]) -> str:
    code = match[1] or match[2] or match[3]
    if code is None:
        return ESCAPED.get(match[4], match[4])
    number = int(code, 16)
    return chr(number) if number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF else "\ufffd"
