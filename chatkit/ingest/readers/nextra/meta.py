"""The files `_meta` of Nextra, which name the pages of a folder and say their order."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from chatkit.ingest.readers.javascript import config

ENDINGS = ("js", "jsx", "ts", "tsx", "json")
GLOBAL = "_meta.global"
WORD = re.compile(r"[^\s()!?;:\"'-]+")
# What does not begin with a capital within a title, as the package `title` has it.
SMALL_WORDS = frozenset(
    """
    a aboard about above across after against along amid among an and anti around as at before behind below beneath
    beside besides between beyond but by concerning considering despite down during except excepting excluding following
    for from in inside into like minus near nor of off on onto opposite or over past per plus regarding round save since
    so than the through to toward towards under underneath unlike until up upon versus via with within without yet
    """.split()  # noqa: SIM905  (a list of words, not of lines)
)
SPECIAL_WORDS = ("API", "CORS", "CLI", "ESLint", "FAQ", "ID", "SSR", "URL")


class Meta:
    """The files `_meta` of one site, each read once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known = dict[str, Mapping[str, Any]]()

    def order_key(self, place: str, parts: Sequence[str], locale: str) -> str:
        """Return what sorts the page that ``parts`` lead to below ``place``, each folder by its own file."""
        places = list[str]()
        for depth, part in enumerate(parts):
            keys = list(self._of(place, parts[:depth], locale))
            name = part.removesuffix(f".{locale}") if locale else part
            # A first page comes first, and what is not named comes last.
            position = keys.index(name) + 1 if name in keys else 0 if name == "index" else 999
            places.append(f"{position:03}{name}")
        return "/".join(places)

    def title(self, place: str, parts: Sequence[str]) -> str | None:
        """Return the name that the file beside a page gives it, or None."""
        named = self._of(place, parts[:-1], "").get(parts[-1]) if parts else None
        if isinstance(named, dict):
            named = named.get("title")
        return named if isinstance(named, str) and named else None

    def _of(self, place: str, parts: Sequence[str], locale: str) -> Mapping[str, Any]:
        """Return what the file of a folder says, or the file of the whole site says of it."""
        folder = "/".join([place, *parts])
        names = [f"{folder}/_meta.{locale}.json"] if locale else []
        found = self._read([*names, *(f"{folder}/_meta.{ending}" for ending in ENDINGS)])
        if found:
            return found
        shared = self._read([f"{place}/{GLOBAL}.{ending}" for ending in ENDINGS])
        for part in parts:
            item = shared.get(part)
            items = item.get("items") if isinstance(item, dict) else None
            shared = items if isinstance(items, dict) else {}
        return shared

    def _read(self, names: Sequence[str]) -> Mapping[str, Any]:
        """Return what the first file says that is there."""
        key = names[0]
        if key not in self._known:
            files = (file for name in names if (file := self._folder / name).is_file())
            found = next((config.read(file, self._folder) for file in files), None)
            self._known[key] = found if isinstance(found, dict) else {}
        return self._known[key]


def filename_title(name: str) -> str:
    """Return the title that Nextra makes of a file's name."""
    words = re.sub(r"[-_]", " ", name).lower()

    def capital(found: re.Match[str]) -> str:
        special = next((word for word in SPECIAL_WORDS if word.lower() == found[0]), None)
        is_small = found[0] in SMALL_WORDS and found.start() > 0 and found.end() < len(words)
        return special or (found[0] if is_small else found[0][0].upper() + found[0][1:])

    return WORD.sub(capital, words)
