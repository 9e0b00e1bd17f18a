"""The posts of a site of Material for MkDocs, whose plugin `blog` publishes them by their dates."""

import re
from collections.abc import Mapping
from datetime import date
from pathlib import PurePosixPath
from posixpath import normpath
from typing import Any

from pymdownx.slugs import slugify

from chatkit.ingest.readers import front_matter
from chatkit.ingest.readers.mkdocs import config

# The parts of a date, as the plugin's formats write them.
DATE_PART = re.compile(r"yyyy|yy|MMMM|MMM|MM|M|dd|d")
HEADING = re.compile(r"^#[ \t]+(.+?)[ \t]*#*[ \t]*$", re.M)
# What stands in a heading and not in its text.
MARKS = re.compile(r"[`*]|\{[^{}]*\}\s*\Z|<[^<>]*>|\]\([^()]*\)|\[")


class Blog:
    """Where the posts of a site are, and where it publishes them."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        options = config.plugin(settings, "blog")
        self._options = options or {}
        self._blog = str(self._options.get("blog_dir") or "blog")
        posts = str(self._options.get("post_dir") or "{blog}/posts").replace("{blog}", self._blog)
        self._posts = PurePosixPath(normpath(posts)) if options is not None else None

    def is_post(self, path: PurePosixPath) -> bool:
        return self._posts is not None and path.is_relative_to(self._posts)

    def heading(self, body: str) -> str | None:
        """Return the first heading of a page, which names a post without a title; None where there are no posts."""
        found = HEADING.search(body) if self._posts is not None else None
        return MARKS.sub("", found[1]).strip() if found else None

    def address(self, path: PurePosixPath, metadata: Mapping[str, Any], heading: str | None) -> PurePosixPath:
        """Return the path that a post has in the site, without an ending."""
        said = metadata.get("date")
        created = said.get("created") if isinstance(said, dict) else said
        made = slugify(case="lower")
        listed = metadata.get("categories")
        categories = [made(str(name), "-") for name in listed] if isinstance(listed, list) else []
        title = front_matter.string(metadata, "title") or heading or path.stem
        values = {
            "date": self._dated(created) if isinstance(created, date) else "",
            "slug": front_matter.string(metadata, "slug") or made(title, "-"),
            "file": path.stem,
            "categories": "/".join(categories[: int(self._options.get("post_url_max_categories", 1))]),
        }
        form = str(self._options.get("post_url_format") or "{date}/{slug}")
        address = re.sub(r"\{(\w+)\}", lambda part: values.get(part[1], ""), form)
        return PurePosixPath(normpath(f"{self._blog}/{address.strip('/')}"))

    def _dated(self, created: date) -> str:
        form = str(self._options.get("post_url_date_format") or "yyyy/MM/dd")
        parts = {
            "yyyy": "%Y", "yy": "%y", "MMMM": "%B", "MMM": "%b", "MM": "%m", "M": str(created.month),
            "dd": "%d", "d": str(created.day),
        }  # fmt: skip
        return created.strftime(DATE_PART.sub(lambda part: parts[part[0]], form))
