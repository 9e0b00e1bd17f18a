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
CONF_CHARACTERS = 50_000


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


def _is_sphinx(file: Path) -> bool:
    try:
        with file.open(encoding="utf-8", errors="replace") as conf:
            return SPHINX_SETTING.search(conf.read(CONF_CHARACTERS)) is not None
    except OSError:
        return False
