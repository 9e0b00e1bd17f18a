"""What a page of Hugo says of itself, in YAML, TOML or JSON, and what its sections hand down to it."""

import json
import re
import tomllib
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from chatkit.ingest.readers import front_matter
from chatkit.ingest.readers.hugo.config import lower_keys, table

TOML = re.compile(r"\A\ufeff?\+\+\+[ \t]*\n(.*?\n)??\+\+\+[ \t]*(?:\n|\Z)", re.S)
BRACES = re.compile(r"\{([^{}]*)\}")


def split(text: str) -> tuple[dict[str, Any], str]:
    """Return a page's front matter with its keys in lower case, and the rest; empty when there is none."""
    text = text.replace("\r\n", "\n")
    plain = text.removeprefix("\ufeff")
    if toml := TOML.match(text):
        try:
            return lower_keys(tomllib.loads(toml[1] or "")), text[toml.end() :]
        except (ValueError, RecursionError):
            return {}, text[toml.end() :]
    if plain.startswith("{") and not plain.startswith(("{{<", "{{%")):
        try:
            found, end = json.JSONDecoder().raw_decode(plain)
        except (ValueError, RecursionError):
            return {}, plain
        return (lower_keys(found), plain[end:].lstrip("\n")) if isinstance(found, dict) else ({}, plain)
    found, body = front_matter.split(text)
    return lower_keys(found), body


def cascaded(metadata: Mapping[str, Any], kind: str, path: str) -> dict[str, Any]:
    """Return what a section, or the configuration, hands down to a page of a kind at a path of the content."""
    cascade, handed = metadata.get("cascade"), dict[str, Any]()
    for one in cascade if isinstance(cascade, list) else [cascade]:
        if not isinstance(one, dict):
            continue
        target = table(one, "target") or table(one, "_target")
        if matches(kind, target.get("kind")) and matches(path, target.get("path")):
            handed |= {key: value for key, value in one.items() if key not in {"target", "_target"}}
    return handed


def matches(path: str, pattern: object) -> bool:
    """Tell whether a path fits a glob of Hugo, in which `{a,b}` is either; any does where there is none."""
    if not isinstance(pattern, str):
        return True
    alternatives = [pattern]
    if braces := BRACES.search(pattern):
        alternatives = [pattern[: braces.start()] + one + pattern[braces.end() :] for one in braces[1].split(",")]
    return any(fnmatchcase(path.lower(), one.lower()) for one in alternatives)
