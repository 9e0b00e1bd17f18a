"""Who may ask over HTTP that pages are indexed again: whoever signs the request with CONTENT_WEBHOOK_SECRET."""

import hashlib
import hmac
import re
from collections.abc import Callable, Sequence

from chatkit.audit import service as audit
from chatkit.audit.service import AuditAction
from chatkit.config import settings
from chatkit.errors import ContentError, Forbidden, NotFound
from chatkit.ingest import schedule

TIMESTAMP, SIGNATURE = "X-ChatKit-Timestamp", "X-ChatKit-Signature-256"
# GitHub signs the body alone, so what it sends may be sent again; that starts what is being done anyway.
GITHUB_SIGNATURE = "X-Hub-Signature-256"
# How far the clock of whoever signs may differ, and how long a request that was overheard can be sent again.
REPLAY_SECONDS = 300
OFF = "The webhook is off. Set CONTENT_WEBHOOK_SECRET, as docs/indexing.md says."
UNSIGNED = "The signature does not fit. Sign the body with CONTENT_WEBHOOK_SECRET, as docs/indexing.md says."
STALE = f"The timestamp is not within {REPLAY_SECONDS} seconds of the server's clock. Sign a new request."


def verify(header: Callable[[str], str | None], body: bytes, now: float) -> None:
    """Raise ``Forbidden`` unless a request is signed, and signed lately; ``now`` is in seconds since 1970.

    ``header`` returns one of its headers, whatever the case of the name. Raises ``NotFound`` where no secret is set.
    """
    secret = settings().content_webhook_secret
    if secret is None:
        raise NotFound(OFF)
    timestamp, signature = header(TIMESTAMP) or "", header(SIGNATURE)
    if signature is not None:
        _compare(secret, f"{timestamp}.".encode("utf-8", "replace") + body, signature)
        if not re.fullmatch(r"[0-9]{1,12}", timestamp) or abs(now - int(timestamp)) > REPLAY_SECONDS:
            raise Forbidden(STALE)
    else:
        _compare(secret, body, header(GITHUB_SIGNATURE) or "")


def signature_of(signed: bytes, secret: str) -> str:
    """Return the signature of some bytes as it stands in a header."""
    return f"sha256={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


def request_reindexing(names: Sequence[str]) -> int:
    """Have the sources of these names indexed again, or all that can be; return how many. Raises ``NotFound``."""
    try:
        sources = schedule.find_sources(names)
    except ContentError as error:
        raise NotFound(str(error)) from None
    audit.record(AuditAction.REINDEX_REQUESTED, "pages", actor="webhook", sources=len(sources))
    schedule.request(sources)
    return len(sources)


def _compare(secret: str, signed: bytes, signature: str) -> None:
    if not hmac.compare_digest(signature_of(signed, secret).encode(), signature.encode("utf-8", "replace")):
        raise Forbidden(UNSIGNED)
