"""The sites whose questions `make eval` asks, and the databases that hold them."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import flask_migrate
from flask import Flask
from sqlalchemy import update

from chatkit import create_app
from chatkit.database.orm import db
from chatkit.ingest import service
from chatkit.ingest.folder import Folder
from chatkit.paths import DOCS, MIGRATIONS
from chatkit.search import embedding
from chatkit.search.models import Page

BASE_URL = "/guide/"
HERE = Path(__file__).parent
PACKAGE = HERE.parents[1] / "chatkit"
# What decides how pages are indexed.
INDEXING = ("ingest", "search", "text")


@dataclass(frozen=True)
class Site:
    """Folders of pages and files of questions about them, by the name of each set.

    ``folders`` maps each folder to its base URL. ``fetched`` names the folder that the pages are fetched into; without
    one they are part of this repository. ``version`` is the one that the questions are about.
    """

    folders: Mapping[Path, str]
    questions: Mapping[str, Path]
    generator: str = "auto"
    fetched: str | None = None
    version: str | None = None

    def missing(self, root: Path | None) -> str | None:
        """Return the sentence that says why the site cannot be asked about, or nothing."""
        if self.fetched is not None and root is None:
            return f"SITES names no folder that holds {self.fetched}/, see docs/answers.md"
        absent = [str(path) for path in [*self.paths(root), *self.questions.values()] if not path.exists()]
        return f"{absent[0]} does not exist" if absent else None

    def paths(self, root: Path | None) -> dict[Path, str]:
        """Return where its folders are, with their base URLs."""
        top = root / self.fetched if root is not None and self.fetched is not None else Path()
        return {top / folder: url for folder, url in self.folders.items()}


# The pages of jest's next version and those of the released ones: a right section is one of the next version, since
# the file of questions names no version.
SITES = {
    "docs": Site({DOCS: BASE_URL}, {"docs": HERE / "questions.jsonl", "in other words": HERE / "other_words.jsonl"}),
    "mkdocs": Site({Path("docs"): BASE_URL}, {"MkDocs": HERE / "mkdocs_questions.jsonl"}, "mkdocs", "mkdocs"),
    "kind": Site({Path("site/content"): BASE_URL}, {"kind": HERE / "kind_questions.jsonl"}, fetched="kind"),
    "uv": Site({Path("docs"): BASE_URL}, {"uv": HERE / "uv_questions.jsonl"}, "mkdocs", "uv"),
    "jest": Site(
        {Path("docs"): f"{BASE_URL}next/", Path("website/versioned_docs"): BASE_URL},
        {"jest": HERE / "jest_questions.jsonl"},
        "docusaurus",
        "jest",
        "next",
    ),
    "german": Site({HERE / "sites/german": BASE_URL}, {"German": HERE / "german_questions.jsonl"}),
    "chinese": Site({HERE / "sites/chinese": BASE_URL}, {"Chinese": HERE / "chinese_questions.jsonl"}),
}
# These are pooled in a row of their own.
REAL_SITES = ("kind", "uv", "jest")


@contextmanager
def migrated(url: str, semantic: bool = False) -> Iterator[Flask]:
    """Yield an application on a database that is up to date."""
    secret, switch = os.urandom(32).hex(), "on" if semantic else "off"
    app = create_app({"SECRET_KEY": secret, "DATABASE_URL": url, "LOG_LEVEL": "WARNING", "SEMANTIC": switch})
    with app.app_context():
        flask_migrate.upgrade(str(MIGRATIONS))
    yield app
    with app.app_context():
        db.engine.dispose()


def index(site: Site, root: Path | None, stamp: Path) -> None:
    """Index a site's folders in the current application, and encode its passages where there is an encoder.

    The file ``stamp`` keeps by which code the database was indexed last; pages are read anew when that has changed.
    """
    digest = _digest()
    if stamp.exists() and stamp.read_text() != digest:
        db.session.execute(update(Page).values(content_hash=""))
        db.session.commit()
    for folder, url in site.paths(root).items():
        # A name that is not the folder's place, so that what is kept serves another checkout too.
        service.index(Folder(folder, url, site.generator, url))
    stamp.write_text(digest)
    while embedding.embed_batch():
        pass


def _digest() -> str:
    files = sorted(file for room in INDEXING for file in (PACKAGE / room).rglob("*") if file.suffix != ".pyc")
    return hashlib.sha256(b"".join(file.read_bytes() for file in files if file.is_file())).hexdigest()
