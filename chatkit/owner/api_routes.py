"""/api/v1/owner: what leaves the room as a file, and comes back as one."""

from collections.abc import Iterator
from typing import Any

from flask import Flask, Response, current_app, request

from chatkit.auth.guard import owner_required
from chatkit.errors import Invalid, UnsupportedMedia
from chatkit.evaluation import service as test_set
from chatkit.evaluation.service import Import
from chatkit.owner import conversation_filter, conversations, export_files, guard
from chatkit.owner.schemas import ExportSchema, ImportSchema
from chatkit.ratelimit.limiter import limited
from chatkit.web import concurrency
from chatkit.web.json_body import read_body
from chatkit.web.payloads import Blueprint

bp = Blueprint("owner_api", __name__, url_prefix="/api/v1/owner", description="What owners take along and bring back")
TEXT = {"schema": {"type": "string"}}
JSON_LINES = "application/jsonl"
TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": f"{JSON_LINES}; charset=utf-8"}


@bp.get("/tests")
@owner_required
@concurrency.streaming
@bp.response(200, {"type": "string"}, content_type=JSON_LINES)
def export_tests() -> Response:
    """Export the test set

    For who is signed in at `/owner`, by the same cookie, from this origin alone: one question a line, as `make eval`
    and the import on the page of the test set read it.
    """
    return _file("test-set", "jsonl", test_set.export_lines())


@bp.post("/tests")
@owner_required
@limited("owner")
@bp.doc(requestBody={"required": True, "content": {JSON_LINES: TEXT}})
@bp.response(200, ImportSchema)
def import_tests() -> Import:
    """Import questions into the test set

    For owners who are signed in at `/owner`, by the same cookie, from this origin alone: browsers say which one a
    request comes from, programs send the header `Origin`. The body is what the export gives, one question a line, up to
    256 KiB. All are added or none: `fields.questions` names the lines that are none by their numbers, the first 20 of
    them. What the test set holds already stays as it is, so that a long file may be sent in parts, and any part again.
    """
    return test_set.import_lines(_sent_lines(), actor=guard.owner().email)


@bp.get("/conversations")
@owner_required
@concurrency.streaming
@bp.arguments(ExportSchema, location="query")
@bp.response(200)
@bp.doc(responses={"200": {"description": "OK", "content": {"text/csv": TEXT, JSON_LINES: TEXT}}})
def export_conversations(query: dict[str, Any]) -> Response:
    """Export every answer that fits a filter

    For who is signed in at `/owner`, by the same cookie, from this origin alone. The filter is that of the page of
    conversations; `format` is `csv` or `jsonl`. The file comes as it is read, so that it may be of any length. In CSV a
    cell that a spreadsheet would run begins with a single quote.
    """
    kind = query["format"]
    wanted = conversation_filter.parse(query)
    conversations.record_export(wanted, kind, guard.owner().email)
    rows = conversations.export(wanted)
    pieces = export_files.as_csv(conversations.EXPORTED, rows) if kind == "csv" else export_files.as_jsonl(rows)
    return _file("conversations", kind, pieces)


def _sent_lines() -> list[str]:
    """Return the lines of the body."""
    # No form can send this type, so that no page of another site gets here without asking, which is always refused.
    if request.mimetype != JSON_LINES:
        raise UnsupportedMedia(f"Send JSON lines, with Content-Type: {JSON_LINES}.")
    try:
        lines = read_body(request).decode()
    except UnicodeDecodeError:
        raise Invalid({"body": ["The lines are not encoded as UTF-8."]}) from None
    if not lines.strip():
        raise Invalid({"body": ["Nothing was sent."]})
    return lines.split("\n")


def _file(name: str, kind: str, pieces: Iterator[str]) -> Response:
    """Return a file that a browser saves, sent piece by piece as it is read."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    response = Response(concurrency.in_turns(app, pieces), content_type=TYPES[kind])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return concurrency.release_on_close(response)
