"""What the pages of a Jekyll site ask of each other: includes, data, links, lists of pages, their order."""

import csv
import io
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from chatkit.ingest.readers import front_matter, includes
from chatkit.ingest.readers.generator import Generator
from chatkit.ingest.readers.jekyll.addresses import DatedName
from chatkit.ingest.readers.jekyll.config import JekyllConfig
from chatkit.ingest.readers.liquid.expressions import Scope

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# As many pages are listed for those that list pages.
MAX_PAGES = 10_000


class JekyllSite:
    """The files of one site beside the page that is read; ``data`` returns a page's front matter with defaults."""

    def __init__(
        self,
        generator: Generator,
        config: JekyllConfig,
        data: Callable[[PurePosixPath, Mapping[str, Any]], dict[str, Any]],
    ) -> None:
        self._generator = generator
        self._config = config
        self._data_of = data
        self._root = generator.folder
        self._includes = self._root / str(self._config.settings.get("includes_dir") or "_includes")

    def scope(self, page: Mapping[str, Any]) -> Scope:
        """Return the variables of a page."""
        site: dict[str, Any] = {
            **self._config.settings,
            "data": lambda: self._data,
            "time": datetime.now(UTC),
            "pages": lambda: self._listed["pages"],
            "posts": lambda: self._listed["posts"][::-1],
            "categories": lambda: self._posts_by("categories"),
            "tags": lambda: self._posts_by("tags"),
            "url": self._config.settings.get("url") or "",
            "baseurl": f"/{self._config.base}" if self._config.base else "",
        }
        for label in self._config.collections:
            if label != "posts":
                site[label] = lambda label=label: self._listed.get(label, [])
        return {"site": site, "page": dict(page), "jekyll": {"environment": "production"}}

    def beside(self, page: PurePosixPath) -> "PageTags":
        """Return what answers the tags of a page."""
        return PageTags(self, page)

    def included(self, name: str) -> str | None:
        """Return a file of the folder of includes."""
        return includes.read_text(self._root, self._includes / name)

    def read(self, path: PurePosixPath | str) -> str | None:
        """Return a file of the site."""
        return includes.read_text(self._root, self._root / path)

    def link(self, path: str) -> str | None:
        """Return the address of a page from the site's own root, base included."""
        place = PurePosixPath(path.lstrip("/"))
        text = self.read(place)
        if text is None:
            return None
        base = f"/{self._config.base}" if self._config.base else ""
        if not place.name.lower().endswith(self._generator.suffixes):
            return f"{base}/{place}"
        return f"{base}/{self._generator.address(place, self._generator.split(text)[0])}"

    def post_link(self, name: str) -> str | None:
        """Return the address of a post by its date and name, and the folder where it is told."""
        folder, _, stem = name.strip("/").rpartition("/")
        folders = (f"{folder}/_posts", f"_posts/{folder}") if folder else ("_posts",)
        for place in folders:
            for suffix in self._generator.suffixes:
                if (found := self.link(f"{place}/{stem}{suffix}")) is not None:
                    return found
        return None

    def order_key(self, path: PurePosixPath, data: Mapping[str, Any]) -> str:
        """Return what sorts pages by `nav_order`, or else by title, below the pages that they name as parents."""
        keys = [_own_key(path, data)]
        seen = set[str]()
        while (parent := front_matter.string(data, "parent")) is not None and parent not in seen:
            seen.add(parent)
            above = self._by_title.get(parent)
            if above is None:
                break
            data = above
            keys.append(_own_key(PurePosixPath(above["path"]), above))
        return "/".join(reversed(keys))

    def _posts_by(self, name: str) -> dict[str, list[dict[str, Any]]]:
        found = dict[str, list[dict[str, Any]]]()
        for post in self._listed["posts"][::-1]:
            for value in post.get(name) or []:
                found.setdefault(str(value), []).append(post)
        return found

    @cached_property
    def _by_title(self) -> dict[str, dict[str, Any]]:
        pages = (page for listed in self._listed.values() for page in listed)
        return {str(page["title"]): page for page in pages if page.get("title")}

    @cached_property
    def _listed(self) -> dict[str, list[dict[str, Any]]]:
        """The front matter of every page, by collection, with its address."""
        found = dict[str, list[dict[str, Any]]]({label: [] for label in ("pages", *self._config.collections)})
        for path in self._paths():
            text = self.read(path)
            if text is None:
                continue
            metadata, body = self._generator.split(text)
            if self._generator.skip_reason(path, metadata) is not None:
                continue
            data = self._data_of(path, metadata)
            collection = self._config.collection(path)
            shown = {**data, "path": str(path), "name": path.name, "content": body}
            shown.setdefault("excerpt", body.strip().split("\n\n", 1)[0])
            shown["url"] = f"/{self._generator.address(path, metadata)}"
            if collection is not None:
                shown.setdefault("id", shown["url"].removesuffix(".html").rstrip("/"))
                shown.setdefault("title", DatedName.of(path, {}).slug.replace("-", " ").title())
                shown.setdefault("date", DatedName.of(path, data).date)
            found[collection[0] if collection else "pages"].append(shown)
        found["posts"].sort(key=lambda post: (str(post.get("date") or ""), post["path"]))
        return found

    def _paths(self) -> Iterator[PurePosixPath]:
        count = 0
        for folder, folders, names in os.walk(self._root):
            inside = PurePosixPath(Path(folder).relative_to(self._root).as_posix())
            folders[:] = sorted(name for name in folders if not self._config.is_left_out(inside / name / "x.md"))
            for name in sorted(names):
                if name.lower().endswith(self._generator.suffixes):
                    count += 1
                    if count > MAX_PAGES:
                        return
                    yield inside / name

    @cached_property
    def _data(self) -> dict[str, Any]:
        """What the files of the folder of data say."""
        root = self._root / str(self._config.settings.get("data_dir") or "_data")
        found = dict[str, Any]()
        for file in sorted(root.rglob("*")) if root.is_dir() else []:
            if file.suffix.lower() not in {".yml", ".yaml", ".json", ".csv", ".tsv"}:
                continue
            place = found
            for name in file.relative_to(root).parts[:-1]:
                inner = place.setdefault(name, {})
                place = inner if isinstance(inner, dict) else {}
            place[file.stem] = _value(file.suffix.lower(), includes.read_text(self._root, file) or "")
        return found


@dataclass(frozen=True)
class PageTags:
    """Answers the tags of one page of a site."""

    site: JekyllSite
    page: PurePosixPath

    def included(self, name: str) -> str | None:
        return self.site.included(name)

    def included_beside(self, name: str) -> str | None:
        return self.site.read(self.page.parent / name)

    def link(self, path: str) -> str | None:
        return self.site.link(path)

    def post_link(self, name: str) -> str | None:
        return self.site.post_link(name)


def _value(suffix: str, text: str) -> Any:
    try:
        if suffix == ".json":
            return json.loads(text)
        if suffix in {".csv", ".tsv"}:
            return list(csv.DictReader(io.StringIO(text), delimiter="," if suffix == ".csv" else "\t"))
        return yaml.load(text, _Loader)  # noqa: S506  (a safe loader)
    except (yaml.YAMLError, ValueError, RecursionError, csv.Error):
        return None


def _own_key(path: PurePosixPath, data: Mapping[str, Any]) -> str:
    order = data.get("nav_order")
    if isinstance(order, int | float) and not isinstance(order, bool):
        return f"0{order + 1e6:014.3f}"
    return f"1{order}" if order is not None else f"2{front_matter.string(data, 'title') or path}"
