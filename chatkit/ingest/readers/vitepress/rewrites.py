"""The rewrites of VitePress: another address for the pages whose paths fit a pattern of path-to-regexp."""

import re
from collections.abc import Mapping
from typing import Any

# `/:name`, `/:name*`, `.:name(\d+)`, `(.*)`, `{/part}?` is not among what VitePress documents.
PARAMETER = re.compile(
    r"(?P<prefix>[/.]?)(?::(?P<name>\w+)(?P<pattern>\([^()]*\))?|(?P<unnamed>\([^()]*\)))(?P<many>[*+?]?)"
)
SEGMENT = r"[^/#?]+?"


class Rewrites:
    """The rules of a configuration, the first that fits a path being the one that holds."""

    def __init__(self, rules: object) -> None:
        """``rules`` are what the configuration says; a function, which only VitePress can call, is no rule."""
        pairs = rules.items() if isinstance(rules, Mapping) else ()
        self._rules = [
            (pattern, target)
            for source, target in pairs
            if isinstance(target, str) and (pattern := _compiled(str(source))) is not None
        ]

    def __bool__(self) -> bool:
        return bool(self._rules)

    def apply(self, path: str) -> str:
        """Return a page's path after the rewrites."""
        for pattern, target in self._rules:
            if (found := pattern.fullmatch(path)) is not None:
                return _filled(target, found.groupdict()).strip("/")
        return path


def _compiled(source: str) -> re.Pattern[str] | None:
    if source.startswith("^"):
        parts, end = [source.removesuffix("$")], len(source)
    else:
        parts, end = [], 0
    for number, found in enumerate(PARAMETER.finditer(source, end)):
        parts.append(re.escape(source[end : found.start()]))
        parts.append(_group(found, number))
        end = found.end()
    try:
        return re.compile("".join([*parts, re.escape(source[end:])]), re.I)
    except re.error:
        return None


def _group(found: re.Match[str], number: int) -> str:
    prefix, many = re.escape(found["prefix"]), found["many"]
    pattern = (found["pattern"] or found["unnamed"] or f"({SEGMENT})")[1:-1]
    name = found["name"] or f"_{number}"
    if many in {"*", "+"}:
        return f"(?:{prefix}(?P<{name}>{pattern}(?:{prefix}{pattern})*)){'?' if many == '*' else ''}"
    return f"(?:{prefix}(?P<{name}>{pattern})){many}"


def _filled(target: str, values: Mapping[str, Any]) -> str:
    unnamed = 0

    def value(found: re.Match[str]) -> str:
        nonlocal unnamed
        name = found["name"] or f"_{unnamed}"
        unnamed += found["name"] is None
        filled = values.get(name)
        return found["prefix"] + filled if filled else ""

    return PARAMETER.sub(value, target)
