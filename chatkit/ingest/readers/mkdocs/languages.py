"""The languages of a site of MkDocs whose plugin `i18n` tells them by suffixes or by folders."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from chatkit.ingest.readers.mkdocs import config


class Languages:
    """Which language a file is in, and which page it is in any language."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        options = config.plugin(settings, "i18n") or {}
        self._by_folder = options.get("docs_structure") == "folder"
        listed = options.get("languages")
        if isinstance(listed, dict):
            # As older versions of the plugin had it.
            listed = [{"locale": locale, "default": locale == options.get("default_language")} for locale in listed]
        languages = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
        self._titles = dict[str, dict[str, str]]()
        self.default: str | None = None
        # Languages that are not published.
        self.left_out = set[str]()
        for language in languages:
            locale = str(language.get("locale"))
            translations = language.get("nav_translations")
            self._titles[locale] = translations if isinstance(translations, dict) else {}
            if language.get("default") is True:
                self.default = locale
            if language.get("build") is False:
                self.left_out.add(locale)

    def split(self, path: PurePosixPath) -> tuple[str | None, PurePosixPath]:
        """Return a file's language, and its path as it would be without languages."""
        if self._by_folder and path.parts[0] in self._titles:
            return path.parts[0], PurePosixPath(*path.parts[1:])
        stem, dot, locale = path.stem.rpartition(".")
        if not self._by_folder and dot and locale in self._titles:
            return locale, path.with_name(stem + path.suffix)
        return self.default, path

    def translated(self, title: str | None, language: str | None) -> str | None:
        """Return a title of the navigation in a language."""
        return self._titles.get(language or "", {}).get(title, title) if title is not None else None
