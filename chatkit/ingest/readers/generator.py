"""What every site generator's reader knows: how to recognise its sites, and what it makes of a page.

A new generator is one file beside this one, with one subclass of ``Generator`` and one line in ``registry.GENERATORS``.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar, Self

from chatkit.ingest.document import Document
from chatkit.ingest.readers import front_matter

MARKDOWN_SUFFIXES = (".md", ".markdown", ".mdx")


class Generator(ABC):
    """One generator's conventions for the pages of a site.

    Paths of pages are relative to ``folder``; the pages lie in ``roots``, at or below it. It travels to the processes
    that read pages, so it must survive pickling.

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
    # How the names of files end that it makes pages of. Other HTML is read as it was built.
    suffixes: ClassVar[tuple[str, ...]] = MARKDOWN_SUFFIXES
    # What an owner can do whose site cannot be read from its source, as a sentence.
    remedy: ClassVar[str | None] = None
    # Whether addresses of pages are the site's own, so that one which is relative to a page's leads to another.
    has_relative_addresses: ClassVar[bool] = True
    # Whether a link that begins with a slash is seen from the site's base, and names a page as one beside it does.
    has_links_from_base: ClassVar[bool] = False
    # The site's address, where the configuration says it.
    site_url: str | None = None

    def __init__(self, folder: Path, roots: tuple[Path, ...] | None = None) -> None:
        self.folder = folder
        self.roots = (folder,) if roots is None else roots
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
        """Return why the generator would not publish a page, or None when it would.

        Before a page is read it is asked with no metadata; so it is of HTML that it makes no page of.
        """
        return None

    @abstractmethod
    def address(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str:
        """Return a page's address below the base URL, not percent-encoded."""

    def version(self, path: PurePosixPath) -> str | None:
        """Return the version of the documentation that a page belongs to, or None where there is but one."""
        return None

    def language(self, path: PurePosixPath) -> str | None:
        """Return the language that a page is published in, a tag of BCP 47, or None where nothing says it."""
        return None

    def order_key(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str:
        """Return what sorts pages, compared as text, as the site's sidebar does."""
        return str(path)

    def linked_files(self, page: PurePosixPath, path: str) -> Iterator[str]:
        """Yield the files that the path of a link may name, the likeliest first."""
        yield path.lstrip("/") if path.startswith("/") else f"{page.parent}/{path}"

    def expand(self, path: PurePosixPath, text: str) -> str:
        """Return a page's text with what it includes from other files in its place.

        A page has changed when this has.
        """
        return text

    def split(self, text: str) -> tuple[dict[str, Any], str]:
        """Return a page's front matter and the rest."""
        return front_matter.split(text)

    @abstractmethod
    def parse(self, path: PurePosixPath, text: str) -> tuple[dict[str, Any], Document]:
        """Return the front matter of a page, expanded, and the page. May raise anything when it cannot be read."""


def docs_folder(folder: Path) -> Path:
    """Return where most generators keep pages unless told otherwise, when ``folder`` is a whole site's."""
    inside = folder / "docs"
    return inside if inside.is_dir() and not any(folder.glob("*.md*")) else folder
