"""/api/v1/owner: what leaves the room as a file."""

from collections.abc import Iterator
from typing import Any

from flask import Flask, Response, current_app

from chatkit.auth.guard import owner_required
from chatkit.evaluation import service as test_set
from chatkit.owner import conversation_filter, conversations, export_files, guard
from chatkit.owner.schemas import ExportSchema
from chatkit.web import concurrency
from chatkit.web.payloads import Blueprint

bp = Blueprint("owner_api", __name__, url_prefix="/api/v1/owner", description="What owners take along")
TEXT = {"schema": {"type": "string"}}
TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl; charset=utf-8"}


@bp.get("/tests")
@owner_required
@concurrency.streaming
@bp.response(200, {"type": "string"}, content_type="application/jsonl")
def export_tests() -> Response:
    """Export the test set

    For who is signed in at `/owner`, by the same cookie, from this origin alone: one question a line, as `make eval`
    and the import on the page of the test set read it.
    """
    return _file("test-set", "jsonl", test_set.export_lines())


@bp.get("/conversations")
@owner_required
@concurrency.streaming
@bp.arguments(ExportSchema, location="query")
@bp.response(200)
@bp.doc(responses={"200": {"description": "OK", "content": {"text/csv": TEXT, "application/jsonl": TEXT}}})
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


def _file(name: str, kind: str, pieces: Iterator[str]) -> Response:
    """Return a file that a browser saves, sent piece by piece as it is read."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    response = Response(concurrency.in_turns(app, pieces), content_type=TYPES[kind])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return concurrency.release_on_close(response)
