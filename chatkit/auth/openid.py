"""Signing in by a provider of OpenID Connect: the authorization code, with PKCE, state and nonce.

Imported where one is configured alone: Authlib comes with an extra.
"""

import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any, NoReturn

import structlog
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from flask import Flask, current_app
from joserfc import jws
from joserfc.errors import JoseError
from requests.exceptions import RequestException

from chatkit.auth import key_set
from chatkit.auth.identities import MAX_SUBJECT, is_subject
from chatkit.auth.key_set import LEEWAY_SECONDS, RemoteKeys
from chatkit.auth.published import Clock, Published
from chatkit.config import KEY_URL, Settings
from chatkit.errors import Unauthorized, Unavailable
from chatkit.web import concurrency

log = structlog.get_logger()

EXTENSION = "chatkit_openid"
WELL_KNOWN = "/.well-known/openid-configuration"
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
SCOPE = "openid email profile"
TIMEOUT_SECONDS, RETRY_SECONDS = 5.0, 5.0
AWAY = "The provider that signs in cannot be reached just now. Try again in a moment."


@dataclass(frozen=True)
class Begun:
    """A sign-in that has begun: where the browser goes, and what it must know when it comes back."""

    url: str
    kept: dict[str, str]


class Provider:
    """What the owner's provider is and does."""

    def __init__(self, chosen: Settings, clock: Clock = monotonic) -> None:
        self._chosen, self._clock = chosen, clock
        self._issuer = str(chosen.oidc_issuer)
        self._metadata = Published(
            f"{self._issuer.rstrip('/')}{WELL_KNOWN}",
            self._parse,
            event="openid_provider_not_read",
            away=AWAY,
            first_retry_seconds=RETRY_SECONDS,
            retry_seconds=RETRY_SECONDS,
            clock=clock,
        )
        self._keys: RemoteKeys | None = None

    def begin(self, redirect_uri: str) -> Begun:
        """Return where a browser signs in that comes back to ``redirect_uri``; raises ``Unavailable``."""
        endpoint = self._metadata.get()["authorization_endpoint"]
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        session = self._session(redirect_uri)
        url, _ = session.create_authorization_url(endpoint, state=state, nonce=nonce, code_verifier=verifier)
        return Begun(url, {"state": state, "nonce": nonce, "verifier": verifier})

    def complete(self, redirect_uri: str, begun: Mapping[str, str], answer: Mapping[str, str]) -> Mapping[str, Any]:
        """Return the claims of whoever signed in, by what the browser knew and what the provider sent it back with.

        Raises ``Unauthorized`` (`invalid_token`) for what is not good, ``Unavailable``.
        """
        if not hmac.compare_digest(answer.get("state", "").encode(), begun["state"].encode()):
            _refuse("it is not the sign-in that this browser began")
        if answer.get("error") == "access_denied":
            _refuse("you cancelled, or the provider did not let you in")
        if "code" not in answer:
            _refuse(f"the provider says {answer.get('error', 'nothing')[:60]!r}")
        if answer.get("iss", self._issuer) != self._issuer:
            _refuse("another provider has answered (iss)")
        token = self._redeem(redirect_uri, answer["code"], begun["verifier"])
        if not isinstance(token.get("id_token"), str):
            _refuse("the provider sent no ID token")
        return self._read(token, begun["nonce"])

    def _redeem(self, redirect_uri: str, code: str, verifier: str) -> Mapping[str, Any]:
        endpoint = self._metadata.get()["token_endpoint"]
        session = self._session(redirect_uri)
        # The secret goes nowhere but there.
        session.max_redirects = 0
        try:
            with concurrency.yielded():
                found: Mapping[str, Any] = session.fetch_token(
                    endpoint,
                    code=code,
                    code_verifier=verifier,
                    grant_type="authorization_code",
                    timeout=TIMEOUT_SECONDS,
                )
        except AuthlibBaseError as error:
            _refuse(f"the provider says {str(error.error)[:60]!r}")
        except (RequestException, ValueError) as error:
            log.warning("openid_code_not_redeemed", error=type(error).__name__)
            raise Unavailable(AWAY) from None
        finally:
            session.close()
        return found

    def _read(self, token: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
        """Return the claims of an ID token, whose key and algorithm follow from what the provider publishes."""
        id_token = token["id_token"]
        try:
            kid = jws.extract_compact(id_token.encode()).headers().get("kid")
            key = self._key_set().find(kid if isinstance(kid, str) else None)
            if key is None:
                _refuse("no key of the provider signed it")
            decoded = key_set.decode(id_token, key, key_set.algorithms(key))
            client_id = self._chosen.oidc_client_id
            options = {
                "iss": {"essential": True, "value": self._issuer},
                "aud": {"essential": True, "value": client_id},
            }
            params = {"nonce": nonce, "client_id": client_id, "access_token": token.get("access_token")}
            claims = CodeIDToken(decoded.claims, decoded.header, options, params)
            claims.validate(leeway=LEEWAY_SECONDS)
        except (JoseError, ValueError, RecursionError) as error:
            _refuse(f"its ID token is not good ({type(error).__name__}: {str(error)[:80]})")
        if not is_subject(claims["sub"]):
            _refuse(f"its sub is no text of 1 to {MAX_SUBJECT} characters")
        return dict(claims)

    def _session(self, redirect_uri: str) -> Any:
        chosen = self._chosen
        method = "client_secret_basic" if chosen.oidc_client_secret else "none"
        return OAuth2Session(
            chosen.oidc_client_id,
            chosen.oidc_client_secret,
            scope=SCOPE,
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            token_endpoint_auth_method=method,
        )

    def _key_set(self) -> RemoteKeys:
        url = self._metadata.get()["jwks_uri"]
        found = self._keys
        # The provider may have moved them.
        if found is None or found.url != url:
            self._keys = found = RemoteKeys(url, self._clock)
        return found

    def _parse(self, text: str) -> Mapping[str, str]:
        """Return where the provider's endpoints are, by what it says of itself."""
        found = json.loads(text)
        if found["issuer"] != self._issuer:
            raise ValueError("names another issuer")
        if not all(KEY_URL.match(found[name]) for name in ENDPOINTS):
            raise ValueError("names an endpoint without TLS")
        return {name: str(found[name]) for name in ENDPOINTS}


def init_app(app: Flask) -> None:
    """Get ready to sign in by the provider of the settings."""
    app.extensions[EXTENSION] = Provider(app.config["CHATKIT"])


def provider() -> Provider:
    """Return the provider of the current application."""
    found: Provider = current_app.extensions[EXTENSION]
    return found


def _refuse(why: str) -> NoReturn:
    raise Unauthorized(f"You were not signed in: {why}. Begin again on the page that you came from.", "invalid_token")
