"""A provider of OpenID Connect: Authlib's own authorization server in a small application, which lies when told to."""

import json
import time
from dataclasses import dataclass, field
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin, grants
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import AuthorizationCodeMixin, UserInfo
from authlib.oidc.core import grants as openid_grants
from flask import Flask, Response, jsonify, request
from joserfc.jwk import RSAKey

CLIENT_ID, CLIENT_SECRET = "chatkit-at-example", "a secret of the client that nobody else has"
# Made once: making a key of RSA takes half a second.
KEY, OTHER_KEY = (RSAKey.generate_key(2048, {"kid": kid, "use": "sig"}, auto_kid=False) for kid in ("one", "one"))

# What it asks, at the address of the request.
ASKING = (
    "<!doctype html><title>Example</title><form method=post>"
    "<button name=agree>Sign in</button><button name=cancel>Cancel</button></form>"
)


@dataclass
class Person:
    """Who is signed in at the provider."""

    sub: str
    claims: dict[str, Any]

    def get_user_id(self) -> str:
        return self.sub


@dataclass
class _Code(AuthorizationCodeMixin):  # type: ignore[misc]  # Authlib carries no types
    code: str
    redirect_uri: str
    scope: str
    nonce: str
    user: Person
    code_challenge: str
    code_challenge_method: str

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str:
        return self.nonce

    def get_auth_time(self) -> int:
        return int(time.time())

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


class _Client(ClientMixin):  # type: ignore[misc]
    id_token_signed_response_alg = "RS256"

    def __init__(self, redirect_uris: set[str]) -> None:
        self.redirect_uris = redirect_uris

    def get_client_id(self) -> str:
        return CLIENT_ID

    def get_default_redirect_uri(self) -> None:
        return None

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == CLIENT_SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass
class OpenIdProvider:
    """A provider whose one client may come back to ``redirect_uris``; ``lies`` are claims of its ID tokens instead.

    One that ``asks`` shows a page first, on which its person signs in or cancels.
    """

    redirect_uris: set[str]
    person: Person
    lies: dict[str, Any] = field(default_factory=dict)
    signs_with: RSAKey = field(default_factory=lambda: KEY)
    algorithm: str = "RS256"
    issuer: str = ""
    names_issuer: str = ""
    keys_path: str = "/jwks"
    key_reads: int = 0
    asks: bool = False
    codes: dict[str, _Code] = field(default_factory=dict)

    def application(self) -> Flask:
        """Return the provider as an application; ``issuer`` is to be set to where it listens."""
        provider, client = self, _Client(self.redirect_uris)

        class CodeGrant(grants.AuthorizationCodeGrant):  # type: ignore[misc]
            TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic"]  # noqa: RUF012

            def save_authorization_code(self, code: str, asked: Any) -> None:
                told = asked.payload.data
                challenge = told.get("code_challenge"), told.get("code_challenge_method")
                provider.codes[code] = _Code(
                    code, told["redirect_uri"], told["scope"], told.get("nonce"), asked.user, *challenge
                )

            def query_authorization_code(self, code: str, client: Any) -> _Code | None:
                return provider.codes.get(code)

            def delete_authorization_code(self, authorization_code: _Code) -> None:
                del provider.codes[authorization_code.code]

            def authenticate_user(self, authorization_code: _Code) -> Person:
                return authorization_code.user

        class IdTokens(openid_grants.OpenIDCode):  # type: ignore[misc]
            def exists_nonce(self, nonce: str, asked: Any) -> bool:
                return any(code.nonce == nonce for code in provider.codes.values())

            def get_client_algorithm(self, client: Any) -> str:
                return provider.algorithm

            def get_encode_header(self, client: Any) -> dict[str, str]:
                return {"alg": provider.algorithm, "kid": "one"}

            def resolve_client_private_key(self, client: Any) -> Any:
                return provider.signs_with

            def get_client_claims(self, client: Any) -> dict[str, Any]:
                return {"iss": provider.issuer}

            def get_compatible_claims(self, asked: Any) -> dict[str, Any]:
                now = int(time.time())
                return {"iss": provider.issuer, "aud": [CLIENT_ID], "iat": now, "exp": now + 300}

            def generate_user_info(self, user: Person, scope: str) -> UserInfo:
                return UserInfo(sub=user.sub, **user.claims)

            def encode_id_token(self, token: Any, asked: Any) -> str:
                return provider.encode(super().encode_id_token(token, asked))

        app = Flask("provider")
        app.config["OAUTH2_SCOPES_SUPPORTED"] = ["openid", "email", "profile"]
        server = AuthorizationServer(
            app, query_client=lambda client_id: client if client_id == CLIENT_ID else None, save_token=lambda *_: None
        )
        server.register_grant(CodeGrant, [IdTokens(require_nonce=True), CodeChallenge(required=True)])

        @app.get("/.well-known/openid-configuration")
        def configuration() -> Response:
            told = {
                "issuer": provider.names_issuer or provider.issuer,
                "jwks_uri": f"{provider.issuer}{provider.keys_path}",
            }
            told |= {f"{name}_endpoint": f"{provider.issuer}/{name}" for name in ("authorization", "token")}
            return jsonify(told)

        @app.get("/jwks")
        def keys() -> Response:
            provider.key_reads += 1
            return jsonify({"keys": [KEY.as_dict(private=False)]})

        @app.get("/other-jwks")
        def other_keys() -> Response:
            return jsonify({"keys": [OTHER_KEY.as_dict(private=False)]})

        @app.route("/authorization", methods=["GET", "POST"])
        def authorize() -> Any:
            grant = server.get_consent_grant(end_user=provider.person)
            if provider.asks and request.method == "GET":
                return ASKING
            person = None if "cancel" in request.form else provider.person
            return server.create_authorization_response(grant_user=person, grant=grant)

        @app.post("/token")
        def token() -> Any:
            assert request.authorization is not None
            return server.create_token_response()

        return app

    def encode(self, good: str) -> str:
        """Return an ID token with the lies in place of what it says; what is None is left out."""
        from joserfc import jwt

        if not self.lies:
            return good
        claims = json.loads(_decoded(good.split(".")[1])) | self.lies
        told = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode({"alg": self.algorithm, "kid": "one"}, told, self.signs_with, algorithms=[self.algorithm])


def _decoded(part: str) -> bytes:
    from joserfc.util import urlsafe_b64decode

    return bytes(urlsafe_b64decode(part.encode()))
