"""Generators whose sites are recognised, and read only as they are built.

Most pages of Sphinx hold what docutils does not know: of Flask's 76 pages 66, of Sphinx's own 155 pages 143. Much of
them is written by autodoc from code that would have to be run. AsciiDoc has no parser in Python that keeps up with
Asciidoctor. Both build to HTML by one command.
"""

import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from chatkit.ingest.document import Document
from chatkit.ingest.readers.generator import Generator

# Where Sphinx keeps its sources, for whoever names the folder above.
SPHINX_FOLDERS = ("", "source")
# Any program may have a file of this name; Sphinx's says one of these.
SPHINX_SETTING = re.compile(r"^(?:extensions|html_theme|master_doc|root_doc|source_suffix)\s*(?::[^=\n]*)?=", re.M)
ZOLA_SETTING = re.compile(r"^base_url\s*=", re.M)
CONFIG_CHARACTERS = 50_000
# What is done about most of them.
BUILD = "Its source is not read: build it with `{command}`, and index the folder `{folder}`, or index it by its address"


class _BuildFirst(Generator):
    """A generator whose sources are not read."""

    def address(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str:
        """Refuse: only what is built has addresses."""
        raise ValueError(self.remedy)

    def parse(self, path: PurePosixPath, text: str) -> tuple[dict[str, Any], Document]:
        """Refuse: the source is not read."""
        raise ValueError(self.remedy)


class Sphinx(_BuildFirst):
    """Sphinx, of reStructuredText or MyST."""

    name = "sphinx"
    remedy = (
        "Its source is not read, as much of it is written by extensions: build it with `make html` or "
        "`sphinx-build -b html . _build/html`, and index the folder `_build/html`"
    )

    @classmethod
    def find_config(cls, place: Path) -> Path | None:
        """Return Sphinx's configuration in a folder or in its folder of sources, or None."""
        return next((file for name in SPHINX_FOLDERS if _is_sphinx(file := place / name / "conf.py")), None)


class Antora(_BuildFirst):
    """Antora, of AsciiDoc, and AsciiDoc without it."""

    name = "antora"
    config_files = ("antora.yml", "antora-playbook.yml", "index.adoc")
    remedy = (
        "AsciiDoc is not read from its source: build it with `antora antora-playbook.yml` or `asciidoctor`, and index "
        "the folder that it is built to"
    )


class Eleventy(_BuildFirst):
    """Eleventy, whose pages a program may make whatever it likes of."""

    name = "eleventy"
    config_files = (".eleventy.js", *(f"eleventy.config.{ending}" for ending in ("js", "mjs", "cjs", "ts")))
    remedy = BUILD.format(command="npx @11ty/eleventy", folder="_site")


class Gatsby(_BuildFirst):
    """Gatsby, whose routes are made by a program."""

    name = "gatsby"
    config_files = tuple(f"gatsby-config.{ending}" for ending in ("js", "mjs", "ts"))
    remedy = BUILD.format(command="npx gatsby build", folder="public")


class Quarto(_BuildFirst):
    """Quarto, whose pages hold what code in them prints."""

    name = "quarto"
    config_files = ("_quarto.yml", "_quarto.yaml")
    remedy = BUILD.format(command="quarto render", folder="_site")


class Rspress(_BuildFirst):
    """Rspress."""

    name = "rspress"
    config_files = tuple(f"rspress.config.{ending}" for ending in ("ts", "js", "mjs", "mts"))
    remedy = BUILD.format(command="npx rspress build", folder="doc_build")


class Fumadocs(_BuildFirst):
    """Fumadocs, whose routes stand in the code of an application."""

    name = "fumadocs"
    config_files = tuple(f"source.config.{ending}" for ending in ("ts", "mts", "js", "mjs"))
    remedy = "Its routes stand in code: start it, and index it by its address"


class Mintlify(_BuildFirst):
    """Mintlify, which is hosted."""

    name = "mintlify"
    config_files = ("mint.json",)
    remedy = "It is built where it is hosted: index the site by its address"


class Zola(_BuildFirst):
    """Zola, whose configuration has a name that Hugo's may have too."""

    name = "zola"
    remedy = BUILD.format(command="zola build", folder="public")

    @classmethod
    def find_config(cls, place: Path) -> Path | None:
        """Return a `config.toml` that says where a site of Zola is published, or None."""
        file = place / "config.toml"
        return file if ZOLA_SETTING.search(_beginning(file)) else None


def _is_sphinx(file: Path) -> bool:
    return SPHINX_SETTING.search(_beginning(file)) is not None


def _beginning(file: Path) -> str:
    try:
        with file.open(encoding="utf-8", errors="replace") as config:
            return config.read(CONFIG_CHARACTERS)
    except OSError:
        return ""
