"""/analytics."""

from typing import Any

from chatkit.analytics import service
from chatkit.analytics.schemas import EventSchema, LoggedSchema
from chatkit.auth import guard
from chatkit.auth.guard import caller_id
from chatkit.ratelimit.limiter import limited
from chatkit.web.payloads import Blueprint

bp = Blueprint("analytics", __name__, url_prefix="/api/v1/analytics", description="Events")


@bp.post("/event")
@guard.account_optional
@limited("analytics")
@bp.arguments(EventSchema)
@bp.response(200, LoggedSchema)
def event(body: dict[str, Any]) -> service.LoggedEvent:
    """Report an event"""
    return service.record_from_client(body["event_type"], caller_id(), body["event_data"])
