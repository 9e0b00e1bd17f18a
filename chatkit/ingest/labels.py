"""The version and the language of a page: what the owner states, its generator knows, or its address names."""

from dataclasses import replace
from urllib.parse import urlsplit

from chatkit.ingest import urls
from chatkit.ingest.document import Document
from chatkit.search.stated import Stated
from chatkit.search.versions import VERSION, read_address
from chatkit.text.languages.registry import ENGLISH, language_of_script, language_of_tag
from chatkit.text.tokens import tokenize

# Of a page so many passages tell which language it is in.
TOLD_BY = 5


def version_of(url: str, stated: Stated, generated: str | None = None) -> str | None:
    """Return the version of the page at an address; ``generated`` is what its generator says."""
    return stated.version or generated or read_address(url).version or None


def are_versions(url: str, other: str) -> bool:
    """Tell whether two addresses, on whatever servers, are those of one page in two versions, and so no copies."""
    one, another = read_address(urlsplit(url).path), read_address(urlsplit(other).path)
    return one.version != another.version and urls.is_same_page(one.place.rstrip("#"), another.place.rstrip("#"))


def with_language(
    document: Document, url: str, base_url: str, stated: Stated, generated: str | None = None
) -> Document:
    """Return a page in the language it states, else in that of all pages, of its generator, or of its address."""
    language = document.language or stated.language or generated or _language_of_address(url, base_url, document)
    return document if language == document.language else replace(document, language=language)


def _language_of_address(url: str, base_url: str, document: Document) -> str | None:
    """Return the language that a folder of an address names, of a page whose words do not tell against it.

    It is the first folder below the base URL, or of all the address, behind that of a version. `/it/` may as well be a
    department, whose pages are in English.
    """
    for path in (url.removeprefix(base_url), urlsplit(url).path):
        folders = [part for part in path.split("/")[:-1] if part and not VERSION.fullmatch(part)]
        if folders and _is_in(folders[0], document):
            return folders[0]
    return None


def _is_in(tag: str, document: Document) -> bool:
    language = language_of_tag(tag)
    if language is None or (len(tag) != 2 and tag[2:3] != "-"):
        return False
    text = " ".join(
        line.body for section in document.sections[:TOLD_BY] for block in section.blocks for line in block.lines
    )
    if language is ENGLISH or (written := language_of_script(text)) is language:
        return True
    words = set(tokenize(text))
    return written is None and len(words & language.stopped) >= len(words & ENGLISH.stopped)
