"""Signing in by the site's own word: whose account it opens, and every token that is not taken."""

import base64
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Semaphore
from typing import Any

import pytest
from flask import Flask
from joserfc import jws, jwt
from joserfc.jwk import ECKey, Key, OctKey, RSAKey
from prometheus_client import REGISTRY
from sqlalchemy import update

from chatkit import create_app
from chatkit.auth import identity, identity_token, key_set, published
from chatkit.auth.key_set import RemoteKeys
from chatkit.auth.models import ReaderIdentity, SessionToken, UsedToken, User
from chatkit.auth.published import Clock
from chatkit.database.orm import db, utcnow
from chatkit.errors import SettingsError
from chatkit.ratelimit.models import RateLimit
from chatkit.web import concurrency
from tests import factories
from tests.auth.site_tokens import (
    AUDIENCE,
    BY_KEY,
    ISSUER,
    KEYS,
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
from tests.conftest import DEFAULTS
from tests.factories import API, MakeApp
from tests.servers import eventually, listening


@pytest.fixture
def site(make_app: MakeApp) -> Flask:
    """Return an application that takes the word of a site."""
    return make_app(**BY_KEY)


def test_a_token_signs_in_without_a_mail(site: Flask) -> None:
    answer = send(site, token_with()).get_json()
    session = factories.check_session(site, answer["session_token"])
    assert session.get_json()["user"] == answer["user_profile"]
    assert answer["user_profile"]["tier"] == "lightweight"
    assert factories.count(site, db.metadata.tables["outbox"]) == 0


def test_the_same_reader_has_the_same_account_and_another_has_another(site: Flask) -> None:
    emails = [send(site, token_with(sub=sub)).get_json()["user_profile"]["email"] for sub in ("one", "two", "one")]
    assert emails[0] == emails[2] != emails[1]
    assert factories.count(site, User) == 2


def test_an_address_opens_nobodys_account_unless_the_owner_trusts_the_sites_word(site: Flask) -> None:
    known = factories.person(site, "known@example.com")
    answer = send(site, token_with(email="known@example.com", email_verified=True)).get_json()
    caller = factories.check_session(site, answer["session_token"]).get_json()["user"]["email"]
    assert caller.startswith("known@example.com (docs.example.com, ")
    assert factories.count(site, User) == 2
    assert factories.check_session(site, known.token).get_json()["user"]["email"] == "known@example.com"


def test_an_address_that_is_not_verified_opens_nobodys_account(make_app: MakeApp) -> None:
    app = make_app(**BY_KEY, IDENTITY_TRUST_EMAIL="on")
    factories.person(app, "known@example.com")
    for verified in (False, "true", 1, None):
        answer = send(app, token_with(email="known@example.com", email_verified=verified)).get_json()
        assert answer["user_profile"]["email"] != "known@example.com", verified
    rows = factories.rows(app, User.__table__)
    assert {row["email"]: row["verified_at"] is not None for row in rows} == {
        row["email"]: row["email"] == "known@example.com" for row in rows
    }
    assert len(rows) == 2


def test_a_verified_address_that_is_trusted_opens_its_account_and_stays_with_it(make_app: MakeApp) -> None:
    app = make_app(**BY_KEY, IDENTITY_TRUST_EMAIL="on")
    known = factories.person(app, "known@example.com")
    first = send(app, token_with(email="Known@Example.com", email_verified=True)).get_json()
    assert first["user_profile"]["email"] == "known@example.com"
    later = send(app, token_with(email="other@example.com", email_verified=True)).get_json()
    assert later["user_profile"]["email"] == "known@example.com"
    assert [row["user_id"] for row in factories.rows(app, ReaderIdentity.__table__)] == [known.id]
    (row,) = factories.rows(app, User.__table__)
    assert row["consent_at"] is not None


NAMES = {
    "Ada Lovelace": "Ada Lovelace",
    "  Ada \t\n Lovelace\x00 ": "Ada Lovelace",
    "<img src=x onerror=alert(1)>": "<img src=x onerror=alert(1)>",
    "\u202eecalevoL": "ecalevoL",
    "\u200b\u2060": "",
    "\ud800": "",
    "n" * 1000: "n" * 80,
    "\u00c5sa \u738b": "\u00c5sa \u738b",
    7: "",
    None: "",
}


def test_a_reader_is_shown_the_name_that_the_site_has_for_them_now(site: Flask) -> None:
    for said, shown in NAMES.items():
        answer = send(site, signed({"alg": "HS256"}, json.dumps(claims_with(name=said)))).get_json()
        profile = answer["user_profile"]
        assert (profile["name"], profile["site"]) == (shown, "docs.example.com"), said
        assert factories.check_session(site, answer["session_token"]).get_json()["user"] == profile
    assert factories.count(site, User) == 1


def test_a_reader_with_an_address_of_their_own_is_known_by_it_alone(make_app: MakeApp) -> None:
    app = make_app(**BY_KEY, IDENTITY_TRUST_EMAIL="on")
    token = token_with(name="Ada", email="ada@example.com", email_verified=True)
    assert send(app, token).get_json()["user_profile"] == {"email": "ada@example.com", "tier": "lightweight"}


def test_what_is_no_address_is_nobodys(make_app: MakeApp) -> None:
    app = make_app(**BY_KEY, IDENTITY_TRUST_EMAIL="on")
    wrong = (
        "no address",
        "a@b",
        f"{'a' * 250}@example.com",
        "x (docs.example.com)",
        7,
        "\u0000@x.org",
        "\u212aate@example.com",
    )
    for place, email in enumerate(wrong):
        answer = send(app, token_with(sub=f"reader-{place}", email=email, email_verified=True)).get_json()
        assert answer["user_profile"]["email"].startswith(f"reader-{place} (docs.example.com, "), email


def test_nobody_can_sign_up_by_mail_into_an_account_of_the_site(site: Flask) -> None:
    name = send(site, token_with(email="known@example.com")).get_json()["user_profile"]["email"]
    assert factories.sign_up(site.test_client(), name).status_code == 422


def test_a_token_is_used_once_however_many_try_at_once(site: Flask) -> None:
    token = token_with()
    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(answer.status_code for answer in pool.map(lambda _: send(site, token), range(16)))
    assert statuses == [200] + [401] * 15
    assert factories.count(site, SessionToken) == 1


def test_two_tokens_of_a_new_reader_at_once_make_one_account(site: Flask) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: send(site, token_with()), range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert factories.count(site, User) == 1


NOW = int(time.time())


WRONG_CLAIMS = (
    {"iss": "https://evil.example.com"},
    {"iss": f"{ISSUER}/"},
    {"iss": None},
    {"aud": "other"},
    {"aud": ["other"]},
    {"aud": None},
    {"sub": None},
    {"sub": ""},
    {"sub": 7},
    {"sub": "a" * 256},
    {"sub": "a\nb"},
    {"jti": None},
    {"jti": ""},
    {"jti": 7},
    {"exp": None},
    {"iat": None},
    {"iat": True},
    {"exp": "soon"},
    {"exp": 10**400},
    {"iat": NOW - 400, "exp": NOW - 200},
    {"iat": NOW, "exp": NOW + 100_000},
    {"iat": NOW - 100_000, "exp": NOW + 60},
    {"iat": NOW + 3600, "exp": NOW + 3700},
    {"nbf": NOW + 3600},
)


def test_a_token_that_does_not_say_what_it_must_is_refused(refusing: Flask) -> None:
    for changed in WRONG_CLAIMS:
        assert outcome(send(refusing, token_with(**changed))) == (401, "invalid_token"), changed
    assert factories.count(refusing, User) == 0


def test_an_audience_may_be_one_of_several(site: Flask) -> None:
    assert send(site, token_with(aud=["other", AUDIENCE])).status_code == 200


def _unsigned(claims: dict[str, Any], alg: str) -> str:
    header, payload, signature = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SHARED)).split(".")
    header = base64.urlsafe_b64encode(json.dumps({"alg": alg, "typ": "JWT"}).encode()).decode().rstrip("=")
    return f"{header}.{payload}." if alg == "none" else f"{header}.{payload}.{signature}"


