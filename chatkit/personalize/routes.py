"""/user/personalize."""

from typing import Any

from chatkit.auth import guard
from chatkit.auth.guard import caller
from chatkit.personalize import service
from chatkit.personalize.schemas import PersonalizedSchema, PersonalizeSchema
from chatkit.ratelimit.limiter import limited
from chatkit.web.payloads import Blueprint

bp = Blueprint("personalize", __name__, url_prefix="/api/v1/user", description="Recommendations")


@bp.post("/personalize")
@guard.account_required
@limited("personalize")
@bp.arguments(PersonalizeSchema)
@bp.response(200, PersonalizedSchema)
def personalize(body: dict[str, Any]) -> dict[str, Any]:
    """Recommend pages, each with its reason"""
    return service.personalize(caller().account_id, body["preferences"])
