"""Questions that a reader may begin with, made of headings: of the page, and of what other readers were answered from.

A suggestion is always in the words of the site's author, so nobody can put words before other readers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Result, Row, bindparam, select

from chatkit.autocomplete.heading_questions import LONGEST, as_question
from chatkit.chat import cited_sections
from chatkit.database.orm import db, table
from chatkit.ingest import inventory
from chatkit.search.models import Page, PassageRow
from chatkit.search.passages import HEADING_SEPARATOR
from chatkit.search.query import Question, scope_of_page
from chatkit.search.scope import Scope, page_at
from chatkit.text import markdown
from chatkit.text.languages.registry import language_of

MAX_QUESTIONS, MAX_OFTEN_ASKED = 4, 2
# So many sections of a page, and so many that were cited, are looked at.
LOOKED_AT = 60


@dataclass(frozen=True)
class Suggestions:
    """Questions about the page, and those that are often asked; where there are neither, the site's first pages.

    ``page_title`` is None where the questions are not about the page.
    """

    questions: tuple[str, ...]
    often_asked: tuple[str, ...]
    page_title: str | None


def suggest(question: Question) -> Suggestions:
    """Return what to ask on the page of a question whose text does not matter, in the scope that it states."""
    scope = scope_of_page(question.page_url, question.stated)
    page, cited = page_at(question.page_url), cited_sections.cited()
    own = _of_page(page.ids) if page.ids else []
    asked_here = _cited(cited.on(question.page_url), scope)
    about_page = _questions([*asked_here, *own], MAX_QUESTIONS)
    often = _questions(_cited(cited.everywhere, scope), MAX_OFTEN_ASKED + len(about_page))
    others = [each for each in often if each not in about_page][:MAX_OFTEN_ASKED]
    title = markdown.plain_text(own[0].title) if own and about_page else None
    if not about_page and not others:
        titles = (markdown.plain_text(title) for title, _ in inventory.titles(scope))
        about_page = list(dict.fromkeys(titles))[:MAX_QUESTIONS]
    return Suggestions(tuple(about_page), tuple(others), title)


def _questions(sections: Iterable[Row[Any]], limit: int) -> list[str]:
    """Return the questions of sections, in their order, each once, without pages as a whole."""
    found = dict[str, None]()
    for row in sections:
        *above, heading = row.heading.split(HEADING_SEPARATOR)
        asked = as_question(heading, above[-1] if above else "", language_of(row.language, row.heading))
        if len(asked) <= LONGEST and above:
            found[asked] = None
    return list(found)[:limit]


def _of_page(page_ids: Sequence[int]) -> Sequence[Row[Any]]:
    found: Result[Any] = db.session.execute(_OF_PAGE, {"page_ids": page_ids, "limit": LOOKED_AT})
    return found.all()


def _cited(stable_ids: Sequence[str], scope: Scope) -> list[Row[Any]]:
    """Return the rows of passages of a scope, in the order given; one that is gone is left out."""
    # All that were cited, which are few: the most cited may be of another scope.
    found: Result[Any] = db.session.execute(_BY_ID, {"stable_ids": stable_ids})
    rows = {row.stable_id: row for row in found if scope.holds(row.scope_id)}
    return [rows[each] for each in stable_ids if each in rows][:LOOKED_AT]


_PASSAGES, _PAGES = table(PassageRow), table(Page)
_SECTIONS = select(
    _PASSAGES.c.stable_id, _PASSAGES.c.heading, _PASSAGES.c.scope_id, _PAGES.c.title, _PAGES.c.language
).join(_PAGES, _PAGES.c.id == _PASSAGES.c.page_id)
_OF_PAGE = (
    _SECTIONS.where(_PAGES.c.id.in_(bindparam("page_ids", expanding=True)))
    .order_by(_PASSAGES.c.page_id, _PASSAGES.c.position)
    .limit(bindparam("limit"))
)
_BY_ID = _SECTIONS.where(_PASSAGES.c.stable_id.in_(bindparam("stable_ids", expanding=True)))
