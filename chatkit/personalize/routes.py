"""/user/personalize, /user/recommendations and /recommendations."""

from typing import Any

from chatkit.auth import guard
from chatkit.auth.guard import caller
from chatkit.chat.page_address import page_address
from chatkit.personalize import service
from chatkit.personalize.schemas import (
    OnPageSchema,
    PersonalizedSchema,
    PersonalizeSchema,
    RecommendationFeedbackSchema,
)
from chatkit.ratelimit.limiter import limited
from chatkit.search.query import Question
from chatkit.search.stated import Stated
from chatkit.web.payloads import Blueprint, ReaderSchema, WhereSchema

bp = Blueprint("personalize", __name__, url_prefix="/api/v1", description="Recommendations")


@bp.post("/user/personalize")
@guard.account_required
@limited("personalize")
@bp.arguments(PersonalizeSchema)
@bp.response(200, PersonalizedSchema)
def personalize(body: dict[str, Any]) -> dict[str, Any]:
    """Recommend pages, each with its reason

    Preferences take the place of the earlier ones. Switched off, nothing is looked at.
    """
    return service.personalize(caller().account_id, body["preferences"], page_address(body["page_url"]))


@bp.post("/user/recommendations/feedback")
@guard.account_required
@limited("feedback")
@bp.arguments(RecommendationFeedbackSchema)
@bp.response(204)
def rate(body: dict[str, Any]) -> None:
    """Say that a recommendation, or what one rests on, is of no use

    `down` leaves it out from now on, `up` takes that back. A topic leaves the preferences.
    """
    service.rate(caller().account_id, body["id"], body["rating"])


@bp.get("/recommendations")
@guard.account_optional
@limited("search")
@bp.arguments(WhereSchema, location="query")
@bp.arguments(ReaderSchema, location="headers")
@bp.response(200, OnPageSchema)
def recommend_on(query: dict[str, Any], reader: dict[str, Any]) -> dict[str, Any]:
    """Recommend pages that are near a page

    The same for everybody who reads it, nearest first. Nothing of it is kept.
    """
    question = Question("", page_url=page_address(query["page_url"]), stated=Stated.of(query))
    return {"recommendations": service.recommend_on(question)}
