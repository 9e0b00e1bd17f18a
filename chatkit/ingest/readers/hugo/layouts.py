"""What a site of Hugo and its themes bring for shortcodes: their templates, and texts in each language."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from chatkit.ingest.readers.hugo.config import ENDINGS, HugoConfig, parse, table
from chatkit.ingest.readers.hugo.functions import Parameters
from chatkit.ingest.readers.hugo.shortcodes import SiteShortcodes
from chatkit.ingest.readers.includes import read_text

FOLDERS = ("layouts/shortcodes", "layouts/_shortcodes")
VENDORED = "_vendor"
# A longer template, and more of them, say nothing that could be told here.
MAX_CHARACTERS, MAX_TEMPLATES = 20_000, 1_000


def load(config: HugoConfig) -> SiteShortcodes:
    """Return what is the same for the shortcodes of all pages; the site's own templates come before its themes'."""
    templates = dict[str, str]()
    texts = dict[str, dict[str, str]]()
    for place in _places(config):
        for name, file in _templates(place):
            if name not in templates and len(templates) < MAX_TEMPLATES:
                text = read_text(config.root, file)
                if text is not None and len(text) <= MAX_CHARACTERS:
                    templates[name] = text
        for language, found in _texts(config.root, place / "i18n"):
            texts[language] = {**found, **texts.get(language, {})}
    settings = config.settings
    params = Parameters(table(settings, "params"))
    return SiteShortcodes(
        templates, params, texts, str(settings.get("title") or ""), str(settings.get("baseurl") or "")
    )


def _places(config: HugoConfig) -> Iterator[Path]:
    yield config.root
    theme = config.settings.get("theme")
    for name in theme if isinstance(theme, list) else [theme]:
        if isinstance(name, str):
            yield config.root / str(config.settings.get("themesdir") or "themes") / name
    vendored = config.root / VENDORED
    yield from (folder.parent for folder in sorted(vendored.glob("*/*/*/**/layouts")) if folder.is_dir())


def _templates(place: Path) -> Iterator[tuple[str, Path]]:
    for folder in FOLDERS:
        for file in sorted((place / folder).rglob("*.html")):
            yield file.relative_to(place / folder).as_posix().removesuffix(".html").lower(), file


def _texts(root: Path, folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the texts of a folder `i18n`, in which each language has a file or a folder."""
    for file in sorted(folder.rglob("*")):
        if file.suffix[1:] in ENDINGS and file.is_file():
            language = file.relative_to(folder).parts[0].partition(".")[0].lower()
            found = parse(read_text(root, file) or "", file.suffix[1:])
            yield language, {key: text for key, value in found.items() if (text := _text(value)) is not None}


def _text(value: Any) -> str | None:
    if isinstance(value, Mapping):
        value = value.get("other")
    return value if isinstance(value, str) else None
