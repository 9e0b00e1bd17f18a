"""What every site generator's reader knows: how to recognise its sites, and what it makes of a page.

A new generator is one file beside this one, with one subclass of ``Generator`` and one line in ``registry.GENERATORS``.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar, Self

from chatkit.ingest.document import Document

MARKDOWN_SUFFIXES = (".md", ".markdown", ".mdx")


class Generator(ABC):
    """One generator's conventions for the pages below ``folder``.

    It travels to the processes that read pages, so it must survive pickling.

        class Jekyll(Generator):
            name = "jekyll"
            config_files = ("_config.yml",)
            ...
    """

    # What `--generator`, the report and the table of sources call it.
    name: ClassVar[str]
    # The files that configure it, any of which recognises its sites.
    config_files: ClassVar[tuple[str, ...]] = ()
    # What only its pages hold, which recognises them where no configuration is near.
    signature: ClassVar[re.Pattern[str] | None] = None
    # Whether addresses of pages are the site's own, so that one which is relative to a page's leads to another.
    has_relative_addresses: ClassVar[bool] = True
    # The site's address, where the configuration says it.
    site_url: str | None = None

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # What makes an unchanged file another page when it changes, such as the configuration.
        self.fingerprint = self.name

    @classmethod
    def find_config(cls, place: Path) -> Path | None:
        """Return the generator's configuration in a folder, or None."""
        return next((file for name in cls.config_files if (file := place / name).is_file()), None)

    @classmethod
    def has_signature(cls, text: str) -> bool:
        """Tell whether a page was written for this generator and no other."""
        return cls.signature is not None and cls.signature.search(text) is not None

    @classmethod
    def from_config(cls, config: Path, folder: Path) -> Self:
        """Return the generator as a site configures it; ``folder`` is its pages, or holds the configuration."""
        return cls(folder)

    @classmethod
    def from_folder(cls, folder: Path) -> Self:
        """Return the generator as it is without a configuration."""
        return cls(folder)

    def skip_reason(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str | None:
        """Return why the generator would not publish a page, or None when it would."""
        return None

    @abstractmethod
    def address(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str:
        """Return a page's address below the base URL, not percent-encoded."""

    def linked_files(self, page: PurePosixPath, path: str) -> Iterator[str]:
        """Yield the files that the path of a link may name, the likeliest first."""
        yield path.lstrip("/") if path.startswith("/") else f"{page.parent}/{path}"

    @abstractmethod
    def parse(self, text: str, fallback_title: str) -> tuple[dict[str, Any], Document]:
        """Return a page's front matter, and the page. May raise anything for a page that cannot be read."""


def docs_folder(folder: Path) -> Path:
    """Return where most generators keep pages unless told otherwise, when ``folder`` is a whole site's."""
    inside = folder / "docs"
    return inside if inside.is_dir() and not any(folder.glob("*.md*")) else folder
