"""Liquid's filters, and those that Jekyll adds."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from html import escape, unescape
from typing import Any
from urllib.parse import quote, quote_plus

from chatkit.ingest.readers.kramdown.convert import to_html

TAG = re.compile(r"<script.*?</script>|<!--.*?-->|<style.*?</style>|<[^>]*>", re.S)
NOT_IN_SLUG = re.compile(r"[\W_]+")
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")


def text_of(value: Any) -> str:
    """Return a value as a page shows it."""
    if value is None or isinstance(value, Mapping) or callable(value):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S %z}".strip()
    if isinstance(value, list | tuple | range):
        return "".join(map(text_of, value))
    return str(value)


def sequence(value: Any) -> Iterable[Any]:
    """Return what a loop goes over."""
    if isinstance(value, Mapping):
        return [[key, item] for key, item in value.items()]
    if isinstance(value, list | tuple | range):
        return value
    return [] if value is None or value is False or value == "" else [value]


def slug(text: str) -> str:
    """Return words in lower case, joined by hyphens, as Jekyll does."""
    return NOT_IN_SLUG.sub("-", text).strip("-").lower()


def parsed_date(value: Any) -> datetime | None:
    """Return a date, also one that is written out; in no time zone unless it names one."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    if value in {"now", "today"}:
        return datetime.now(UTC)
    try:
        return datetime.fromisoformat(re.sub(r" ([+-]\d\d):?(\d\d)\Z", r"\1:\2", str(value).strip()))
    except ValueError:
        found = re.match(r"(\d{4})-(\d\d?)-(\d\d?)", str(value))
        return datetime(int(found[1]), int(found[2]), int(found[3])) if found else None


def property_of(item: Any, name: str) -> Any:
    """Return a property, which may be one of a property's."""
    for key in str(name).split("."):
        item = item.get(key) if isinstance(item, Mapping) else None
    return item


def _date(value: Any, form: str) -> Any:
    found = parsed_date(value)
    if found is None:
        return value
    # The hyphen that takes zeros away is not known everywhere.
    return found.strftime(re.sub(r"%-([dmHIjM])", lambda part: found.strftime(f"%{part[1]}").lstrip("0"), form))


def _where(value: Any, name: str, wanted: Any) -> list[Any]:
    found = [(item, property_of(item, name)) for item in sequence(value)]
    return [item for item, held in found if held == wanted or (isinstance(held, list) and wanted in held)]


def _sort(value: Any, name: str | None = None, *_: Any) -> list[Any]:
    def key(item: Any) -> tuple[bool, Any]:
        held = property_of(item, name) if name else item
        return (held is not None, held)

    return sorted(sequence(value), key=key)


def _group_by(value: Any, name: str) -> list[dict[str, Any]]:
    groups = dict[str, list[Any]]()
    for item in sequence(value):
        groups.setdefault(text_of(property_of(item, name)), []).append(item)
    return [{"name": key, "items": items, "size": len(items)} for key, items in groups.items()]


def _uniq(value: Any) -> list[Any]:
    kept = list[Any]()
    for item in list(sequence(value))[:10_000]:
        if item not in kept:
            kept.append(item)
    return kept


def _slice(value: Any, start: int, length: int = 1) -> Any:
    start = start + len(value) if start < 0 else start
    return value[start : start + length]


def _truncate(value: Any, length: int = 50, end: str = "...") -> str:
    text = text_of(value)
    return text if len(text) <= length else text[: max(0, length - len(end))] + end


def _truncate_words(value: Any, count: int = 15, end: str = "...") -> str:
    words = text_of(value).split()
    return " ".join(words) if len(words) <= count else " ".join(words[:count]) + end


def _default(value: Any, other: Any, *_: Any) -> Any:
    return other if value is None or value is False or value in ("", [], {}) else value


def _divided(value: Any, by: Any) -> Any:
    left, right = _number(value), _number(by)
    return left // right if isinstance(left, int) and isinstance(right, int) else left / right


def _number(value: Any) -> int | float:
    if isinstance(value, bool) or value is None:
        return 0
    if isinstance(value, int | float):
        return value
    text = str(value).strip()
    return float(text) if "." in text else int(text or 0)


def _relative_url(scope: Mapping[str, Any], value: Any) -> str:
    text = text_of(value)
    if SCHEME.match(text):
        return text
    base = text_of(property_of(scope.get("site"), "baseurl")).strip("/")
    return re.sub(r"//+", "/", f"/{base}/{text.lstrip('/')}" if base else f"/{text.lstrip('/')}")


