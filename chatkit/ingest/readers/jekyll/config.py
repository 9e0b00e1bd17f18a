"""What a site's `_config.yml` says: what Jekyll makes pages of, and what their front matter has by default."""

import re
from collections.abc import Mapping
from datetime import UTC, tzinfo
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from chatkit.ingest.readers import includes
from chatkit.ingest.readers.jekyll.addresses import STYLES, with_ending

EXCLUDED = (
    ".sass-cache", ".jekyll-cache", "gemfiles", "Gemfile", "Gemfile.lock", "node_modules",
    "vendor/bundle/", "vendor/cache/", "vendor/gems/", "vendor/ruby/",
)  # fmt: skip
GITHUB_PAGES = re.compile(r"^\s*gem\s+[\"']github-pages\b", re.M)
# What GitHub Pages makes of a site without being told to.
GITHUB_PLUGINS = ("jekyll-optional-front-matter", "jekyll-readme-index", "jekyll-relative-links")
# Files of a repository that are no pages of its site, when pages need no front matter.
REPOSITORY_FILES = {
    "readme", "license", "licence", "copying", "code_of_conduct", "contributing", "issue_template",
    "pull_request_template",
}  # fmt: skip
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class JekyllConfig:
    """A site's settings, with Jekyll's own defaults; ``source`` is the folder of its pages."""

    def __init__(self, source: Path, settings: Mapping[str, Any]) -> None:
        self.source = source
        self.settings = settings
        self.style = str(settings.get("permalink") or "date")
        self.collections_dir = str(settings.get("collections_dir") or "").strip("/")
        listed = settings.get("collections")
        named = listed if isinstance(listed, dict) else dict.fromkeys(listed if isinstance(listed, list) else ())
        self.collections: dict[str, dict[str, Any]] = {"posts": {}}
        for label, said in named.items():
            self.collections[str(label)] = said if isinstance(said, dict) else {}
        self._included = _strings(settings.get("include"))
        self._excluded = [*_strings(settings.get("exclude")), *EXCLUDED]
        self.plugins = {*_strings(settings.get("plugins")), *_strings(settings.get("gems"))}
        gems = "".join(includes.read_text(place, place / "Gemfile") or "" for place in (source, source.parent))
        if not gems or GITHUB_PAGES.search(gems):
            self.plugins.update(GITHUB_PLUGINS)

    @classmethod
    def read(cls, config: Path) -> "JekyllConfig":
        """Return the settings of a file, or those of Jekyll itself where it makes no sense."""
        try:
            found = yaml.load(includes.read_text(config.parent, config) or "", _Loader)  # noqa: S506  (a safe loader)
        except (yaml.YAMLError, ValueError, RecursionError):
            found = None
        settings = found if isinstance(found, dict) else {}
        return cls(config.parent / str(settings.get("source") or "."), settings)

    @property
    def site_url(self) -> str | None:
        """Where the site is published: by its settings, or by the file that GitHub Pages reads its domain from."""
        url = str(self.settings.get("url") or "").rstrip("/")
        domain = (includes.read_text(self.source, self.source / "CNAME") or "").strip()
        if re.fullmatch(r"[\w.-]+", domain):
            url = url or f"https://{domain}"
        return f"{url}/{self.base}/".replace("//", "/").replace(":/", "://", 1) if "://" in url else None

    @cached_property
    def timezone(self) -> tzinfo:
        """The time zone whose days the dates of pages are, which is that of the machine that builds the site."""
        try:
            return ZoneInfo(str(self.settings.get("timezone") or "UTC"))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return UTC

    @property
    def base(self) -> str:
        return str(self.settings.get("baseurl") or "").strip("/")

    def collection(self, path: PurePosixPath) -> tuple[str, str] | None:
        """Return the collection of a file, and the path within it; None for one of no collection."""
        parts = path.parts[:-1]
        if "_posts" in parts:
            return "posts", "/".join(path.parts[parts.index("_posts") + 1 :])
        within = self.collections_dir.split("/") if self.collections_dir else []
        if list(parts[: len(within)]) == within and len(parts) > len(within):
            label = parts[len(within)].removeprefix("_")
            if parts[len(within)].startswith("_") and label in self.collections:
                return label, "/".join(path.parts[len(within) + 1 :])
        return None

    def template(self, label: str) -> str:
        """Return the permalink of a collection's documents."""
        said = self.collections[label].get("permalink")
        if label == "posts":
            return STYLES.get(str(said), str(said)) if said else STYLES.get(self.style, self.style)
        return str(said) if said else with_ending("/:collection/:path", self.style)

    def is_left_out(self, path: PurePosixPath) -> bool:
        """Tell whether a file, or a folder above it, is none of the site's."""
        collection = self.collection(path)
        # How many parts lead to the collection's own folder.
        own = len(path.parts) - len(collection[1].split("/")) if collection else 0
        for number, name in enumerate(path.parts, 1):
            place = "/".join(path.parts[:number])
            is_folder = number < len(path.parts)
            if any(_fits(one, pattern, is_folder) for pattern in self._included for one in (place, name)):
                continue
            if any(_fits(place, pattern, is_folder) for pattern in self._excluded):
                return True
            # Of a document's path only the first and the last part are looked at.
            is_looked_at = not own or number < own or number == own + 1 or not is_folder
            if is_looked_at and name.startswith((".", "_", "#", "~")):
                return True
        return False

    def defaults(self, path: PurePosixPath, kind: str) -> dict[str, Any]:
        """Return what the front matter of a file has unless it says otherwise."""
        place = str(path).removeprefix(f"{self.collections_dir}/" if self.collections_dir else "")
        found = list[tuple[int, bool, dict[str, Any]]]()
        listed = self.settings.get("defaults")
        for entry in listed if isinstance(listed, list) else []:
            values = entry.get("values") if isinstance(entry, dict) else None
            scope = (entry.get("scope") or {}) if isinstance(entry, dict) else {}
            if not isinstance(values, dict) or not isinstance(scope, dict):
                continue
            where, of = str(scope.get("path") or "").strip("/"), scope.get("type")
            is_there = fnmatchcase(place, f"{where}*") if "*" in where else place.startswith(where)
            if is_there and of in {None, kind, kind.removesuffix("s")}:
                found.append((len(where), of is not None, values))
        # The longest path comes last, and so prevails.
        return {key: value for *_, values in sorted(found, key=lambda one: one[:2]) for key, value in values.items()}


def _strings(listed: object) -> list[str]:
    return [str(entry).strip("/") for entry in listed] if isinstance(listed, list) else []


def _fits(place: str, pattern: str, is_folder: bool) -> bool:
    return fnmatchcase(place, pattern) or place.startswith(pattern) or (is_folder and f"{place}/" == pattern)
