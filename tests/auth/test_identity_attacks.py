"""Tokens by which somebody means to be somebody else, and what they bring along for the server to believe."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import repeat
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from flask import Flask
from joserfc import jwe
from joserfc.jwk import OctKey, RSAKey
from joserfc.util import urlsafe_b64encode
from sqlalchemy import update

from chatkit import create_app
from chatkit.auth import identity
from chatkit.auth.models import UsedToken, User
from chatkit.database.orm import db
from tests import factories
from tests.auth.site_tokens import (
    BY_KEY,
    NAMED,
    RSA,
    SHARED,
    KeyServer,
    claims_with,
    outcome,
    public_keys,
    send,
    signed,
    token_with,
)
from tests.conftest import DEFAULTS, dispose
from tests.factories import MakeApp
from tests.servers import listening

HS256 = {"alg": "HS256"}
REFUSED = (401, "invalid_token")


def _claims(**written: str) -> str:
    """Return good claims as JSON, some of them written as they are given here."""
    claims = {name: json.dumps(value) for name, value in claims_with().items()} | written
    return "{" + ", ".join(f'"{name}": {value}' for name, value in claims.items()) + "}"


def _encrypted() -> str:
    return jwe.encrypt_compact({"alg": "dir", "enc": "A128CBC-HS256"}, _claims(), OctKey.import_key(SHARED[:32]))


# All but the last two are signed with the right key, so that nothing but what they say is wrong.
ODD: tuple[Callable[[], str], ...] = (
    lambda: signed(HS256 | {"crit": ["urn:x"], "urn:x": 1}, _claims()),
    lambda: signed(HS256 | {"crit": ["exp"]}, _claims()),
    lambda: signed(HS256 | {"crit": "exp"}, _claims()),
    lambda: signed(HS256 | {"crit": ["b64"], "b64": False}, _claims()),
    lambda: signed(HS256 | {"b64": False}, _claims()),
    lambda: signed({"alg": ["HS256"]}, _claims()),
    lambda: signed({"typ": "JWT"}, _claims()),
    lambda: signed('{"alg": "HS256", "alg": "none"}', _claims()),
    lambda: signed("[]", _claims()),
    lambda: signed(HS256 | {"cty": "JWT"}, token_with()),
    lambda: signed(HS256 | {"cty": "JWT"}, json.dumps(token_with())),
    lambda: signed(HS256, _claims(exp="NaN")),
    lambda: signed(HS256, _claims(exp="Infinity")),
    lambda: signed(HS256, _claims(exp="1e400")),
    lambda: signed(HS256, _claims(exp="1" * 5000)),
    lambda: signed(HS256, _claims(exp='"9999999999"')),
    lambda: signed(HS256, _claims(iat="NaN")),
    lambda: signed(HS256, _claims(iat="-1e400")),
    lambda: signed(HS256, _claims(nbf="NaN")),
    # The last of two counts, for the page's script as for the server.
    lambda: signed(HS256, _claims(exp='9999999999, "exp": 1')),
    lambda: signed(HS256, _claims(iss='["https://docs.example.com"]')),
    lambda: signed(HS256, _claims(aud='{"chatkit": 1}')),
    lambda: signed(HS256, _claims(aud='[["chatkit"]]')),
    lambda: signed(HS256, _claims(sub='"\\ud800"')),
    lambda: signed(HS256, _claims(jti='"\\u0000"')),
    _encrypted,
    lambda: ".".join([*token_with().split(".")[:2], ""]),
)


def test_a_token_that_is_signed_and_odd_is_refused(refusing: Flask) -> None:
    for place, make in enumerate(ODD):
        assert outcome(send(refusing, make())) == REFUSED, place
    assert send(refusing, "x" * 8193).status_code == 422
    assert factories.count(refusing, User) == 0
    assert send(refusing, signed(HS256, _claims())).status_code == 200


OTHER_RSA = RSAKey.generate_key(2048, {"kid": "rsa"}, auto_kid=False)


def _by_rsa(header: dict[str, Any], key: RSAKey) -> str:
    parts = [urlsafe_b64encode(part.encode()) for part in (json.dumps({"alg": "RS256"} | header), _claims())]
    signature = key.private_key.sign(b".".join(parts), PKCS1v15(), SHA256())  # type: ignore[union-attr]
    return b".".join([*parts, urlsafe_b64encode(signature)]).decode()


def test_a_token_is_checked_with_the_sites_keys_whatever_it_names(sqlite_url: str) -> None:
    server = KeyServer(json.dumps({"keys": [OTHER_RSA.as_dict(private=False)]}))
    with listening(server) as url:
        app = create_app(
            DEFAULTS | NAMED | {"IDENTITY_JWKS": public_keys("RS256", "ES256"), "DATABASE_URL": sqlite_url}
        )
        for kid in ("../rsa", "/dev/null", f"{url}/jwks", "' OR 1=1 --", "rsa\x00", "", ["rsa"], {"rsa": 1}, 7, None):
            for key in (RSA, OTHER_RSA):
                assert outcome(send(app, _by_rsa({"kid": kid}, key))) == REFUSED, kid
        embedded = {name: OTHER_RSA.as_dict(private=False)[name] for name in ("kty", "n", "e")}
        for header in ({"jku": f"{url}/jwks"}, {"x5u": f"{url}/jwks"}, {"x5c": ["AAAA"]}, {"jwk": embedded}):
            assert outcome(send(app, _by_rsa({"kid": "rsa"} | header, OTHER_RSA))) == REFUSED, header
        # A signature of zeros is that of any text in a library which does not look.
        empty = urlsafe_b64encode(bytes(64)).decode()
        unsigned = ".".join([*signed({"alg": "ES256", "kid": "ec"}, _claims()).split(".")[:2], empty])
        assert outcome(send(app, unsigned)) == REFUSED
        assert factories.count(app, User) == 0
        assert send(app, _by_rsa({"kid": "rsa", "jku": f"{url}/jwks"}, RSA)).status_code == 200
        dispose(app)
    assert server.read == 0


def test_a_key_set_that_is_too_large_is_not_read(make_app: MakeApp) -> None:
    def endless(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Type", "application/json")])
        return repeat(b" " * 10_000)

    with listening(endless) as url:
        app = make_app(**NAMED, IDENTITY_JWKS_URL=f"{url}/jwks")
        assert outcome(send(app, _by_rsa({"kid": "rsa"}, RSA))) == (503, "service_unavailable")


def test_a_token_is_used_once_on_all_servers_of_a_database_and_after_a_restart(make_app: MakeApp) -> None:
    servers, token = [make_app(**BY_KEY) for _ in range(2)], token_with()
    assert [send(server, token).status_code for server in (*servers, make_app(**BY_KEY))] == [200, 401, 401]


def test_another_spelling_of_a_token_is_the_same_one(make_app: MakeApp) -> None:
    app, claims = make_app(**BY_KEY), claims_with()
    assert send(app, signed(HS256, json.dumps(claims))).status_code == 200
    assert outcome(send(app, signed(HS256 | {"typ": "JWT"}, json.dumps(claims | {"sub": "another"})))) == REFUSED


def test_a_used_token_is_kept_though_the_databases_clock_is_ahead(make_app: MakeApp) -> None:
    app = make_app(**BY_KEY)
    now = int(claims_with()["iat"])
    # It has expired, and is taken still, since the clocks of two servers may be apart.
    token = token_with(iat=now - 60, exp=now - 5)
    assert send(app, token).status_code == 200
    with app.app_context():
        # As late as a clock that is ahead by as much as may be takes it to be.
        late = datetime.fromtimestamp(now - 5, UTC)
        db.session.execute(update(UsedToken).values(expires_at=late))
        assert identity.prune(10) == 0
        db.session.commit()
    assert outcome(send(app, token)) == REFUSED
