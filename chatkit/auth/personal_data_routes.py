"""/user: everything about a person, counted, out as one document, or deleted."""

from collections.abc import Sequence
from typing import Any

from flask import Flask, Response, current_app

from chatkit.auth import guard, personal_data
from chatkit.auth.guard import caller
from chatkit.auth.personal_data import PersonalData
from chatkit.auth.schemas import account_schema, export_schema
from chatkit.config import settings
from chatkit.ratelimit import policies
from chatkit.ratelimit.limiter import limited
from chatkit.web import concurrency
from chatkit.web.payloads import Blueprint


def make_blueprint(declarations: Sequence[PersonalData]) -> Blueprint:
    """Return the views; what they count, and the sections of the exported document, the domains declare."""
    bp = Blueprint("account", __name__, url_prefix="/api/v1/user", description="One's own data")
    sections = {key: section.many for data in declarations for key, section in data.export.items()}

    names = [name for data in declarations for name in data.counts]

    @bp.get("")
    @guard.account_required
    @bp.response(200, account_schema(names))
    def read() -> dict[str, Any]:
        """Tell how much is kept of the person, and how much they may ask"""
        limit = policies.account_limit("chat", caller().tier, settings())
        return {
            "kept": personal_data.counts(caller()),
            "question_limit": limit and {"questions": limit[0], "seconds": limit[1]},
        }

    @bp.get("/export")
    @guard.account_required
    @concurrency.streaming
    @bp.response(200, export_schema(sections))
    def export() -> Response:
        """Return everything about the person

        It comes as it is read, so that it may be of any length. When something fails meanwhile, the connection ends
        before the document does.
        """
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        body = concurrency.in_turns(app, personal_data.export(caller()))
        return concurrency.release_on_close(Response(body, content_type="application/json"))

    @bp.delete("")
    @guard.account_required
    @limited("edit")
    @bp.response(204)
    def remove() -> None:
        """Delete the account and everything about the person"""
        personal_data.erase(caller())

    return bp
