"""What somebody states of the scope: an owner of all pages of a source, a reader of a question."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Stated:
    """A site, a version and a language, by a tag of BCP 47; each None where it is left to the pages to say."""

    site: str | None = None
    version: str | None = None
    language: str | None = None


NOTHING_STATED = Stated()
