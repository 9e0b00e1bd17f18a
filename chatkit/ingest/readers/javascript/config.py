"""Configurations in JavaScript and TypeScript: what they say in literals, parsed by tree-sitter and never executed."""

import json
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import tree_sitter_typescript
from tree_sitter import Language, Node, Parser

from chatkit.ingest.readers.includes import read_text, site_root
from chatkit.ingest.readers.javascript.module import UNKNOWN, Call, Module, member

# No configuration that a person writes takes longer, and none imports as many files.
MAX_SECONDS, MAX_FILES = 2, 30
# Values, each counted as often as it is referred to.
MAX_VALUES = 200_000
CHUNK = 4_096
ENDINGS = ("ts", "mts", "js", "mjs", "cjs", "json")
SUFFIXES = ("", *(f"{place}.{ending}" for place in ("", "/index") for ending in ENDINGS))


def read(path: Path, root: Path | None = None) -> Any:
    """Return the object that a configuration exports, out of any `defineConfig` that wraps it; see ``evaluate``."""
    value = evaluate(path, root)
    while isinstance(value, Call):
        held = [argument for argument in value.arguments if isinstance(argument, (dict, list, Call))]
        value = held[-1] if held else UNKNOWN
    return value


def evaluate(path: Path, root: Path | None = None) -> Any:
    """Return what a JavaScript, TypeScript or JSON file exports: dicts, lists, strings, numbers, booleans, None.

    What is no literal is ``UNKNOWN`` or a ``Call``, and so is everything in a file that cannot be read. A function that
    is exported stands for what it returns. Of the files that it imports, those below ``root`` are read, which is
    the site's folder unless it is named.
    """
    try:
        return _Files(root or site_root(path)).exported(path.resolve())
    except (_TooLarge, RecursionError, OSError, RuntimeError):
        return UNKNOWN


class _TooLarge(Exception):
    """A configuration holds more than any that a person writes."""


class _Files:
    """The files of one configuration, each read once, and the values counted that they hold together."""

    def __init__(self, root: Path) -> None:
        self.values = 0
        self._root = root
        self._exports = dict[Path, Callable[[str], Any]]()

    def count(self, values: int = 1) -> None:
        """Count what was made. Raises ``_TooLarge``."""
        self.values += values
        if self.values > MAX_VALUES:
            raise _TooLarge

    def exported(self, file: Path, name: str = "default") -> Any:
        """Return what a file exports by a name, or all of it by the name `*`."""
        if file not in self._exports:
            if len(self._exports) >= MAX_FILES:
                return UNKNOWN
            self._exports[file] = self._load(file)
        return self._exports[file](name)

    def imported(self, importing: Path, source: str, name: str) -> Any:
        """Return what a file gets by a name from a file near it."""
        places = [importing.parent / f"{source}{suffix}" for suffix in SUFFIXES] if source.startswith(".") else []
        try:
            file = next((place.resolve() for place in places if place.is_file()), None)
        except (OSError, ValueError, RuntimeError):
            return UNKNOWN
        return UNKNOWN if file is None else self.exported(file, name)

    def _load(self, file: Path) -> Callable[[str], Any]:
        text = read_text(self._root, file) or ""
        try:
            if file.suffix != ".json":
                return Module(self, file, _parse(text.encode())).exported
            self.count(text.count(",") + 1)
            value = json.loads(text)
        except (ValueError, RecursionError):
            value = UNKNOWN
        return lambda name: value if name in {"default", "*"} else member(value, name)


@lru_cache(maxsize=1)
def _language() -> Language:
    return Language(tree_sitter_typescript.language_tsx())


def _parse(content: bytes) -> Node:
    """Return the syntax tree of a source, whatever it holds. Raises ``ValueError`` when that takes too long."""
    deadline = time.monotonic() + MAX_SECONDS
    tree = Parser(_language()).parse(
        lambda offset, _: content[offset : offset + CHUNK],
        progress_callback=lambda *_: time.monotonic() > deadline,
    )
    if tree is None:
        raise ValueError("it takes too long")
    return tree.root_node
