"""The keys that sign what another server says of a reader: read of its JWKS, kept, and read anew when one is unknown.

Imported where one is configured alone: `joserfc` comes with an extra.
"""

import json
from threading import Lock
from time import monotonic
from typing import Any

import structlog
import urllib3
from cryptography.exceptions import UnsupportedAlgorithm
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, Key, OKPKey, RSAKey

from chatkit.errors import Unavailable
from chatkit.web import concurrency

log = structlog.get_logger()

TIMEOUT_SECONDS, MAX_BYTES, MAX_KEYS = 3.0, 65_536, 100
# A key that its server publishes no more is trusted so long; one that is unknown is looked for once a minute.
REFRESH_SECONDS, RETRY_SECONDS, FIRST_RETRY_SECONDS = 3600.0, 60.0, 10.0
AWAY = "The keys that sign-ins are checked with cannot be read just now. Try again in a moment."
# The kinds of keys that are taken, each with the one algorithm that it signs with.
CURVES = {"P-256": ("ES256",), "Ed25519": ("Ed25519", "EdDSA")}
MIN_RSA_BITS = 2048


def algorithms(key: Key) -> tuple[str, ...]:
    """Return what a key signs with, under each of its names; nothing for a kind of key that is not taken."""
    if isinstance(key, RSAKey):
        return ("RS256",) if key.raw_value.key_size >= MIN_RSA_BITS else ()
    if isinstance(key, ECKey | OKPKey):
        return CURVES.get(key.curve_name, ())
    return ()


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


class RemoteKeys:
    """The keys at an address, as read an hour ago at most; while it is away, as read last."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._keys: dict[str, Key] = {}
        self._read_at = self._tried_at = -REFRESH_SECONDS
        self._lock = Lock()

    def find(self, kid: str | None) -> Key | None:
        """Return the key of an id, or the only key there is; raises ``Unavailable`` while none could be read."""
        now = monotonic()
        is_old, is_missing = now - self._read_at >= REFRESH_SECONDS, find(self._keys, kid) is None
        is_due = now - self._tried_at >= (RETRY_SECONDS if self._keys else FIRST_RETRY_SECONDS)
        # Who lacks a key also waits for those that are being read just now.
        if (is_due and (is_old or is_missing)) or (is_missing and self._lock.locked()):
            # No place at work waits for that server.
            with concurrency.yielded(), self._lock:
                if is_due and self._tried_at < now:
                    self._tried_at = monotonic()
                    self._refresh()
        if not self._keys:
            raise Unavailable(AWAY)
        return find(self._keys, kid)

    def _refresh(self) -> None:
        try:
            self._keys = parse(fetch(self.url))
            self._read_at = monotonic()
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            log.warning("key_set_not_read", url=self.url, error=type(error).__name__, reason=str(error)[:200])


def find(keys: dict[str, Key], kid: str | None) -> Key | None:
    """Return the key of an id; without one, the only key there is."""
    if kid is None:
        return next(iter(keys.values())) if len(keys) == 1 else None
    return keys.get(kid)


def fetch(url: str) -> str:
    """Return a small document at an address that the owner set, never where it redirects to.

    Raises ``urllib3.exceptions.HTTPError``, or ``ValueError`` for one that is not there, too large or too slow.
    """
    began = monotonic()
    pool = urllib3.PoolManager(timeout=urllib3.Timeout(total=TIMEOUT_SECONDS), retries=False)
    headers = {"Accept": "application/json"}
    response: Any = pool.request("GET", url, redirect=False, preload_content=False, headers=headers)
    try:
        if response.status != 200:
            raise ValueError(f"answers {response.status}")
        body = bytearray()
        while part := response.read1(MAX_BYTES):
            body += part
            if len(body) > MAX_BYTES:
                raise ValueError(f"is larger than {MAX_BYTES} bytes")
            # The timeout is that of each read, of which a server may ask for many.
            if monotonic() - began > TIMEOUT_SECONDS:
                raise ValueError(f"takes longer than {TIMEOUT_SECONDS:g} seconds")
    finally:
        response.close()
        pool.clear()
    return body.decode()
