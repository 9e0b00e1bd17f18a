"""What a browser keeps while its reader signs in at a provider: signed, for ten minutes, and read by no script."""

from collections.abc import Mapping

from itsdangerous import BadData, URLSafeTimedSerializer

from chatkit.config import settings

SECONDS = 600
NAME = "chatkit-signing-in"


def sign(kept: Mapping[str, str]) -> str:
    """Return the value of a cookie that holds this."""
    return str(_serializer().dumps(dict(kept)))


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
