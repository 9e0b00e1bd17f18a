"""Jupyter Book 1: MyST and notebooks, at the addresses and with the ids that Sphinx gives them."""

import json
from collections.abc import Mapping, Sequence
from itertools import count, pairwise
from pathlib import Path, PurePosixPath
from typing import Any, Self

from markdown_it.token import Token

from chatkit.ingest.document import Document
from chatkit.ingest.readers import front_matter
from chatkit.ingest.readers.anchors import docutils_id
from chatkit.ingest.readers.includes import site_root
from chatkit.ingest.readers.myst import toc as myst_toc
from chatkit.ingest.readers.myst.site import MystSite, site_files, targets
from chatkit.ingest.readers.myst.toc import mapping

TOC = "_toc.yml"
# What Sphinx says where its configuration names no language.
DEFAULT_LANGUAGE = "en"
DEFINITION_LISTS = "deflist"


class JupyterBook(MystSite):
    """One book of Jupyter Book 1, which builds every page and lists those of its table of contents."""

    name = "jupyter-book"
    guesses_language = False

    def __init__(
        self, folder: Path, settings: Mapping[str, Any] | None = None, toc: object = None, root: Path | None = None
    ) -> None:
        super().__init__(folder, root)
        settings = settings or {}
        parse, sphinx = mapping(settings, "parse"), mapping(settings, "sphinx", "config")
        url = front_matter.string(mapping(settings, "html"), "baseurl")
        self.site_url = f"{url.rstrip('/')}/" if url and url.startswith(("http://", "https://")) else None
        self._language = front_matter.string(sphinx, "language") or DEFAULT_LANGUAGE
        extensions = parse.get("myst_enable_extensions")
        self._has_definition_lists = isinstance(extensions, list) and DEFINITION_LISTS in extensions
        self._substitutions = _texts(parse.get("myst_substitutions"))
        self._has_citations = bool(settings.get("bibtex_bibfiles"))
        self._only_listed = settings.get("only_build_toc_files") is True
        excluded = myst_toc.patterns(settings.get("exclude_patterns"))
        self.fingerprint = json.dumps([self.name, settings, toc], default=str)
        files = [path for path in site_files(folder) if not excluded.match_file(path)]
        self._chapters = frozenset(chapters := myst_toc.listed(toc, files))
        self._index([*chapters, *files])

    @classmethod
    def find_config(cls, place: Path) -> Path | None:
        """Return the configuration of a book, which has a table of contents beside it, or None."""
        toc, config = place / TOC, place / "_config.yml"
        return (config if config.is_file() else toc) if toc.is_file() else None

    @classmethod
    def from_config(cls, config: Path, folder: Path) -> Self:
        """Return the book of a `_config.yml` and its `_toc.yml`."""
        settings = myst_toc.read(config) if config.name != TOC else {}
        toc = myst_toc.read(config.parent / TOC)
        made = cls(config.parent, settings if isinstance(settings, dict) else {}, toc, site_root(config))
        if folder.resolve() != config.parent.resolve():
            made.roots = (made.folder / folder.resolve().relative_to(made.folder.resolve()),)
        return made

    def skip_reason(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str | None:
        """Return why a page is left out, or None."""
        if path in self._pages:
            return f"{TOC} does not name it" if self._only_listed and path not in self._chapters else None
        is_built = "_build" in path.parts or ".ipynb_checkpoints" in path.parts
        return "it was built of another" if is_built else "the book leaves it out"

    def address(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str:
        """Return a page's address below the book's."""
        return str(path.with_suffix(".html"))

    def language(self, path: PurePosixPath) -> str | None:
        """Return the book's language."""
        return self._language

    def parse(self, path: PurePosixPath, text: str) -> tuple[dict[str, Any], Document]:
        """Return a page's front matter, and the page; its title is its first heading."""
        metadata, body = front_matter.split(text)
        own = metadata.get("substitutions") or mapping(metadata, "myst").get("substitutions")
        sections = self._sections(
            path,
            body,
            None,
            is_sphinx=True,
            has_definition_lists=self._has_definition_lists,
            substitutions={**self._substitutions, **_texts(own)},
        )
        return metadata, front_matter.document({**metadata, "title": None}, sections, path.stem)

    def fragment(self, label: str) -> str:
        """Return the id of a label."""
        return docutils_id(label)

    def give_ids(self, title: str | None, tokens: Sequence[Token]) -> None:
        """Give headings the ids of their words; what has none of its own is numbered as docutils numbers it."""
        taken, numbers, labels = set[str](), count(1), targets(tokens)

        def numbered() -> str:
            anchor = next(one for number in numbers if (one := f"id{number}") not in taken)
            taken.add(anchor)
            return anchor

        for place, (token, inline) in enumerate(pairwise([*tokens, Token("end", "", 0)])):
            if token.type == "myst_target":
                taken.add(docutils_id(token.content))
            elif token.type == "footnote_open":
                named = docutils_id(str(token.meta.get("label", "")))
                token.attrSet("id", named if named and named not in taken else numbered())
            elif token.type == "heading_open":
                anchor = docutils_id(_text(inline))
                if not anchor or anchor in taken:
                    # A label that stands before it names it better than a number, which is used up all the same.
                    anchor, number = docutils_id(labels.get(place, "")), numbered()
                    anchor = anchor or number
                taken.add(anchor)
                token.attrSet("id", anchor)
            for child in token.children or []:
                is_citation = self._has_citations and str(child.meta.get("role", "")).startswith("cite")
                if child.type == "footnote_ref" or is_citation:
                    numbered()

    def _stated_title(self, metadata: Mapping[str, Any]) -> str:
        return ""


def _text(inline: Token) -> str:
    """Return the words that docutils makes an id of: code and the sources of roles among them."""
    parts = list[str]()
    for token in inline.children or []:
        if token.type in {"softbreak", "hardbreak"}:
            parts.append(" ")
        elif token.type in {"text", "myst_text", "code_inline", "text_special", "html_inline", "image"}:
            parts.append(str(token.meta.get("source", token.content)))
    return "".join(parts)


def _texts(values: object) -> dict[str, str]:
    """Return the values of substitutions that are text."""
    if not isinstance(values, Mapping):
        return {}
    return {str(name): str(value) for name, value in values.items() if isinstance(value, str | int | float)}
