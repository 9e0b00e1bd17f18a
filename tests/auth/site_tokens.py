"""The tokens of a site that knows its readers, good and otherwise, and the server that publishes its keys."""

import base64
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Iterator, Mapping
from threading import Event
from typing import Any

from flask import Flask
from joserfc import jwt
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey
from werkzeug.test import TestResponse

from tests import factories
from tests.factories import API

ISSUER, AUDIENCE = "https://docs.example.com", "chatkit"
SHARED = factories.SECRET_KEY[::-1]
NAMED = {"IDENTITY_ISSUER": ISSUER, "IDENTITY_AUDIENCE": AUDIENCE}
BY_KEY = NAMED | {"IDENTITY_KEY": SHARED}
# Made once: making a key of RSA takes half a second.
RSA = RSAKey.generate_key(2048, {"kid": "rsa"}, auto_kid=False)
KEYS: dict[str, tuple[str, Key]] = {
    "RS256": ("rsa", RSA),
    "ES256": ("ec", ECKey.generate_key("P-256", {"kid": "ec"})),
    "Ed25519": ("ed", OKPKey.generate_key("Ed25519", {"kid": "ed"})),
}


def claims_with(**changed: Any) -> dict[str, Any]:
    """Return what a good token says, with some of it changed; what is None is left out."""
    now = int(time.time())
    good = {"iss": ISSUER, "aud": AUDIENCE, "sub": "reader-1", "iat": now, "exp": now + 120, "jti": str(uuid.uuid4())}
    return {name: value for name, value in (good | changed).items() if value is not None}


def token_with(key: str = SHARED, **changed: Any) -> str:
    """Return a good token, with some of what it says changed."""
    return jwt.encode({"alg": "HS256"}, claims_with(**changed), OctKey.import_key(key))


def signed(header: Mapping[str, object] | str, payload: str, secret: bytes = SHARED.encode()) -> str:
    """Return a token of anything, signed with HS256 whatever its header says, which the library would refuse to do."""
    parts = (header if isinstance(header, str) else json.dumps(header), payload)
    signing = ".".join(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts)
    signature = hmac.new(secret, signing.encode(), hashlib.sha256).digest()
    return f"{signing}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def public_keys(*names: str) -> str:
    """Return a JWKS of the public halves of these keys."""
    return json.dumps({"keys": [KEYS[name][1].as_dict(private=False) for name in names]})


def send(app: Flask, token: str) -> TestResponse:
    """Let a page's reader sign in by a token."""
    return app.test_client().post(f"{API}/auth/identity", json={"token": token})


def outcome(answer: TestResponse) -> tuple[int, str]:
    """Return the status and the code of a refusal."""
    return answer.status_code, answer.get_json()["detail"]["error"]


class KeyServer:
    """Publishes keys as a JWKS, and counts who reads them."""

    def __init__(self, body: str) -> None:
        self.body, self.status, self.read = body, "200 OK", 0
        self.asked, self.may_answer = Event(), Event()
        self.may_answer.set()

    def __call__(self, environ: Any, start_response: Any) -> Iterator[bytes]:
        self.read += 1
        self.asked.set()
        assert self.may_answer.wait(30)
        start_response(self.status, [("Content-Type", "application/json"), ("Location", "/elsewhere")])
        return iter([self.body.encode()])
