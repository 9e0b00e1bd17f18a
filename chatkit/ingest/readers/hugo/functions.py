"""The commonest functions of the templates of Hugo, as far as they need no more than their values."""

import html
import re
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

Function = Callable[..., Any]
# No text that a template makes is longer.
MAX_CHARACTERS = 1_000_000


class Html(str):
    """A text that is HTML already."""

    __slots__ = ()


class Parameters(dict[str, Any]):
    """Parameters of a site or a page, in lower case; one that is absent is nothing."""


def _printf(pattern: str, *values: Any) -> str:
    left = list(values)
    return re.sub(r"%(?:[-+ 0]*\d*)[sdvqTtf]|%%", lambda found: "%" if found[0] == "%%" else str(left.pop(0)), pattern)


def _default(fallback: Any, *value: Any) -> Any:
    return value[0] if value and value[0] not in (None, "", [], {}) else fallback


def _index(value: Any, *keys: Any) -> Any:
    for key in keys:
        if isinstance(value, Mapping):
            value = value.get(str(key).lower() if isinstance(value, Parameters) else key)
        else:
            value = value[int(key)]
    return value


def _isset(value: Any, key: Any) -> bool:
    return str(key).lower() in value if isinstance(value, Mapping) else int(key) < len(value)


def _replace(text: Any, old: Any, new: Any, *_: Any) -> str:
    if str(text).count(str(old)) * len(str(new)) > MAX_CHARACTERS:
        raise ValueError("too long a text")
    return str(text).replace(str(old), str(new))


def _urlize(text: Any) -> str:
    return re.sub(r"\s+", "-", str(text).strip()).lower()


def _nothing(*_: Any) -> str:
    return ""


def _safe(text: Any) -> Html:
    return Html(text)


def _cond(test: Any, one: Any, other: Any) -> Any:
    return one if test else other


FUNCTIONS: Mapping[str, Function] = {
    "safeHTML": _safe, "safeURL": _safe, "safeHTMLAttr": _safe, "safeCSS": _safe, "safeJS": _safe,
    "htmlEscape": lambda text: html.escape(str(text)), "htmlUnescape": lambda text: html.unescape(str(text)),
    "plainify": lambda text: re.sub(r"<[^<>]*>", "", str(text)),
    "trim": lambda text, cut: type(text)(text.strip(cut)), "Trim": lambda text, cut: type(text)(text.strip(cut)),
    "chomp": lambda text: type(text)(text.rstrip("\n")), "TrimSpace": lambda text: type(text)(text.strip()),
    "TrimPrefix": lambda prefix, text: type(text)(text.removeprefix(prefix)),
    "TrimSuffix": lambda suffix, text: type(text)(text.removesuffix(suffix)),
    "TrimLeft": lambda cut, text: type(text)(text.lstrip(cut)),
    "TrimRight": lambda cut, text: type(text)(text.rstrip(cut)),
    "printf": _printf, "print": lambda *values: "".join(map(str, values)), "default": _default,
    "eq": lambda one, *others: any(one == other for other in others),
    "ne": lambda one, *others: all(one != other for other in others),
    "lt": lambda one, other: one < other, "gt": lambda one, other: one > other,
    "le": lambda one, other: one <= other, "ge": lambda one, other: one >= other,
    "and": lambda *values: reduce(lambda one, other: one and other, values),
    "or": lambda *values: reduce(lambda one, other: one or other, values),
    "not": lambda value: not value, "len": len, "cond": _cond,
    "upper": lambda text: str(text).upper(), "lower": lambda text: str(text).lower(),
    "title": lambda text: str(text).title(),
    "humanize": lambda text: re.sub(r"[-_]+", " ", str(text)).strip().capitalize(),
    "replace": _replace, "Replace": _replace, "split": lambda text, by: str(text).split(by),
    "urlize": _urlize, "anchorize": _urlize, "relURL": _safe, "absURL": _safe, "relLangURL": _safe,
    "absLangURL": _safe, "index": _index, "isset": _isset, "in": lambda values, one: one in values,
    "hasPrefix": str.startswith, "hasSuffix": str.endswith, "HasPrefix": str.startswith, "HasSuffix": str.endswith,
    "Contains": lambda text, part: part in text, "slice": lambda *values: list(values),
    "dict": lambda *pairs: dict(zip(pairs[::2], pairs[1::2], strict=True)),
    "string": str, "int": int, "add": lambda *values: sum(values), "sub": lambda one, other: one - other,
    "errorf": _nothing, "warnf": _nothing, "erroridf": _nothing, "warnidf": _nothing,
    "md5": lambda text: "0", "sha1": lambda text: "0", "sha256": lambda text: "0",
    "delimit": lambda values, by, *_: by.join(map(str, values)),
}  # fmt: skip
