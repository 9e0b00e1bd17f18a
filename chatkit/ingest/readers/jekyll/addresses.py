"""The addresses that Jekyll gives to pages and documents, by its permalinks.

The rules are those of ``Jekyll::URL``, ``Page#template`` and ``Drops::UrlDrop``.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from chatkit.ingest.readers.liquid.filters import parsed_date, slug, text_of

POST = re.compile(r"(\d{2,4}-\d{1,2}-\d{1,2})-(.*)")
PLACEHOLDER = re.compile(r":([a-z_]+)")
# What the `:title` of a permalink keeps beside letters and digits.
NOT_IN_TITLE = re.compile(r"[^\w.~!$&'()+,;=@]+")
OUTPUT = ".html"
# The permalinks of posts that have names.
STYLES = {
    "none": "/:categories/:title:output_ext",
    "date": "/:categories/:year/:month/:day/:title:output_ext",
    "ordinal": "/:categories/:year/:y_day/:title:output_ext",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "weekdate": "/:categories/:year/W:week/:short_day/:title:output_ext",
}
DATES = {
    "year": "%Y",
    "month": "%m",
    "day": "%d",
    "hour": "%H",
    "minute": "%M",
    "second": "%S",
    "short_month": "%b",
    "long_month": "%B",
    "short_year": "%y",
    "w_year": "%G",
    "week": "%V",
    "w_day": "%u",
    "short_day": "%a",
    "long_day": "%A",
    "y_day": "%j",
}


@dataclass(frozen=True)
class DatedName:
    """What the name of a document says, and its front matter where that says otherwise."""

    date: datetime | None
    slug: str

    @classmethod
    def of(cls, path: PurePosixPath, data: Mapping[str, Any]) -> "DatedName":
        """Return the date and the name of a document."""
        dated = POST.fullmatch(path.stem)
        date = parsed_date(data["date"]) if data.get("date") else parsed_date(dated[1]) if dated else None
        return cls(date, text_of(data.get("slug")) or (dated[2] if dated else path.stem))


def page_address(path: PurePosixPath, permalink: str | None, style: str) -> str:
    """Return the address of a page that belongs to no collection."""
    template = permalink or ("/:path/" if path.stem == "index" else with_ending("/:path/:basename", style))
    values = {"path": str(path.parent), "basename": path.stem.rstrip("."), "output_ext": OUTPUT}
    for name, value in values.items():
        template = template.replace(f":{name}", "" if value == "." else value)
    return _tidy(template)


def document_address(path: PurePosixPath, place: str, label: str, data: Mapping[str, Any], template: str) -> str:
    """Return the address of a document; ``place`` is its path within its collection, without an ending."""
    name = DatedName.of(path, data)
    date = name.date
    categories = [text_of(category) for category in data.get("categories") or []]
    values: dict[str, Callable[[], str]] = {
        "collection": lambda: label,
        "path": lambda: place,
        "output_ext": lambda: OUTPUT,
        "name": lambda: slug(path.stem),
        "title": lambda: NOT_IN_TITLE.sub("-", name.slug).strip("-"),
        "slug": lambda: slug(name.slug),
        "categories": lambda: "/".join(dict.fromkeys(map(str.lower, categories))),
        "slugified_categories": lambda: "/".join(dict.fromkeys(map(slug, categories))),
        "i_day": lambda: str(date.day) if date else "",
        "i_month": lambda: str(date.month) if date else "",
    }

    def value_of(found: re.Match[str]) -> str:
        for key in (found[1], found[1].removesuffix("_")):
            if key in values:
                return values[key]() + found[1].removeprefix(key)
            if key in DATES:
                return (date.strftime(DATES[key]) if date else "") + found[1].removeprefix(key)
        return found[0]

    return _tidy(PLACEHOLDER.sub(value_of, template))


def with_ending(template: str, style: str) -> str:
    """Return a template that ends as the site's permalinks do."""
    if style == "pretty" or style.endswith("/"):
        return f"{template}/"
    has_ending = style in {"date", "ordinal", "none"} or style.endswith(":output_ext")
    return f"{template}:output_ext" if has_ending else template


def _tidy(url: str) -> str:
    return re.sub(r"/+", "/", f"/{url}".replace("..", "/").replace("./", ""))[1:]
