"""/mcp: the Model Context Protocol over stateless HTTP."""

import hmac

from flask import Blueprint, Response, g, jsonify, request
from werkzeug.exceptions import HTTPException

from chatkit.auth import guard
from chatkit.config import settings
from chatkit.errors import ApiError, BadRequest, Forbidden, HttpError, NotFound, Unauthorized, envelope
from chatkit.machines import json_rpc, mcp
from chatkit.machines.json_rpc import RpcError
from chatkit.machines.tools import Caller
from chatkit.ratelimit.limiter import limited
from chatkit.web.json_body import json_value, read_json
from chatkit.web.read_only import works_read_only

# Of the stateless revision. Earlier ones answer 200 to a request that could be read.
STATUSES = {
    json_rpc.PARSE_ERROR: 400,
    json_rpc.INVALID_REQUEST: 400,
    json_rpc.INVALID_PARAMS: 400,
    json_rpc.METHOD_NOT_FOUND: 404,
    mcp.HEADER_MISMATCH: 400,
    mcp.UNSUPPORTED_VERSION: 400,
}
UNKNOWN_BEARER = "This bearer token is not MCP_TOKEN. Correct it, or leave the header out to search and fetch."
FOREIGN = "Requests from this origin are not taken. The owner of this site adds it to CORS_ORIGINS."

bp = Blueprint("mcp", __name__)


@bp.post("/mcp")
@guard.public
@limited("mcp")
@works_read_only
def call() -> Response:
    """Answer one message."""
    chosen = settings()
    if not chosen.mcp:
        raise NotFound("The owner of this site has switched MCP off.")
    # A browser names the page that asks, and no other page's requests are taken: they may come from anywhere.
    if request.origin is not None and request.origin not in chosen.allowed_origins:
        raise Forbidden(FOREIGN, "origin_not_allowed")
    caller = Caller(request.remote_addr, g.request_id, _is_trusted())
    message = json_rpc.read(read_json(request))
    stateless = mcp.speaks_statelessly(message, request.headers.get)
    if message.id is None:
        return Response(status=202)
    try:
        found = mcp.answer(message, stateless, caller)
    except RpcError as error:
        if stateless:
            raise
        return jsonify(json_rpc.error(message.id, error.code, error.message, error.data))
    return jsonify(json_rpc.result(message.id, found))


def _is_trusted() -> bool:
    """Tell whether the request bears MCP_TOKEN; raises ``Unauthorized`` for any other token."""
    if "Authorization" not in request.headers:
        return False
    wanted = settings().mcp_token
    if wanted is None or not hmac.compare_digest(guard.bearer_token().encode(), wanted.encode()):
        raise Unauthorized(UNKNOWN_BEARER)
    return True


@bp.errorhandler(RpcError)
def _render(error: RpcError) -> tuple[Response, int]:
    response = jsonify(json_rpc.error(json_rpc.id_of(json_value()), error.code, error.message, error.data))
    return response, STATUSES[error.code]


@bp.errorhandler(ApiError)
def _render_api_error(error: ApiError) -> tuple[Response, int]:
    """Answer with the status and the headers of any other call, and its envelope as the data of the error."""
    g.error_code = error.code
    is_malformed = isinstance(error, BadRequest)
    code = json_rpc.PARSE_ERROR if is_malformed else error.status
    detail = envelope(error.code, error.message, **error.extra())["detail"]
    told = json_rpc.error(
        None if is_malformed else json_rpc.id_of(json_value()), code, error.message, {"detail": detail}
    )
    response = jsonify(told)
    response.headers.update(error.headers())
    return response, error.status


@bp.errorhandler(HTTPException)
def _render_http(error: HTTPException) -> tuple[Response, int]:
    return _render_api_error(HttpError(error))