FORGED: tuple[Callable[[], str], ...] = (
    lambda: token_with(SHARED[:-1] + "!"),
    lambda: _unsigned(claims_with(), "none"),
    lambda: _unsigned(claims_with(), "NONE"),
    lambda: _unsigned(claims_with(), "HS512"),
    lambda: jwt.encode({"alg": "HS512"}, claims_with(), OctKey.import_key(SHARED * 2), algorithms=["HS512"]),
    lambda: jwt.encode({"alg": "RS256", "kid": "rsa"}, claims_with(), RSA, algorithms=["RS256"]),
    lambda: token_with()[:-4],
    lambda: token_with() + ".x",
    lambda: jws.serialize_compact({"alg": "HS256"}, b"[]", OctKey.import_key(SHARED)),
    lambda: jws.serialize_compact({"alg": "HS256"}, b'{"iss": NaN}', OctKey.import_key(SHARED)),
    lambda: jws.serialize_compact({"alg": "HS256"}, b"[" * 5000, OctKey.import_key(SHARED)),
    lambda: "x",
    lambda: "..",
    lambda: "\u00e4.\u00e4.\u00e4",
    lambda: "e30.e30.e30",
    lambda: f"{base64.urlsafe_b64encode(b'[' * 5000).decode().rstrip('=')}.e30.e30",
)


