"""The OpenAPI document, completed from what the views declare, and a page to read it."""

import json
from typing import Any

import click
from flask import Blueprint, Flask, Response, current_app, jsonify, render_template, request
from flask.cli import with_appcontext
from flask_smorest import Api

from chatkit.version import VERSION
from chatkit.web.headers import third_party_page
from chatkit.web.times import UtcTime

bp = Blueprint("openapi", __name__, template_folder="templates")

ERROR_DETAIL = {
    "type": "object",
    "required": ["error", "message", "request_id"],
    "properties": {
        "error": {"type": "string"},
        "message": {"type": "string"},
        "request_id": {"type": "string"},
        "retry_after": {"type": "integer", "minimum": 1},
        "email": {"type": "string"},
        "fields": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
    },
}
ERROR = {
    "type": "object",
    "required": ["detail"],
    "properties": {"detail": {"$ref": "#/components/schemas/ErrorDetail"}},
}
HEALTH = {
    "type": "object",
    "required": ["status", "database", "started_at", "uptime_seconds", "version"],
    "properties": {
        "status": {"type": "string", "enum": ["ok"]},
        "database": {"type": "string", "enum": ["connected"]},
        "started_at": {"type": "string", "format": "date-time"},
        "uptime_seconds": {"type": "number"},
        "version": {"type": "string"},
    },
}

SECURITY_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "owner": {"type": "apiKey", "in": "cookie", "name": "chatkit-owner"},
}
PROBE = {
    "type": "object",
    "required": ["status"],
    "properties": {"status": {"type": "string", "enum": ["alive", "ready"]}},
}
PROBES = {"/livez": "Tell that the process answers", "/readyz": "Tell whether readers can be served"}


def bind(app: Flask) -> Api:
    """Bind flask-smorest to ``app`` and return its registry of blueprints; its own error answers are not used."""
    app.config |= {
        "API_TITLE": "ChatKit",
        "API_VERSION": VERSION,
        "OPENAPI_VERSION": "3.1.0",
        "API_SPEC_OPTIONS": {
            "info": {"description": "Questions to a documentation site, answered from its own pages."},
            "components": {"securitySchemes": SECURITY_SCHEMES},
        },
    }
    api = Api(app)
    api.register_field(UtcTime, "string", "date-time")
    return api


def init_app(app: Flask, api: Api) -> None:
    """Complete the document once every blueprint is registered, and serve it."""
    document: dict[str, Any] = api.spec.to_dict()
    document["components"]["schemas"] |= {"Error": ERROR, "ErrorDetail": ERROR_DETAIL}
    del document["components"]["schemas"]["PaginationMetadata"]
    answer = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    for response in document["components"]["responses"].values():
        response["content"] = answer
    document["paths"]["/health"] = {"get": _operation("Tell whether the server answers", "application/json", HEALTH)}
    for path, summary in PROBES.items():
        document["paths"][path] = {"get": _operation(summary, "application/json", PROBE)}
    text = {"type": "string"}
    document["paths"]["/metrics"] = {"get": _operation("Prometheus metrics", "text/plain", text)}
    for rule in app.url_map.iter_rules():
        _declare_security(document, rule.rule, app.view_functions[rule.endpoint], rule.methods or set())
    app.extensions["chatkit_openapi"] = document
    app.register_blueprint(bp)
    app.cli.add_command(_print_document)


@click.command("openapi")
@with_appcontext
def _print_document() -> None:
    """Print the OpenAPI document, from which the widget's types are made."""
    click.echo(json.dumps(current_app.extensions["chatkit_openapi"], indent=2))


@bp.get("/openapi.json")
def openapi() -> Response:
    """Return the OpenAPI document, whose paths begin where readers find the server."""
    servers = [{"url": request.script_root or "/"}]
    return jsonify(current_app.extensions["chatkit_openapi"] | {"servers": servers})


@bp.get("/docs")
@third_party_page
def docs() -> str:
    """Show the API."""
    return render_template("openapi.html")


def _operation(summary: str, content_type: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "summary": summary,
        "tags": ["server"],
        "responses": {
            "200": {"description": "OK", "content": {content_type: {"schema": schema}}},
            "default": {"$ref": "#/components/responses/DEFAULT_ERROR"},
        },
    }


def _declare_security(document: dict[str, Any], rule: str, view: Any, methods: set[str]) -> None:
    path = rule.replace("<int(max=2147483647):chat_id>", "{chat_id}").replace("<session_id>", "{session_id}")
    decision = getattr(view, "auth_decision", "public")
    for method in methods:
        operation = document["paths"].get(path, {}).get(method.lower())
        if operation is None or decision == "public":
            continue
        if decision == "owner":
            operation["security"] = [{"owner": []}]
            continue
        operation["security"] = [{"bearer": []}] if decision != "optional" else [{}, {"bearer": []}]
