"""/content."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import request

from chatkit.auth import guard
from chatkit.ingest import webhook
from chatkit.ingest.schemas import QueuedSchema, ReindexSchema
from chatkit.ratelimit.limiter import limited
from chatkit.web.json_body import read_body
from chatkit.web.payloads import Blueprint

View = TypeVar("View", bound=Callable[..., Any])

bp = Blueprint("content", __name__, url_prefix="/api/v1/content", description="The pages that are indexed")


def signed(view: View) -> View:
    """Let nobody call a view who does not sign the request's body."""

    @wraps(view)
    def check(*arguments: Any, **options: Any) -> Any:
        webhook.verify(request.headers.get, read_body(request), time.time())
        return view(*arguments, **options)

    return cast(View, check)


@bp.post("/reindex")
@guard.public
@limited("reindex")
@signed
@bp.arguments(ReindexSchema)
@bp.response(202, QueuedSchema)
def reindex(body: dict[str, Any]) -> dict[str, int]:
    """Have sources indexed again

    For the job that publishes a site. The request is signed with CONTENT_WEBHOOK_SECRET: `X-ChatKit-Signature-256` is
    `sha256=` and the HMAC-SHA256 of `X-ChatKit-Timestamp` (seconds since 1970), a full stop and the body; or
    `X-Hub-Signature-256` is that of the body alone, as GitHub sends it. All known sources are meant unless some are
    named.
    """
    return {"queued": webhook.request_reindexing(body["sources"])}