def test_a_token_that_is_not_signed_with_the_key_is_refused(refusing: Flask) -> None:
    for place, forge in enumerate(FORGED):
        assert outcome(send(refusing, forge())) == (401, "invalid_token"), place
    assert factories.count(refusing, User) == 0


def test_each_kind_of_public_key_signs_with_its_own_algorithm(make_app: MakeApp) -> None:
    app = make_app(**NAMED, IDENTITY_JWKS=public_keys(*KEYS))
    for alg, (kid, key) in KEYS.items():
        token = jwt.encode({"alg": alg, "kid": kid}, claims_with(), key, algorithms=[alg])
        assert send(app, token).status_code == 200, alg


def test_a_public_key_is_no_shared_key(make_app: MakeApp) -> None:
    app = make_app(**NAMED, IDENTITY_JWKS=public_keys("RS256"))
    public = RSA.as_dict(private=False)
    for secret in (RSA.as_pem(private=False), public_keys("RS256").encode(), str(public["n"]).encode()):
        forged = signed({"alg": "HS256", "kid": "rsa"}, json.dumps(claims_with()), secret)
        assert outcome(send(app, forged)) == (401, "invalid_token")


def test_a_key_of_another_kind_with_the_same_id_does_not_help(make_app: MakeApp) -> None:
    app = make_app(**NAMED, IDENTITY_JWKS=public_keys("RS256", "ES256"))
    other = ECKey.generate_key("P-256", {"kid": "ec"})
    for header in ({"alg": "ES256", "kid": "rsa"}, {"alg": "ES256", "kid": "ec"}, {"alg": "ES256"}):
        assert outcome(send(app, jwt.encode(header, claims_with(), other))) == (401, "invalid_token")


@pytest.mark.parametrize(
    "text",
    ["x", "[]", "{}", '{"keys": []}', '{"keys": [7]}', '{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}', "[" * 9000],
)
def test_a_key_set_without_public_keys_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="is no JWKS"):
        key_set.parse(text)


