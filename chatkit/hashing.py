"""Tokens, codes, browser ids and counted mailboxes as the database holds them: an HMAC under SECRET_KEY.

Neither a dump of the database nor the key alone opens anything.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode

from chatkit.config import settings


def keyed_hash(secret: str) -> str:
    """Return the hash under which a secret, or what tells who somebody is, is stored: 64 hexadecimal digits."""
    return _hmac(settings().secret_key, secret)


def candidate_hashes(secret: str) -> tuple[str, ...]:
    """Return the hashes a secret may be stored under: by the key in use, then by each earlier key."""
    chosen = settings()
    return tuple(_hmac(key, secret) for key in (chosen.secret_key, *chosen.secret_key_fallbacks))


def derived_tokens(token: str, salt: str) -> tuple[str, ...]:
    """Return the token that follows on another: by the key in use, then by each earlier key; 256 bits each.

    Only who has the token, the salt, which is in the database, and the key can tell it.
    """
    chosen = settings()
    digests = (_hmac(key, f"{salt}:{token}") for key in (chosen.secret_key, *chosen.secret_key_fallbacks))
    return tuple(urlsafe_b64encode(bytes.fromhex(digest)).decode().rstrip("=") for digest in digests)


def _hmac(key: str, secret: str) -> str:
    return hmac.new(key.encode(), secret.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
