"""A site's `mkdocs.yml`, with those that it inherits from; what it names of Python is not executed."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from markdown.extensions.toc import slugify_unicode
from pathspec import GitIgnoreSpec
from pymdownx.slugs import slugify

from chatkit.ingest.readers import includes

INHERIT = "INHERIT"
# As many configurations may inherit from each other.
MAX_DEPTH = 5


def read(config: Path) -> tuple[dict[str, Any], str]:
    """Return the settings of a configuration with those it inherits, and the text that they stand in."""
    return _read(config, includes.site_root(config), MAX_DEPTH)


def _read(config: Path, root: Path, depth: int) -> tuple[dict[str, Any], str]:
    text = includes.read_text(root, config) or ""
    settings = _parsed(text)
    above = settings.pop(INHERIT, None)
    if not isinstance(above, str) or not depth:
        return settings, text
    inherited, inherited_text = _read(config.parent / above, root, depth - 1)
    return _merged(inherited, settings), f"{inherited_text}\n{text}"


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return mappings joined; anything else is what the one above says."""
    joined = dict(below)
    for key, value in above.items():
        held = joined.get(key)
        joined[key] = _merged(held, value) if isinstance(held, dict) and isinstance(value, dict) else value
    return joined


def plugin(settings: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    """Return the options of a plugin, whatever theme brings it, or None when it is not used."""
    listed = dict(entries(settings.get("plugins")))
    found = next((options for key, options in listed.items() if key.rpartition("/")[2] == name), None)
    return None if found is None or found.get("enabled") is False else found


class _Loader(yaml.SafeLoader):
    """Reads a configuration whose tags name Python objects, and makes none but the slug functions known here."""


def _python(loader: _Loader, suffix: str, node: yaml.Node) -> object:
    name = suffix.partition(":")[2]
    if name == "markdown.extensions.toc.slugify_unicode":
        return slugify_unicode
    if name == "pymdownx.slugs.slugify" and isinstance(node, yaml.MappingNode):
        options = loader.construct_mapping(node, deep=True).get("kwds")
        return slugify(**options) if isinstance(options, dict) else slugify()
    return None


_Loader.add_multi_constructor("tag:yaml.org,2002:python/", _python)
_Loader.add_multi_constructor("!", lambda loader, suffix, node: None)


def _parsed(text: str) -> dict[str, Any]:
    try:
        settings = yaml.load(text, _Loader)  # noqa: S506  (makes no object)
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):
        return {}
    return settings if isinstance(settings, dict) else {}


def patterns(settings: object) -> list[str]:
    """Return lines as of a .gitignore, or nothing when they are none."""
    lines = settings.splitlines() if isinstance(settings, str) else []
    try:
        GitIgnoreSpec.from_lines(lines)
    except ValueError:
        return []
    return lines


def entries(listed: object) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the names and options of a list of names, of mappings, or of both, or of a mapping."""
    for entry in listed if isinstance(listed, list) else [listed]:
        if isinstance(entry, str):
            yield entry, {}
        elif isinstance(entry, dict):
            for name, options in entry.items():
                yield str(name), options if isinstance(options, dict) else {}
