"""What somebody states of the scope: an owner of all pages of a source, a reader of a question."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Stated:
    """A site, a version and a language, by a tag of BCP 47; each None where it is left to the pages to say."""

    site: str | None = None
    version: str | None = None
    language: str | None = None

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "Stated":
        """Return what a request states by its fields of these names, of which an empty one states nothing."""
        return cls(*(given[name] or None for name in ("site", "version", "language")))


NOTHING_STATED = Stated()
