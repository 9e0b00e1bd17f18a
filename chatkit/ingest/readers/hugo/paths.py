"""The addresses of Hugo: how it makes paths of names, and what the patterns of permalinks stand for."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import PurePosixPath
from posixpath import normpath
from typing import Any

from chatkit.ingest.readers import front_matter
from chatkit.ingest.readers.hugo.config import HugoConfig, table
from chatkit.ingest.readers.hugo.content import HTML_SUFFIXES, NEW_PATHS, Content, Place
from chatkit.ingest.readers.hugo.front_matter import matches
from chatkit.ingest.readers.hugo.goldmark_ids import without_accents

# From this version on a site's only language may have a folder too.
NEW_LANGUAGES = 112
# From this one on the slug of a section stands in the addresses of its pages.
SECTION_SLUGS = 167
ALLOWED = frozenset("./\\_#+~-@")
ESCAPE = re.compile(r"%(?=[0-9A-Fa-f]{2})")
TOKEN = re.compile(r":(\w+)(\[[^\]]*\])?")
DATED_NAME = re.compile(r"(\d{4}-\d{2}-\d{2})[-_ ]?(.*)")
DATE_KEYS = ("date", "publishdate", "pubdate", "published", "lastmod", "modified")
DATE_TOKENS: Mapping[str, Callable[[date], str]] = {
    "year": lambda day: str(day.year),
    "month": lambda day: f"{day.month:02d}",
    "monthname": lambda day: f"{day:%B}",
    "day": lambda day: f"{day.day:02d}",
    "weekday": lambda day: str(day.isoweekday() % 7),
    "weekdayname": lambda day: f"{day:%A}",
    "yearday": lambda day: str(day.timetuple().tm_yday),
}


class Addresses:
    """The addresses of a site's pages, below that of the site."""

    def __init__(self, config: HugoConfig, content: Content) -> None:
        self._config, self._content = config, content
        self.is_new = config.version >= NEW_PATHS

    def of(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str:
        """Return the address of a page; ``metadata`` holds what it has of its sections too."""
        place = self._content.place(path)
        if path.suffix.lower() in HTML_SUFFIXES and not metadata and not self.is_new:
            return str(place.folder / path.name)
        prefix = self._prefix(place.language)
        url = front_matter.string(metadata, "url")
        if url and place.kind != "home":
            return _own(self._expand(url, place, metadata) if ":" in url else url, prefix)
        made = self._sanitize(normpath(f"/{self._made(place, metadata)}").strip("/"))
        if not made:
            return prefix
        if not self._is_ugly(place):
            return f"{prefix}{made}/"
        return f"{prefix}{made}/index.html" if place.kind == "section" and self.is_new else f"{prefix}{made}.html"

    def _made(self, place: Place, metadata: Mapping[str, Any]) -> str:
        """Return what a page's address is made of: a pattern, or its folder and its name."""
        pattern = self._pattern(place)
        if pattern is not None:
            return self._expand(pattern, place, metadata).strip("/")
        slug = front_matter.string(metadata, "slug") if place.kind == "page" else None
        folders = list(PurePosixPath(place.reference).parents)[-2::-1]
        parts = [self._folder_name(folder, place.language) for folder in folders]
        if place.kind == "page":
            parts.append(slug or self._name(PurePosixPath(place.reference).name))
        else:
            parts.append(self._folder_name(place.folder, place.language))
        return "/".join(parts)

    def _folder_name(self, folder: PurePosixPath, language: str) -> str:
        slug = front_matter.string(self._content.section_metadata(folder, language), "slug")
        return slug if slug and self._config.version >= SECTION_SLUGS else self._name(folder.name)

    def _name(self, name: str) -> str:
        is_lower = self._config.settings.get("disablepathtolower") is not True
        return name.replace(" ", "-") if self.is_new and is_lower else name

    def _sanitize(self, text: str) -> str:
        settings = self._config.settings
        is_lower = settings.get("disablepathtolower") is not True
        return sanitize(text, lower=is_lower, remove_accents=settings.get("removepathaccents") is True)

    def _prefix(self, language: str) -> str:
        is_default = language == self._config.default_language
        in_folder = self._config.settings.get("defaultcontentlanguageinsubdir") is True
        if self._config.is_multihost:
            return ""
        if len(self._config.languages) < 2:
            return f"{language}/" if in_folder and self._config.version >= NEW_LANGUAGES else ""
        return f"{language}/" if in_folder or not is_default else ""

    def _is_ugly(self, place: Place) -> bool:
        ugly = self._config.settings.get("uglyurls")
        section = next(iter(place.folder.parts), "")
        return ugly.get(section.lower()) is True if isinstance(ugly, dict) else ugly is True

    def _pattern(self, place: Place) -> str | None:
        """Return the pattern that the configuration has for a page's address, by its kind and its section."""
        patterns = self._config.settings.get("permalinks")
        if isinstance(patterns, list):
            for one in patterns:
                target = table(one, "target") if isinstance(one, dict) else {"kind": ""}
                if target.get("kind", place.kind) == place.kind and matches(f"/{place.reference}", target.get("path")):
                    return str(one.get("pattern") or "") or None
        if not isinstance(patterns, dict) or place.kind == "home":
            return None
        if place.kind in patterns and isinstance(patterns[place.kind], dict):
            patterns = patterns[place.kind]
        elif place.kind == "section":
            return None
        section = next(iter(self._content.section_of(place)), "")
        section = section.lower() if self.is_new else section
        return next((one for key, one in patterns.items() if key.strip(" /") == section and isinstance(one, str)), None)

    def _expand(self, pattern: str, place: Place, metadata: Mapping[str, Any]) -> str:
        sections = self._content.section_of(place)
        name = place.folder.name if place.name in {"index", "_index"} else place.name
        title = front_matter.string(metadata, "title") or ""
        slug, day = front_matter.string(metadata, "slug"), page_date(metadata)
        stated = table(self._config.settings, "frontmatter").get("date")
        if isinstance(stated, list) and ":filename" in stated and (dated := DATED_NAME.fullmatch(name)):
            found = moment(dated[1])
            day, slug = found.date() if found else day, slug or dated[2]
        named = {
            "section": sections[0] if sections else "", "title": title, "slug": slug or title,
            "filename": "" if place.kind == "section" else name, "contentbasename": name,
            "slugorfilename": slug or name, "slugorcontentbasename": slug or name,
        }  # fmt: skip
        return expand(pattern, {token: self._sanitize(value) for token, value in named.items()}, sections, day)


def sanitize(path: str, *, lower: bool = True, remove_accents: bool = False) -> str:
    """Return a path as it stands in an address: spaces are hyphens, and most punctuation is dropped."""
    path = without_accents(path) if remove_accents else path
    kept: list[str] = []
    pending = False
    for at, char in enumerate(path):
        if char in ALLOWED or unicodedata.category(char)[0] in "LM" or char.isdecimal() or ESCAPE.match(path, at):
            if pending and char != "-":
                kept.append("-")
            pending = False
            kept.append(char)
        elif char.isspace() and kept and kept[-1] != "-":
            pending = True
    made = "".join(kept)
    return made.lower() if lower else made


def _own(url: str, prefix: str) -> str:
    """Return the address that a page states; one that does not begin with a slash is within its language."""
    place = normpath(f"/{url}").lstrip("/") if ".." in url else url.strip("/")
    place = place if url.startswith("/") else prefix + place
    if url.endswith("/") or "." not in url:
        return f"{place}/" if place else ""
    return place.removesuffix("index.html") if place.rpartition("/")[2] == "index.html" else place


def expand(pattern: str, values: Mapping[str, str], sections: list[str], day: date) -> str:
    """Return a pattern of a permalink with its tokens replaced; one that is not known stays."""

    def one(found: re.Match[str]) -> str:
        name, cut = found[1], found[2]
        if name in DATE_TOKENS:
            return DATE_TOKENS[name](day)
        if name == "sections":
            return "/".join(_cut(sections, cut) if cut else sections)
        return values.get(name, found[0])

    return TOKEN.sub(one, pattern)


def _cut(sections: list[str], cut: str) -> list[str]:
    """Return some of the sections, as `[1:]`, `[0]` or `[last]` says."""
    low, colon, high = cut[1:-1].strip().lower().partition(":")
    last = len(sections) - 1

    def number(text: str, without: int) -> int:
        return last if text == "last" else int(text) if text.isdecimal() else without

    start = number(low, 0)
    return sections[start : number(high, len(sections)) if colon else start + 1]


def moment(value: Any) -> datetime | None:
    """Return a time of front matter, aware, or None when it is none."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def page_date(metadata: Mapping[str, Any]) -> date:
    """Return a page's date; the first day of all when it has none, as Hugo has it."""
    found = next((time for key in DATE_KEYS if (time := moment(metadata.get(key)))), None)
    return found.date() if found else date(1, 1, 1)
