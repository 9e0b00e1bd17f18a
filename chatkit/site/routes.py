"""The sample site: the documentation, rendered with the anchors the index knows."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath

from flask import Blueprint, Response, render_template, request, send_from_directory, url_for
from markupsafe import Markup

from chatkit.auth import guard
from chatkit.errors import NotFound
from chatkit.ingest.readers import markdown
from chatkit.ingest.readers.plain_markdown import page_slug
from chatkit.paths import DOCS
from chatkit.version import VERSION
from chatkit.web.headers import page

bp = Blueprint("site", __name__, template_folder="templates")

# The menu: its groups with their pages. A page that is not named here comes last.
MENU: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Begin", ("", "getting-started", "embedding", "integrations", "theming", "indexing", "generators")),
    ("Readers", ("asking", "answers", "accounts", "identity", "privacy", "tokens")),
    ("Operators", ("settings", "models", "limits", "owner", "operations", "runbook", "reliability", "troubleshooting")),
    ("Reference", ("api", "machines")),
)
# What the first page suggests to ask. Here and not in a page, or they would be found as answers to themselves.
QUESTIONS = (
    "How do I put the widget on my site?",
    "How do I change the colours?",
    "How long does a session last?",
    "How do I back up the database?",
)
HEADING = re.compile(r'<h([2-4]) id="([^"]+)">(.*?)</h\1>', re.S)
LINK = re.compile(r'href="/(?!/)')
TAG = re.compile(r"<[^>]+>")


@dataclass(frozen=True)
class Article:
    """A page of the documentation; ``sections`` are the anchors and titles of its second-level headings."""

    slug: str
    title: str
    body: Markup
    sections: tuple[tuple[str, Markup], ...]


@bp.get("/")
@bp.get("/guide/", strict_slashes=False)
@guard.public
@page
def home() -> str:
    """Show the first page of the documentation."""
    return _render_article("")


@bp.get("/guide/<path:slug>")
@guard.public
@page
def guide(slug: str) -> str:
    """Show a page of the documentation."""
    return _render_article(slug)


@bp.get("/site/<path:name>")
@guard.public
def asset(name: str) -> Response:
    """Return what the pages load."""
    return send_from_directory(Path(__file__).parent / "static", name, max_age=300)


def _render_article(slug: str) -> str:
    articles = _articles()
    if slug not in articles:
        raise NotFound()
    menu = _menu(articles)
    order = [article for _, group in menu for article in group]
    place = order.index(articles[slug])
    return render_template(
        "site.html",
        article=articles[slug],
        body=_below_path(articles[slug].body),
        url_of=_url,
        menu=menu,
        before=order[place - 1] if place else None,
        after=order[place + 1] if place + 1 < len(order) else None,
        questions=QUESTIONS,
        version=VERSION,
    )


def _url(article: Article) -> str:
    return url_for("site.guide", slug=article.slug) if article.slug else url_for("site.home")


def _below_path(body: Markup) -> Markup:
    """Return a page whose links to others begin with the path that readers find the server below.

    Quotes in its text are escaped, so what is found is a link.
    """
    return Markup(LINK.sub(f'href="{request.script_root}/', body))


def _articles() -> dict[str, Article]:
    files = sorted(DOCS.rglob("*.md"))
    read = (_read(page_slug(PurePosixPath(file.relative_to(DOCS))), file, file.stat().st_mtime_ns) for file in files)
    return {article.slug: article for article in read}


@lru_cache(maxsize=500)
def _read(slug: str, file: Path, modified: int) -> Article:
    """Return a page, read again only when its file has been ``modified``."""
    text = file.read_text(encoding="utf-8")
    html = markdown.render(text)
    found = HEADING.findall(html)
    sections = tuple((anchor, Markup(words)) for level, anchor, words in found if level == "2")
    return Article(slug, markdown.parse(text, slug).title, _add_anchors_and_scrolling(html), sections)


def _add_anchors_and_scrolling(html: str) -> Markup:
    """Give headings a link to themselves, and let tables and code scroll by keyboard.

    The Markdown parser escapes every tag of the source, so those found here are its own.
    """
    html = HEADING.sub(_link_heading, html)
    html = html.replace("<table>", '<div class="table" role="group" aria-label="Table" tabindex="0"><table>')
    return Markup(html.replace("</table>", "</table></div>").replace("<pre>", '<pre tabindex="0">'))


def _link_heading(match: re.Match[str]) -> str:
    level, anchor, words = match.groups()
    label = f"Link to “{TAG.sub('', words)}”"
    link = f'<a class="anchor" href="#{anchor}" aria-label="{label}">#</a>'
    return f'<h{level} id="{anchor}">{words} {link}</h{level}>'


def _menu(articles: dict[str, Article]) -> list[tuple[str, list[Article]]]:
    named = [slug for _, slugs in MENU for slug in slugs]
    groups = [(name, [articles[slug] for slug in slugs if slug in articles]) for name, slugs in MENU]
    groups.append(("More", [article for slug, article in articles.items() if slug not in named]))
    return [(name, group) for name, group in groups if group]
