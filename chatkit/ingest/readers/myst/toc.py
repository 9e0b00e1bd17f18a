"""Tables of contents in YAML, `myst.yml` and `_toc.yml`: which pages they list, in their order."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import Any

import yaml
from pathspec import GitIgnoreSpec

# What a table of contents may hold its entries under.
PARTS = ("parts", "subtrees", "chapters", "sections", "children", "entries")
INDEXES = ("index", "readme", "main")
MAX_DEPTH = 20
# Names are sorted by their numbers and letters alone.
NATURAL = re.compile(r"\d+|[^\W\d_]+")


def read(file: Path) -> Any:
    """Return what stands in a file of YAML, or None where it cannot be read."""
    try:
        return yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError, RecursionError):
        return None


def mapping(settings: Any, *names: str) -> Mapping[str, Any]:
    """Return what stands below names in a configuration, empty where that is no mapping."""
    for name in names:
        settings = settings.get(name) if isinstance(settings, Mapping) else None
    return settings if isinstance(settings, Mapping) else {}


def patterns(listed: object) -> GitIgnoreSpec:
    """Return what matches paths as a configuration's list of patterns does; what is no pattern matches nothing."""
    found = GitIgnoreSpec([])
    for one in listed if isinstance(listed, list) else [listed]:
        if isinstance(one, str) and one.strip("./"):
            with suppress(ValueError):
                found += GitIgnoreSpec.from_lines([f"/{one.removeprefix('./').lstrip('/')}"])
    return found


def listed(toc: object, files: Sequence[PurePosixPath]) -> list[PurePosixPath]:
    """Return those of ``files`` that a table of contents lists, in its order."""
    known, entries = set(files), list(_entries(toc, 0))
    explicit = {path for kind, value, _ in entries if kind == "file" for path in _named(value, known)}
    found = dict[PurePosixPath, None]()
    for kind, value, descending in entries:
        if kind == "file":
            matched = _named(value, known)
        else:
            pattern = patterns([value])
            matched = sorted(
                (path for path in files if path not in explicit and pattern.match_file(path)), key=natural_key
            )
        found.update(dict.fromkeys(reversed(matched) if descending else matched))
    return list(found)


def natural_key(path: PurePosixPath) -> tuple[object, ...]:
    """Return what sorts files as a person would: an index first, and `2` before `10`."""
    parts = [
        [(not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in NATURAL.findall(name)]
        for name in str(path.with_suffix("")).lower().split("/")
    ]
    return (parts[:-1], path.stem.lower() not in INDEXES, parts[-1:], str(path))


def _entries(toc: object, depth: int) -> Iterator[tuple[str, str, bool]]:
    """Yield each entry's kind, `file` or `pattern`, what it names, and whether its matches come in reverse."""
    if depth > MAX_DEPTH:
        return
    if isinstance(toc, list):
        for entry in toc:
            yield from _entries(entry, depth + 1)
    elif isinstance(toc, Mapping):
        for key in ("root", "file", "glob", "pattern"):
            if isinstance(value := toc.get(key), str):
                kind = "file" if key in {"root", "file"} else "pattern"
                yield kind, value, toc.get("sort") == "descending"
        for key in PARTS:
            yield from _entries(toc.get(key), depth + 1)


def _named(value: str, known: set[PurePosixPath]) -> list[PurePosixPath]:
    """Return the page that an entry names with or without the ending of its file, or none."""
    path = PurePosixPath(normpath(value.lstrip("/")))
    candidates = (path, *(PurePosixPath(f"{path}{suffix}") for suffix in (".md", ".ipynb")))
    return [next(one for one in candidates if one in known)] if any(one in known for one in candidates) else []