@pytest.mark.parametrize(
    "odd",
    [
        {"kty": "AKP", "alg": "ML-DSA-44", "kid": "new", "pub": "AAAA"},
        {"kty": "EC", "crv": "P-999", "kid": "new", "x": "AA", "y": "AA"},
        {"kty": "OKP", "crv": "Ed25519", "kid": "new", "x": "AA"},
        {"kty": "RSA", "kid": "new", "n": "!", "e": "AQAB"},
        {"kty": ["RSA"], "kid": "new"},
        {"kty": "RSA", "kid": 7, "n": "AQAB", "e": "AQAB"},
        {"kid": "new"},
        7,
        None,
        json.loads(public_keys("RS256"))["keys"][0] | {"kid": "new", "use": ["sig"]},
    ],
)
def test_a_key_that_is_not_understood_takes_no_other_away(odd: Any) -> None:
    keys = json.loads(public_keys("RS256", "ES256"))["keys"]
    assert set(key_set.parse(json.dumps({"keys": [odd, *keys]}))) == {"rsa", "ec"}


def test_a_weak_key_is_not_taken() -> None:
    weak = RSAKey.generate_key(1024, {"kid": "weak"}, auto_kid=False)
    with pytest.raises(ValueError, match="2048"):
        key_set.parse(json.dumps({"keys": [weak.as_dict(private=False)]}))


def _app_with_clock(make_app: MakeApp, url: str, clock: Clock) -> Flask:
    """Return an application that reads keys at an address, by another clock than this machine's."""
    app = make_app(**NAMED, IDENTITY_JWKS_URL=url)
    app.extensions[identity_token.EXTENSION] = RemoteKeys(url, clock)
    return app


def test_published_keys_are_kept_and_read_anew_for_an_unknown_one_once_a_minute(make_app: MakeApp) -> None:
    server, (kid, key) = KeyServer(public_keys("RS256")), KEYS["ES256"]
    now = [1000.0]
    with listening(server) as url:
        app = _app_with_clock(make_app, f"{url}/jwks", lambda: now[0])

        def identify(alg: str, kid: str, key: Key) -> int:
            token = jwt.encode({"alg": alg, "kid": kid}, claims_with(), key, algorithms=[alg])
            return send(app, token).status_code

        assert [identify("RS256", "rsa", RSA) for _ in range(3)] == [200] * 3
        assert server.read == 1
        now[0] += 61
        server.body = public_keys("RS256", "ES256")
        assert identify("ES256", kid, key) == 200
        assert [identify("ES256", "unknown", key) for _ in range(5)] == [401] * 5
        assert server.read == 2
        now[0] += 61
        server.status = "500 Oops"
        assert identify("ES256", "unknown", key) == 401
        assert (identify("RS256", "rsa", RSA), server.read) == (200, 3)


