"""/search and /suggestions."""

from typing import Any

from chatkit.auth import guard
from chatkit.autocomplete import results, suggestions
from chatkit.autocomplete.schemas import ResultsSchema, SearchSchema, SuggestionsSchema
from chatkit.chat.page_address import page_address
from chatkit.ratelimit.limiter import limited
from chatkit.search.query import Question
from chatkit.search.stated import Stated
from chatkit.web.payloads import Blueprint, ReaderSchema, WhereSchema

bp = Blueprint("autocomplete", __name__, url_prefix="/api/v1", description="Before a question, and while it is typed")


@bp.get("/search")
@guard.account_optional
@limited("search")
@bp.arguments(SearchSchema, location="query")
@bp.arguments(ReaderSchema, location="headers")
@bp.response(200, ResultsSchema)
def search(query: dict[str, Any], reader: dict[str, Any]) -> dict[str, Any]:
    """Find sections while somebody types

    By words, of which the last may be incomplete. Nothing of it is kept.
    """
    return {"results": results.find(_question(query["q"], query))}


@bp.get("/suggestions")
@guard.account_optional
@limited("search")
@bp.arguments(WhereSchema, location="query")
@bp.arguments(ReaderSchema, location="headers")
@bp.response(200, SuggestionsSchema)
def suggest(query: dict[str, Any], reader: dict[str, Any]) -> suggestions.Suggestions:
    """Suggest questions to ask on a page

    They are made of the headings of the site; nothing that a reader wrote is shown to another.
    """
    return suggestions.suggest(_question("", query))


def _question(text: str, query: dict[str, Any]) -> Question:
    return Question(text, page_url=page_address(query["page_url"]), stated=Stated.of(query))
