"""The sample site: the documentation, rendered with the anchors the index knows."""

from pathlib import Path

from flask import Blueprint, Response, render_template, send_from_directory
from markupsafe import Markup

from chatkit.auth import guard
from chatkit.content import markdown
from chatkit.content.service import page_slug
from chatkit.errors import NotFound
from chatkit.paths import DOCS
from chatkit.security import page

bp = Blueprint("site", __name__, template_folder="templates")


@bp.get("/")
@bp.get("/guide/")
@guard.public
@page
def home() -> str:
    """Show the first page of the documentation."""
    return _show("")


@bp.get("/guide/<path:slug>")
@guard.public
@page
def guide(slug: str) -> str:
    """Show a page of the documentation."""
    return _show(slug)


@bp.get("/site/<path:name>")
@guard.public
def asset(name: str) -> Response:
    """Return what the pages load."""
    return send_from_directory(Path(__file__).parent / "static", name, max_age=300)


def _show(slug: str) -> str:
    files = {page_slug(file.relative_to(DOCS).as_posix()): file for file in sorted(DOCS.rglob("*.md"))}
    if slug not in files:
        raise NotFound()
    text = files[slug].read_text(encoding="utf-8")
    document = markdown.parse(text, slug)
    pages = [(other, markdown.parse(file.read_text(encoding="utf-8"), other).title) for other, file in files.items()]
    return render_template(
        "site.html", title=document.title, slug=slug, pages=pages, body=Markup(markdown.render(text))
    )
