"""What a browser keeps while its reader signs in at a provider: signed, for ten minutes, and read by no script."""

from collections.abc import Mapping
from typing import Any

from itsdangerous import BadData, URLSafeTimedSerializer

from chatkit.config import settings

SECONDS = 600
NAME = "chatkit-signing-in"


def name() -> str:
    """Return the cookie's name, which no other host and no plain HTTP can set where browsers can promise that."""
    chosen = settings()
    if not chosen.base_url.startswith("https:"):
        return NAME
    return f"__Secure-{NAME}" if chosen.base_path else f"__Host-{NAME}"


def options(kept: Mapping[str, str]) -> dict[str, Any]:
    """Return the cookie, as a response sets it; nothing to keep takes it away."""
    chosen = settings()
    return {
        "key": name(),
        "value": _serializer().dumps(dict(kept)) if kept else "",
        "max_age": SECONDS if kept else 0,
        "path": f"{chosen.base_path}/",
        "secure": chosen.base_url.startswith("https:"),
        "httponly": True,
        # The provider sends the browser back by a link, with which a strict cookie would not go.
        "samesite": "Lax",
    }


def read(value: str) -> dict[str, str]:
    """Return what a cookie holds; nothing for one that is forged or too old."""
    try:
        found = _serializer().loads(value, max_age=SECONDS)
    except BadData:
        return {}
    return found if isinstance(found, dict) else {}


def _serializer() -> URLSafeTimedSerializer:
    chosen = settings()
    # The last key signs, and each is tried.
    return URLSafeTimedSerializer([*chosen.secret_key_fallbacks, chosen.secret_key], salt="chatkit-openid")
