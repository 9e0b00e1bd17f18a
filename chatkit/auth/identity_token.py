"""The signed token with which a site says who its reader is: a JWT, good for minutes and once.

Its algorithm follows from the kind of key, never from the token: HS256 of a shared key, RS256, ES256 or EdDSA of a key
set. Imported where one is configured alone: `joserfc` comes with an extra.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from flask import Flask, current_app
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import Key, OctKey

from chatkit.auth import key_set
from chatkit.auth.identities import MAX_SUBJECT, Identity, is_subject
from chatkit.auth.key_set import LEEWAY_SECONDS, RemoteKeys
from chatkit.config import Settings, settings
from chatkit.database.orm import utcnow
from chatkit.errors import SettingsError, Unauthorized

EXTENSION = "chatkit_identity_keys"
# Names of algorithms are compared with those of the key before anything else is looked at.
SHARED = ("HS256",)
# What reading a token raises that is none; one that is nested too deep is read by no parser.
UNREADABLE = (JoseError, ValueError, RecursionError)


@dataclass(frozen=True)
class Said:
    """What a token says; it is known by ``token_id`` until ``expires_at``, in seconds since 1970, and used once."""

    identity: Identity
    token_id: str
    expires_at: int


def init_app(app: Flask) -> None:
    """Get ready to check tokens with the keys of the settings; raises ``SettingsError`` for keys that are none."""
    chosen: Settings = app.config["CHATKIT"]
    try:
        if chosen.identity_key is not None:
            if chosen.identity_key.lstrip().startswith("-----"):
                # Anybody may know a public key, and could sign with it as with a shared one.
                raise ValueError("is a key in PEM")
            app.extensions[EXTENSION] = OctKey.import_key(chosen.identity_key)
        elif chosen.identity_jwks is not None:
            app.extensions[EXTENSION] = key_set.parse(chosen.identity_jwks)
        elif chosen.identity_jwks_url is not None:
            app.extensions[EXTENSION] = RemoteKeys(chosen.identity_jwks_url)
    except ValueError as error:
        name = "IDENTITY_KEY" if chosen.identity_key is not None else "IDENTITY_JWKS"
        remedy = "A shared key is random text; public keys stand in IDENTITY_JWKS, as a JWKS."
        raise SettingsError([f"{name} cannot be used: {error}. {remedy}"]) from None


def verify(token: str) -> Said:
    """Return what a token says; raises ``Unauthorized`` (`invalid_token`) for one that is not good."""
    key, known = _key(token)
    try:
        claims = key_set.decode(token, key, known).claims
    except UNREADABLE as error:
        _refuse(f"its signature is not good ({type(error).__name__})")
    if not isinstance(claims, dict):
        _refuse("it holds no claims")
    return _read(claims)


def _key(token: str) -> tuple[Key, tuple[str, ...]]:
    """Return the key that a token names, and the algorithms that such a key signs with."""
    keys: OctKey | RemoteKeys | dict[str, Key] = current_app.extensions[EXTENSION]
    if isinstance(keys, OctKey):
        return keys, SHARED
    try:
        header = jws.extract_compact(token.encode()).headers()
    except UNREADABLE:
        _refuse("it is no JWT")
    kid = header.get("kid")
    if kid is not None and not isinstance(kid, str):
        _refuse("its kid is no text")
    found = keys.find(kid) if isinstance(keys, RemoteKeys) else key_set.find(keys, kid)
    if found is None:
        _refuse("no key has its kid")
    return found, key_set.algorithms(found)


def _read(claims: Mapping[str, Any]) -> Said:
    chosen, now = settings(), utcnow().timestamp()
    issued_at, expires_at, earliest = (_seconds(claims, name) for name in ("iat", "exp", "nbf"))
    if claims.get("iss") != chosen.identity_issuer:
        _refuse("its issuer (iss) is not IDENTITY_ISSUER")
    audience = claims.get("aud")
    if chosen.identity_audience not in (audience if isinstance(audience, list) else [audience]):
        _refuse("its audience (aud) is not IDENTITY_AUDIENCE")
    if issued_at is None or expires_at is None:
        _refuse("it does not say when it was issued (iat) or when it expires (exp)")
    if expires_at - issued_at > chosen.identity_seconds:
        _refuse(f"it is good for longer than {chosen.identity_seconds} seconds (exp and iat)")
    if expires_at <= now - LEEWAY_SECONDS:
        _refuse("it has expired (exp)")
    if max(issued_at, earliest or 0) > now + LEEWAY_SECONDS:
        _refuse("it is not good yet (iat, nbf)")
    who = Identity.of_claims(str(chosen.identity_issuer), _text(claims, "sub"), claims)
    return Said(who, _text(claims, "jti"), expires_at + LEEWAY_SECONDS)


def _seconds(claims: Mapping[str, Any], name: str) -> int | None:
    found = claims.get(name)
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, int | float) or not 0 <= found < 2**53:
        _refuse(f"its {name} is no time in seconds since 1970")
    return int(found)


def _text(claims: Mapping[str, Any], name: str) -> str:
    found = claims.get(name)
    if not isinstance(found, str) or not is_subject(found):
        _refuse(f"its {name} is no text of 1 to {MAX_SUBJECT} characters")
    return found


def _refuse(why: str) -> NoReturn:
    # For the site's developer, who has the token: what it says is no secret to them.
    raise Unauthorized(f"The site's word on who you are was not taken: {why}.", "invalid_token")
