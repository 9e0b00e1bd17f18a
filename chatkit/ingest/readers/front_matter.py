"""Front matter: the YAML at the top of a page."""

import re
from collections.abc import Mapping
from typing import Any

import yaml

from chatkit.ingest.document import Document, Section, language_tag, title_of

BLOCK = re.compile(r"\A\ufeff?---[ \t]*\n(.*?\n)??(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S)
PLAIN = re.compile(r"^([A-Za-z][\w-]*):[ \t]+(\S.*)$", re.M)
# A few lines of aliases of aliases stand for more values than any memory holds, and pages need none.
ALIAS = re.compile(r"(?:^|[\s\[,:{-])\*[\w-]+", re.M)
MAX_ALIASES = 20
# The C parser is there in every wheel; the other reads the same.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def split(text: str) -> tuple[dict[str, Any], str]:
    """Return a page's front matter and the rest; empty when there is none.

    Where it is no YAML, as in `title: One: two`, its simple lines are taken as they stand.
    """
    text = text.replace("\r\n", "\n")
    match = BLOCK.match(text)
    if match is None:
        return {}, text.removeprefix("\ufeff")
    written = match.group(1) or ""
    try:
        if len(ALIAS.findall(written)) > MAX_ALIASES:
            raise ValueError("too many aliases")
        found = yaml.load(written, _Loader)  # noqa: S506  (a safe loader)
    except (yaml.YAMLError, ValueError, RecursionError):
        found = {key: value.rstrip(" \t") for key, value in PLAIN.findall(written)}
    if found is None or isinstance(found, dict):
        return {str(key): value for key, value in (found or {}).items()}, text[match.end() :]
    # Two rules with prose between them, say.
    return {}, text


def string(metadata: Mapping[str, Any], key: str) -> str | None:
    """Return a value as text on one line, or None when it is absent, empty or no scalar."""
    value = metadata.get(key)
    if value is None or isinstance(value, (dict, list)):
        return None
    # An escape in YAML can write what PostgreSQL does not take.
    return " ".join(str(value).replace("\0", "").split()) or None


def document(metadata: Mapping[str, Any], sections: tuple[Section, ...], fallback_title: str) -> Document:
    """Return a page of these sections, with the title and the language that its front matter states."""
    title = title_of(sections, string(metadata, "title"), fallback_title)
    return Document(title, sections, language_tag(string(metadata, "lang") or string(metadata, "language")))
