"""The keys that sign what another server says of a reader: read of its JWKS, kept, and read anew when one is unknown.

Imported where one is configured alone: `joserfc` comes with an extra.
"""

import json
import warnings
from collections.abc import Collection
from time import monotonic
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from joserfc import jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, JWKRegistry, Key, OKPKey, RSAKey

from chatkit.auth.published import Clock, Published

MAX_KEYS = 100
# A key that is unknown is looked for once a minute. One that its server publishes no more is trusted for an hour.
RETRY_SECONDS, FIRST_RETRY_SECONDS = 60.0, 10.0
AWAY = "The keys that sign-ins are checked with cannot be read just now. Try again in a moment."
# The kinds of keys that are taken, each with the one algorithm that it signs with.
CURVES = {"P-256": ("ES256",), "Ed25519": ("Ed25519", "EdDSA")}
MIN_RSA_BITS = 2048
# How far the clocks of two servers may be apart.
LEEWAY_SECONDS = 30


def algorithms(key: Key) -> tuple[str, ...]:
    """Return what a key signs with, under each of its names; nothing for a kind of key that is not taken."""
    if isinstance(key, RSAKey):
        return ("RS256",) if key.raw_value.key_size >= MIN_RSA_BITS else ()
    if isinstance(key, ECKey | OKPKey):
        return CURVES.get(key.curve_name, ())
    return ()


def decode(token: str, key: Key, known: Collection[str]) -> jwt.Token:
    """Return what a JWT says that a key has signed by one of the algorithms it is known for.

    Raises ``JoseError``, ``ValueError`` or ``RecursionError`` for any other.
    """
    with warnings.catch_warnings():
        # A newer name for EdDSA does not make the older one wrong.
        warnings.simplefilter("ignore", SecurityWarning)
        return jwt.decode(token, key, algorithms=list(known))


def parse(text: str) -> dict[str, Key]:
    """Return the keys of a JWKS by their ids that are taken; raises ``ValueError`` for what is none."""
    try:
        keys = [key for each in json.loads(text)["keys"][:MAX_KEYS] if (key := _import(each)) is not None]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ValueError(f"is no JWKS with a public key: {type(error).__name__}") from None
    taken = {str(key.kid): key for key in keys}
    if not taken:
        raise ValueError("is no JWKS with a key of RSA from 2048 bits, of P-256 or of Ed25519")
    return taken


def _import(listed: Any) -> Key | None:
    """Return a key of a JWKS, or None for one of a kind that is not taken (RFC 7517, section 5), or that is broken."""
    try:
        if listed.get("kty") == "oct":
            return None
        key = JWKRegistry.import_key(listed)
        # A key that names no id is known by its thumbprint.
        key.ensure_kid()
        return key if algorithms(key) and key.get("use") in {None, "sig"} else None
    except (JoseError, UnsupportedAlgorithm, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


class RemoteKeys(Published[dict[str, Key]]):
    """The keys at an address, as read an hour ago at most; while it is away, as read last."""

    def __init__(self, url: str, clock: Clock = monotonic) -> None:
        super().__init__(
            url,
            parse,
            event="key_set_not_read",
            away=AWAY,
            first_retry_seconds=FIRST_RETRY_SECONDS,
            retry_seconds=RETRY_SECONDS,
            clock=clock,
        )

    def find(self, kid: str | None) -> Key | None:
        """Return the key of an id, or the only key there is; raises ``Unavailable`` while none could be read."""
        return find(self.get(lambda keys: find(keys, kid) is not None), kid)


def find(keys: dict[str, Key], kid: str | None) -> Key | None:
    """Return the key of an id; without one, the only key there is."""
    if kid is None:
        return next(iter(keys.values())) if len(keys) == 1 else None
    return keys.get(kid)