def test_who_signs_in_while_the_first_keys_are_read_waits_for_them(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = KeyServer(public_keys("RS256"))
    server.may_answer.clear()
    # However long this machine takes until all of them are there.
    monkeypatch.setattr("chatkit.auth.published.TIMEOUT_SECONDS", 30.0)
    with listening(server) as url, ThreadPoolExecutor(3) as pool:
        app = make_app(**NAMED, IDENTITY_JWKS_URL=f"{url}/jwks")

        def identify() -> int:
            token = jwt.encode({"alg": "RS256", "kid": "rsa"}, claims_with(), RSA, algorithms=["RS256"])
            return send(app, token).status_code

        def wait() -> bool:
            """Tell whether all three have been counted, and none of them is at work."""
            concurrency.sample(app)
            at_work = REGISTRY.get_sample_value("chatkit_requests_working")
            return [row["hits"] for row in factories.rows(app, RateLimit.__table__)] == [3] and at_work == 0

        first = pool.submit(identify)
        assert server.asked.wait(30)
        later = [pool.submit(identify) for _ in range(2)]
        eventually(wait)
        server.may_answer.set()
        assert [one.result() for one in (first, *later)] == [200, 200, 200]
    assert server.read == 1


def test_keys_that_trickle_are_given_up() -> None:
    clock, looked = iter(range(1000)), Semaphore(0)

    def look() -> float:
        looked.release()
        return float(next(clock))

    def trickle(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Type", "application/json")])
        # A byte whenever the clock is looked at, so that each is read alone.
        for _ in range(20):
            assert looked.acquire(timeout=30)
            yield b" "

    with listening(trickle) as url:
        with pytest.raises(ValueError, match="takes longer than 3 seconds"):
            published.fetch(f"{url}/jwks", look)
        looked.release(20)


@pytest.mark.parametrize("status", ["500 Oops", "302 Found", "404 Not Found"])
def test_keys_that_cannot_be_read_are_unavailable_until_they_can(make_app: MakeApp, status: str) -> None:
    server, now = KeyServer(public_keys("RS256")), [1000.0]
    server.status = status
    with listening(server) as url:
        app = _app_with_clock(make_app, f"{url}/jwks", lambda: now[0])
        token = jwt.encode({"alg": "RS256", "kid": "rsa"}, claims_with(), RSA, algorithms=["RS256"])
        assert outcome(send(app, token)) == (503, "service_unavailable")
        server.status = "200 OK"
        assert send(app, token).status_code == 503
        assert server.read == 1
        now[0] += 11
        assert send(app, token).status_code == 200


def test_it_is_not_there_unless_it_is_configured(plain_app: Flask) -> None:
    assert outcome(send(plain_app, token_with())) == (404, "not_found")


def test_it_is_off_where_signing_in_is(make_app: MakeApp) -> None:
    assert outcome(send(make_app(**BY_KEY, SIGN_IN="off"), token_with())) == (403, "signin_off")


def test_a_disabled_account_stays_shut(site: Flask) -> None:
    name = send(site, token_with()).get_json()["user_profile"]["email"]
    assert site.test_cli_runner().invoke(args=["accounts", "disable", name, "--yes"]).exit_code == 0
    assert outcome(send(site, token_with())) == (403, "account_disabled")


def test_a_deleted_account_is_made_anew(site: Flask) -> None:
    first = send(site, token_with()).get_json()
    headers = factories.bearer(first["session_token"])
    exported = site.test_client().get(f"{API}/user/export", headers=headers).get_json()
    assert [(row["issuer"], row["subject"]) for row in exported["identities"]] == [(ISSUER, "reader-1")]
    assert site.test_client().delete(f"{API}/user", headers=headers).status_code == 204
    assert factories.count(site, ReaderIdentity) == 0
    assert send(site, token_with()).status_code == 200
    assert factories.count(site, User) == 1


def test_used_tokens_are_forgotten_once_they_have_expired(site: Flask) -> None:
    send(site, token_with())
    with site.app_context():
        assert identity.prune(10) == 0
        db.session.execute(update(UsedToken).values(expires_at=utcnow() - timedelta(hours=2)))
        assert identity.prune(10) == 1
        db.session.commit()
    assert factories.count(site, UsedToken) == 0


def test_sign_ins_are_limited_by_address(make_app: MakeApp) -> None:
    app = make_app(**BY_KEY, RATE_LIMIT_IDENTITY=2)
    assert [send(app, token_with()).status_code for _ in range(3)] == [200, 200, 429]


@pytest.mark.parametrize(
    "settings",
    [
        NAMED,
        BY_KEY | {"IDENTITY_JWKS_URL": "https://docs.example.com/jwks"},
        {"IDENTITY_KEY": SHARED},
        {"IDENTITY_KEY": SHARED, "IDENTITY_ISSUER": ISSUER},
        BY_KEY | {"IDENTITY_KEY": "short"},
        NAMED | {"IDENTITY_JWKS_URL": "http://docs.example.com/jwks"},
        NAMED | {"IDENTITY_JWKS_URL": "http://127.0.0.1.evil.example/jwks"},
        BY_KEY | {"IDENTITY_SECONDS": "3601"},
        BY_KEY | {"IDENTITY_KEY": RSA.as_pem(private=False).decode()},
        NAMED | {"IDENTITY_JWKS": '{"keys": []}'},
    ],
)
def test_settings_that_are_unsafe_or_incomplete_do_not_start(settings: dict[str, str]) -> None:
    with pytest.raises(SettingsError):
        create_app({**DEFAULTS, **settings})