def _absolute_url(scope: Mapping[str, Any], value: Any) -> str:
    text = text_of(value)
    return text if SCHEME.match(text) else text_of(property_of(scope.get("site"), "url")) + _relative_url(scope, text)


FILTERS: dict[str, Callable[..., Any]] = {
    "abs": lambda value: abs(_number(value)),
    "append": lambda value, end: text_of(value) + text_of(end),
    "array_to_sentence_string": lambda value, word="and": f" {word} ".join(map(text_of, sequence(value))),
    "at_least": lambda value, least: max(_number(value), _number(least)),
    "at_most": lambda value, most: min(_number(value), _number(most)),
    "capitalize": lambda value: text_of(value).capitalize(),
    "ceil": lambda value: -int(-_number(value) // 1),
    "cgi_escape": lambda value: quote_plus(text_of(value)),
    "compact": lambda value: [item for item in sequence(value) if item is not None],
    "concat": lambda value, more: [*sequence(value), *sequence(more)],
    "date": _date,
    "date_to_long_string": lambda value, *_: _date(value, "%d %B %Y"),
    "date_to_string": lambda value, *_: _date(value, "%d %b %Y"),
    "date_to_xmlschema": lambda value: _date(value, "%Y-%m-%dT%H:%M:%S+00:00"),
    "default": _default,
    "divided_by": _divided,
    "downcase": lambda value: text_of(value).lower(),
    "escape": lambda value: escape(text_of(value)),
    "escape_once": lambda value: escape(unescape(text_of(value))),
    "find": lambda value, name, wanted: (_where(value, name, wanted) or [None])[0],
    "first": lambda value: next(iter(sequence(value)), None),
    "floor": lambda value: int(_number(value) // 1),
    "group_by": _group_by,
    "inspect": lambda value: json.dumps(value, default=str),
    "join": lambda value, by=" ": text_of(by).join(map(text_of, sequence(value))),
    "jsonify": lambda value: json.dumps(value, default=str),
    "last": lambda value: next(reversed(list(sequence(value))), None),
    "lstrip": lambda value: text_of(value).lstrip(),
    "map": lambda value, name: [property_of(item, name) for item in sequence(value)],
    "markdownify": lambda value: to_html(text_of(value)),
    "minus": lambda value, by: _number(value) - _number(by),
    "modulo": lambda value, by: _number(value) % _number(by),
    "newline_to_br": lambda value: text_of(value).replace("\n", "<br />\n"),
    "normalize_whitespace": lambda value: " ".join(text_of(value).split()),
    "number_of_words": lambda value, *_: len(text_of(value).split()),
    "plus": lambda value, by: _number(value) + _number(by),
    "prepend": lambda value, start: text_of(start) + text_of(value),
    "push": lambda value, item: [*sequence(value), item],
    "remove": lambda value, part: text_of(value).replace(text_of(part), ""),
    "remove_first": lambda value, part: text_of(value).replace(text_of(part), "", 1),
    "replace": lambda value, part, other="": text_of(value).replace(text_of(part), text_of(other)),
    "replace_first": lambda value, part, other="": text_of(value).replace(text_of(part), text_of(other), 1),
    "reverse": lambda value: list(sequence(value))[::-1],
    "round": lambda value, digits=0: round(_number(value), digits) if digits else round(_number(value)),
    "rstrip": lambda value: text_of(value).rstrip(),
    "size": lambda value: len(value) if isinstance(value, str) else len(list(sequence(value))),
    "slice": _slice,
    "slugify": lambda value, *_: slug(text_of(value)),
    "sort": _sort,
    "sort_natural": lambda value, *_: sorted(sequence(value), key=lambda item: text_of(item).lower()),
    "split": lambda value, by=" ": text_of(value).split(text_of(by)) if by else list(text_of(value)),
    "strip": lambda value: text_of(value).strip(),
    "strip_html": lambda value: TAG.sub("", text_of(value)),
    "strip_index": lambda value: re.sub(r"/index\.html?\Z", "/", text_of(value)),
    "strip_newlines": lambda value: text_of(value).replace("\n", ""),
    "times": lambda value, by: _number(value) * _number(by),
    "truncate": _truncate,
    "truncatewords": _truncate_words,
    "uniq": _uniq,
    "upcase": lambda value: text_of(value).upper(),
    "uri_escape": lambda value: quote(text_of(value), safe="/:@!$&'()*+,;=~?#%[]"),
    "url_encode": lambda value: quote_plus(text_of(value)),
    "where": _where,
    "xml_escape": lambda value: escape(text_of(value)),
}
# What also depends on the site.
SCOPED_FILTERS: dict[str, Callable[..., Any]] = {"absolute_url": _absolute_url, "relative_url": _relative_url}
