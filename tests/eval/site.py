"""Ask a site of MkDocs what its readers would: `python -m tests.eval.site FOLDER [QUESTIONS]`.

Every link of the answers must lead to a heading of a page as the real MkDocs renders it.
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
from chatkit.chat import answer as answering
from chatkit.content import service
from chatkit.extensions import db
from tests.eval import mkdocs_site

BASE_URL = "https://docs.example.com/"
QUESTIONS = Path(__file__).with_name("site_questions.txt")
ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Print each question with its answer and links; return 1 when a link leads nowhere."""
    folder = Path(sys.argv[1])
    file = Path(sys.argv[2]) if len(sys.argv) > 2 else QUESTIONS
    rendered = mkdocs_site.pages(folder)
    # Migrations tell each step.
    logging.disable(logging.INFO)
    questions = file.read_text(encoding="utf-8").splitlines()
    links = lost = unanswered = 0
    with tempfile.TemporaryDirectory(prefix="chatkit-site-") as place:
        app = create_app({"SECRET_KEY": os.urandom(32).hex(), "DATABASE_URL": f"sqlite:///{place}/chatkit.db"})
        with app.app_context():
            flask_migrate.upgrade(str(ROOT / "migrations"))
            report = service.index(folder, BASE_URL, "mkdocs")
            print(f"{report.indexed} pages, {report.passages} passages\n")
            for number, question in enumerate(questions, 1):
                asked = answering.Question(question)
                found = answering.compose(asked, answering.find(asked))
                unanswered += not found.covered
                print(f"{number}. {question}\n\n{textwrap.indent(found.text, '   ')}\n")
                for mark, source in enumerate(found.sources, 1):
                    problem = _problem(source.url, rendered)
                    links, lost = links + 1, lost + bool(problem)
                    print(f"   [{mark}] {source.title}\n       {source.url}{problem}")
                print()
            db.session.remove()
            db.engine.dispose()
    print(
        f"{len(questions)} questions, {unanswered} of them not covered; {links} links, {links - lost} of them lead to "
        "a heading as MkDocs renders it, and to the quoted words below it."
    )
    return 1 if lost or not links else 0


def _problem(url: str, rendered: dict[str, mkdocs_site.Page]) -> str:
    """Return what is wrong with a link, or nothing."""
    address, _, fragment = url.removeprefix(BASE_URL).partition("#")
    anchor, _, directive = fragment.partition(":~:text=")
    page = rendered.get(mkdocs_site.file_at(unquote(address)))
    if page is None:
        return "  <- MkDocs renders no such page"
    if unquote(anchor) not in page.anchors:
        return "  <- the page has no such heading"
    quotes = [unquote(part) for part in directive.split(",")] if directive else []
    return "" if all(mkdocs_site.squeezed(quote) in page.words for quote in quotes) else "  <- the words are not there"


if __name__ == "__main__":
    sys.exit(main())
