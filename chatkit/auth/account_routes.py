"""/user: what belongs to a person."""

from typing import Any

from chatkit.auth import guard, personal_data
from chatkit.auth.guard import caller
from chatkit.auth.schemas import ExportSchema
from chatkit.ratelimit.limiter import limited
from chatkit.web.json_bodies import Blueprint

bp = Blueprint("account", __name__, url_prefix="/api/v1/user", description="One's own data")


@bp.get("/export")
@guard.account_required
@bp.response(200, ExportSchema)
def export() -> dict[str, Any]:
    """Return everything about the person"""
    return personal_data.export(caller())


@bp.delete("")
@guard.account_required
@limited("edit")
@bp.response(204)
def remove() -> None:
    """Delete the account and everything about the person"""
    personal_data.remove(caller())
