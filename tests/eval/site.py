"""Ask MkDocs' own documentation, or another site of MkDocs, what its readers would.

`python -m tests.eval.site FOLDER [QUESTIONS]` prints each answer and its links, and how many of these
lead to a heading as the real MkDocs renders it.
"""

import logging
import os
import sys
import tempfile
import textwrap
from pathlib import Path
from urllib.parse import unquote

import flask_migrate

from chatkit import create_app
from chatkit.answers.extractive import Outcome, compose
from chatkit.database.orm import db
from chatkit.ingest import service
from chatkit.ingest.folder import Folder
from chatkit.search.query import Question, analyze
from chatkit.search.retrieval import retrieve
from tests.eval import mkdocs_site

BASE_URL = "https://docs.example.com/"
QUESTIONS = Path(__file__).with_name("site_questions.txt")
ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Ask the questions; return 1 when a link of an answer leads nowhere."""
    folder = Path(sys.argv[1])
    file = Path(sys.argv[2]) if len(sys.argv) > 2 else QUESTIONS
    # Migrations tell each step.
    logging.disable(logging.INFO)
    with tempfile.TemporaryDirectory(prefix="chatkit-site-") as place:
        app = create_app({"SECRET_KEY": os.urandom(32).hex(), "DATABASE_URL": f"sqlite:///{place}/chatkit.db"})
        with app.app_context():
            flask_migrate.upgrade(str(ROOT / "migrations"))
            report = service.index(Folder(folder, BASE_URL, "mkdocs"))
            print(f"{report.indexed} pages, {report.passages} passages\n")
            reached = _show(file, mkdocs_site.pages(folder))
            db.session.remove()
            db.engine.dispose()
    return 0 if reached else 1


def _show(file: Path, rendered: dict[str, mkdocs_site.Page]) -> bool:
    """Print the answers; return whether every link leads where it should."""
    asked = file.read_text(encoding="utf-8").splitlines()
    links = lost = unanswered = 0
    for number, question in enumerate(asked, 1):
        query = analyze(Question(question))
        found = compose(query, retrieve(query))
        unanswered += found.outcome is not Outcome.ANSWERED
        print(f"{number}. {question}\n\n{textwrap.indent(found.text, '   ')}\n")
        for mark, source in enumerate(found.sources, 1):
            problem = _problem(source.url, rendered)
            links, lost = links + 1, lost + bool(problem)
            print(f"   [{mark}] {source.title}\n       {source.url}{problem}")
        print()
    print(
        f"{len(asked)} questions, {unanswered} of them not covered; {links} links, {links - lost} of them lead to "
        "a heading as MkDocs renders it, and to the quoted words below it."
    )
    return links > 0 and not lost


def _problem(url: str, rendered: dict[str, mkdocs_site.Page]) -> str:
    """Return what is wrong with a link, or nothing."""
    address, _, fragment = url.removeprefix(BASE_URL).partition("#")
    anchor, _, directive = fragment.partition(":~:text=")
    page = rendered.get(mkdocs_site.file_at(unquote(address)))
    if page is None:
        return "  <- MkDocs renders no such page"
    if unquote(anchor) not in page.anchors:
        return "  <- the page has no such heading"
    # What ends in a hyphen is the words before the quote.
    quotes = [unquote(part.removesuffix("-")) for part in directive.split(",")] if directive else []
    return "" if all(mkdocs_site.squeezed(quote) in page.words for quote in quotes) else "  <- the words are not there"


if __name__ == "__main__":
    sys.exit(main())
