"""Liquid's expressions: values, comparisons and filters."""

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

from chatkit.ingest.readers.liquid.filters import FILTERS, SCOPED_FILTERS, sequence

Scope = MutableMapping[str, Any]

STRING = r"\"[^\"]*\"|'[^']*'"
PIPED = re.compile(rf"(?:{STRING}|[^|])+")
ARGUMENT = re.compile(rf"(?:{STRING}|[^,])+")
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
RANGE = re.compile(r"\(\s*([\w.-]+?)\s*\.\.\s*([\w.-]+)\s*\)")
STEP = re.compile(rf"\.?([\w-]+\??)|\[\s*({STRING}|[^\[\]]+)\s*\]")
CONDITION = re.compile(rf"{STRING}|==|!=|<>|<=|>=|<|>|[^\s=!<>\"']+")
LITERALS = {"true": True, "false": False, "nil": None, "null": None, "empty": "", "blank": ""}
COMPARISONS = {"==", "!=", "<>", "<", ">", "<=", ">=", "contains"}
MAX_RANGE = 10_000


def evaluate(markup: str, scope: Scope) -> Any:
    """Return the value of an expression with its filters; what is not known is None, or stays as it is."""
    parts: list[str] = PIPED.findall(markup)
    value = evaluate_argument(parts[0], scope) if parts else None
    for part in parts[1:]:
        name, _, rest = part.strip().partition(":")
        name = name.strip()
        arguments = [_argument(argument, scope) for argument in split_arguments(rest)]
        try:
            if name in FILTERS:
                value = FILTERS[name](value, *arguments)
            elif name in SCOPED_FILTERS:
                value = SCOPED_FILTERS[name](scope, value, *arguments)
            elif name in {"where_exp", "find_exp"}:
                found = _matching(scope, value, *arguments)
                value = found if name == "where_exp" else next(iter(found), None)
        except (TypeError, ValueError, ArithmeticError, IndexError, AttributeError, OverflowError):
            # A filter that cannot do with a value leaves it.
            continue
    return value


def split_arguments(markup: str) -> list[str]:
    """Return what commas separate."""
    return [found for part in ARGUMENT.findall(markup) if (found := part.strip())]


def evaluate_argument(markup: str, scope: Scope) -> Any:
    """Return the value of a literal, a range or a variable."""
    markup = markup.strip()
    if len(markup) > 1 and markup[0] in "\"'" and markup[-1] == markup[0]:
        return markup[1:-1]
    if markup in LITERALS:
        return LITERALS[markup]
    if NUMBER.fullmatch(markup):
        return float(markup) if "." in markup else int(markup)
    if found := RANGE.fullmatch(markup):
        first, last = (evaluate_argument(end, scope) for end in found.groups())
        if isinstance(first, int) and isinstance(last, int):
            return range(first, min(last + 1, first + MAX_RANGE))
        return None
    value: Any = scope
    for step in STEP.finditer(markup):
        key = step[1] if step[1] is not None else evaluate_argument(step[2], scope)
        value = _member(value, key)
        # What a site holds much of is looked for when it is asked for.
        value = value() if callable(value) else value
    return None if value is scope else value


def is_true(markup: str, scope: Scope) -> bool:
    """Tell whether a condition holds; of several, those further right are joined first."""
    parts, joints = [list[str]()], list[str]()
    for word in CONDITION.findall(markup):
        if word in {"and", "or"}:
            joints.append(word)
            parts.append([])
        else:
            parts[-1].append(word)
    holds = _comparison(parts.pop(), scope)
    while joints:
        left = _comparison(parts.pop(), scope)
        holds = (left or holds) if joints.pop() == "or" else (left and holds)
    return holds


def _comparison(words: list[str], scope: Scope) -> bool:
    operator = next((index for index, word in enumerate(words) if word in COMPARISONS), None)
    if operator is None:
        value = evaluate_argument("".join(words), scope)
        return value is not None and value is not False
    left, right = (evaluate_argument("".join(side), scope) for side in (words[:operator], words[operator + 1 :]))
    is_blank = "".join(words[operator + 1 :]) in {"empty", "blank"}
    match words[operator]:
        case "==":
            return left in ("", [], {}) if is_blank else bool(left == right)
        case "!=" | "<>":
            return left not in ("", [], {}) if is_blank else bool(left != right)
        case "contains":
            return str(right) in left if isinstance(left, str) else right in sequence(left)
    try:
        return bool({"<": left < right, ">": left > right, "<=": left <= right, ">=": left >= right}[words[operator]])
    except TypeError:
        return False


def _member(value: Any, key: Any) -> Any:
    if isinstance(value, Mapping):
        if key in value:
            return value[key]
        return len(value) if key == "size" else None
    if isinstance(value, list | range | str):
        if key == "size":
            return len(value)
        if isinstance(value, str):
            return None
        index = {"first": 0, "last": -1}.get(key) if isinstance(key, str) else key
        if isinstance(index, int) and -len(value) <= index < len(value):
            return value[index]
    return None


def _argument(markup: str, scope: Scope) -> Any:
    """Return the value of a filter's argument, which may have a name."""
    name, colon, rest = markup.partition(":")
    return evaluate_argument(rest if colon and name.isidentifier() else markup, scope)


def _matching(scope: Scope, value: Any, name: str, condition: str) -> list[Any]:
    outer, found = scope.get(name), list[Any]()
    for item in sequence(value):
        scope[name] = item
        if is_true(condition, scope):
            found.append(item)
    scope[name] = outer
    return found
