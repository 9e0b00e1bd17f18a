"""Signing in by a provider of OpenID Connect: as from a mailed link, and every answer of it that is not taken."""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from joserfc.jwk import OctKey
from werkzeug.test import TestResponse

from chatkit.auth import openid, openid_cookie
from chatkit.auth.models import ReaderIdentity, SessionToken, User
from chatkit.database.orm import db
from chatkit.errors import SettingsError
from chatkit.web import read_only
from tests import factories
from tests.factories import API, MakeApp
from tests.openid_provider import CLIENT_ID, CLIENT_SECRET, OTHER_KEY, OpenIdProvider, Person
from tests.servers import listening

BASE = "http://127.0.0.1:8000"
CALLBACKS = {f"{BASE}/signin/oidc/callback", f"{BASE}/owner/sign-in/oidc/callback"}
PAGE = "http://localhost:3000/guide#install"
OWNER = "owner@example.org"
SETTINGS = {"OIDC_CLIENT_ID": CLIENT_ID, "OIDC_CLIENT_SECRET": CLIENT_SECRET, "OIDC_NAME": "Example"}
OWNERS = {"OWNERS": f"{OWNER}, keeper@example.org", "OIDC_OWNER_CLAIM": "groups=docs-owners"}
NOW = int(time.time())


@dataclass
class _World:
    """An application and its provider."""

    app: Flask
    provider: OpenIdProvider

    def answer(self, client: FlaskClient, path: str) -> str:
        """Begin a sign-in, let the provider answer, and return the path where the browser comes back."""
        begun = client.get(path)
        assert begun.status_code == 303, begun.get_data(as_text=True)
        answer = requests.get(begun.headers["Location"], allow_redirects=False, timeout=10)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"].removeprefix(BASE)

    def read(self, client: FlaskClient, browser: str, **asked: Any) -> TestResponse:
        """Let a reader sign in; return what the browser is answered that comes back."""
        return client.get(self.answer(client, _ask(client, browser, **asked)))


def _ask(client: FlaskClient, browser: str, **asked: Any) -> str:
    body = {"browser_id": browser, "consent_data_storage": True, "return_to": PAGE} | asked
    answer = client.post(f"{API}/auth/oidc", json=body)
    assert answer.status_code == 200, answer.get_json()
    url: str = answer.get_json()["url"]
    return url.removeprefix(BASE)


def _token(answer: TestResponse) -> str:
    """Return the token that stands in the fragment of the page that a reader comes back to."""
    assert answer.status_code == 303, answer.get_data(as_text=True)
    page, _, fragment = answer.headers["Location"].partition("#")
    assert page == "http://localhost:3000/guide"
    found = parse_qs(fragment)
    assert found["anchor"] == ["install"]
    return found["chatkit-token"][0]


@contextmanager
def _world(make_app: MakeApp, **settings: Any) -> Iterator[_World]:
    person = Person("person-1", {"email": "ada@example.com", "email_verified": True, "name": "Ada Lovelace"})
    provider = OpenIdProvider(CALLBACKS, person)
    with listening(provider.application()) as url:
        provider.issuer = url
        yield _World(make_app(**SETTINGS | {"OIDC_ISSUER": url} | settings), provider)


@pytest.fixture
def world(make_app: MakeApp) -> Iterator[_World]:
    """Return an application whose readers, and owners, may sign in at a provider."""
    with _world(make_app, **OWNERS) as made:
        yield made


def test_a_reader_comes_back_as_from_a_mailed_link(world: _World) -> None:
    client, browser, anonymous = world.app.test_client(), factories.session_id(), factories.session_id()
    client.post(f"{API}/chat", json=factories.question(session=anonymous))
    token = _token(world.read(client, browser, migrate_session=anonymous))
    signed_in = client.post(f"{API}/auth/verify", json={"token": token, "browser_id": browser}).get_json()
    profile = signed_in["user_profile"]
    assert profile["email"].startswith("ada@example.com (127.0.0.1")
    assert (profile["name"], profile["site"]) == ("Ada Lovelace", "Example")
    assert signed_in["migrated_messages"] == 2
    again = client.post(f"{API}/auth/verify", json={"token": token, "browser_id": browser})
    assert again.status_code == 401
    # The same person at the provider is the same account.
    token = _token(world.read(client, browser))
    client.post(f"{API}/auth/verify", json={"token": token, "browser_id": browser})
    assert (factories.count(world.app, User), factories.count(world.app, SessionToken)) == (1, 2)
    # The owner does not trust the provider's word on the address.
    assert [row["verified_at"] for row in factories.rows(world.app, User.__table__)] == [None]


def test_another_browser_is_asked_first(world: _World) -> None:
    client = world.app.test_client()
    token = _token(world.read(client, factories.session_id()))
    answer = client.post(f"{API}/auth/verify", json={"token": token, "browser_id": factories.session_id()})
    assert (answer.status_code, answer.get_json()["detail"]["error"]) == (409, "other_browser")


def test_an_address_opens_its_account_only_where_the_owner_trusts_the_provider(make_app: MakeApp) -> None:
    with _world(make_app, OIDC_TRUST_EMAIL="on") as world:
        known = factories.person(world.app, "ada@example.com")
        world.read(world.app.test_client(), factories.session_id())
        assert [row["user_id"] for row in factories.rows(world.app, ReaderIdentity.__table__)] == [known.id]


def test_an_address_that_the_provider_did_not_verify_opens_nobodys_account(make_app: MakeApp) -> None:
    with _world(make_app, OIDC_TRUST_EMAIL="on") as world:
        known = factories.person(world.app, "ada@example.com")
        for place, verified in enumerate((False, "true", 1, None, [True])):
            world.provider.person = Person(f"person-{place}", {"email": known.email, "email_verified": verified})
            world.read(world.app.test_client(), factories.session_id())
        owners = {row["user_id"] for row in factories.rows(world.app, ReaderIdentity.__table__)}
        assert len(owners - {known.id}) == 5


def test_what_begins_a_sign_in_signs_nobody_in(world: _World) -> None:
    client, browser = world.app.test_client(), factories.session_id()
    begins = parse_qs(urlsplit(_ask(client, browser)).query)["request"][0]
    for confirmed in (False, True):
        body = {"token": begins, "browser_id": browser, "confirmed": confirmed}
        assert client.post(f"{API}/auth/verify", json=body).status_code == 401


def test_who_did_not_begin_a_sign_in_cannot_end_it(world: _World) -> None:
    client, stranger = world.app.test_client(), world.app.test_client()
    path = world.answer(client, _ask(client, factories.session_id()))
    assert stranger.get(path).status_code == 401
    # Nor with a cookie of another sign-in, a forged one, or one of the owners' door.
    world.answer(stranger, _ask(stranger, factories.session_id()))
    assert stranger.get(path).status_code == 401
    stranger.set_cookie(openid_cookie.NAME, "e30.x.y")
    assert stranger.get(path).status_code == 401
    world.answer(stranger, "/owner/sign-in/oidc")
    assert stranger.get(path).status_code == 401
    assert factories.count(world.app, User) == 0
    assert client.get(path).status_code == 303
    assert client.get(path).status_code == 401


def test_the_cookie_is_for_the_server_alone(world: _World) -> None:
    client = world.app.test_client()
    cookie = client.get(_ask(client, factories.session_id())).headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=600"} <= {part.strip() for part in cookie.split(";")}


LIES: tuple[dict[str, Any], ...] = (
    {"iss": "https://evil.example.com"},
    {"iss": None},
    {"aud": ["another-client"]},
    {"aud": None},
    {"aud": [CLIENT_ID, "another"], "azp": "another"},
    {"aud": [CLIENT_ID, "another"]},
    {"aud": {CLIENT_ID: True}},
    {"sub": ["person-1"]},
    {"sub": {"a": 1}},
    {"exp": "9999999999"},
    {"exp": True},
    {"nonce": 7},
    {"nonce": ["another"]},
    {"at_hash": 7},
    {"sub": None},
    {"sub": ""},
    {"sub": "a\x00b"},
    {"sub": "a" * 256},
    {"exp": NOW - 3600},
    {"exp": None},
    {"iat": NOW + 3600},
    {"iat": None},
    {"nonce": "another"},
    {"nonce": None},
    {"at_hash": "another"},
)


def test_an_id_token_that_lies_signs_nobody_in(world: _World) -> None:
    for lies in LIES:
        world.provider.lies = lies
        answer = world.read(world.app.test_client(), factories.session_id())
        assert answer.status_code == 401, lies
        assert "You were not signed in" in answer.get_data(as_text=True)
    assert factories.count(world.app, User) == 0


def test_an_id_token_of_another_key_or_algorithm_signs_nobody_in(world: _World) -> None:
    world.provider.signs_with = OTHER_KEY
    assert world.read(world.app.test_client(), factories.session_id()).status_code == 401
    world.provider.lies = {"x": "y"}
    secret = OctKey.import_key(CLIENT_SECRET)
    for algorithm, key in (("HS256", secret), ("none", None)):
        world.provider.algorithm, world.provider.signs_with = algorithm, key  # type: ignore[assignment]
        assert world.read(world.app.test_client(), factories.session_id()).status_code == 401
    assert factories.count(world.app, User) == 0


def test_keys_are_read_once_and_where_the_provider_has_moved_them(world: _World) -> None:
    client, now = world.app.test_client(), [1000.0]
    world.app.extensions[openid.EXTENSION] = openid.Provider(world.app.config["CHATKIT"], lambda: now[0])
    assert world.read(client, factories.session_id()).status_code == 303
    assert world.read(client, factories.session_id()).status_code == 303
    assert world.provider.key_reads == 1
    world.provider.keys_path, world.provider.signs_with = "/other-jwks", OTHER_KEY
    assert world.read(client, factories.session_id()).status_code == 401
    now[0] += 3601
    assert world.read(client, factories.session_id()).status_code == 303


def test_what_the_provider_refuses_is_said(world: _World) -> None:
    client = world.app.test_client()
    path = world.answer(client, _ask(client, factories.session_id()))
    state = parse_qs(urlsplit(path).query)["state"][0]
    for query in (
        {"state": state, "error": "access_denied"},
        {"state": state, "code": "another"},
        {},
        {"state": state},
    ):
        answer = client.get("/signin/oidc/callback", query_string=query)
        assert answer.status_code == 401, query
        assert answer.mimetype == "text/html"
    page = client.get("/signin/oidc/callback", query_string={"state": state, "error": "access_denied"})
    text = page.get_data(as_text=True)
    assert "you cancelled, or the provider did not let you in" in text
    assert f'<a href="{PAGE}">' in text
    denied = client.get("/signin/oidc/callback", query_string={"state": state, "error": "<b>"}).get_data(as_text=True)
    assert "<b>" not in denied
    wrong = client.get(
        "/signin/oidc/callback", query_string={"state": state, "code": "x", "iss": "https://evil.example"}
    )
    assert wrong.status_code == 401


def test_a_provider_that_is_away_or_names_another_is_unavailable(make_app: MakeApp) -> None:
    with _world(make_app) as world:
        client = world.app.test_client()
        world.provider.names_issuer = "https://evil.example.com"
        assert client.get(_ask(client, factories.session_id())).status_code == 503
    assert client.get(_ask(client, factories.session_id())).status_code == 503


@pytest.mark.parametrize("page", ["https://evil.example.com/", "http://localhost:3000/?next=https://evil.example.com"])
def test_a_page_that_a_mailed_link_may_not_lead_to_is_refused(world: _World, page: str) -> None:
    body = {"browser_id": factories.session_id(), "consent_data_storage": True, "return_to": page}
    assert world.app.test_client().post(f"{API}/auth/oidc", json=body).status_code in {403, 422}


def test_an_owner_with_the_claim_enters_the_room(world: _World) -> None:
    world.provider.person = Person("owner-1", {"email": OWNER, "email_verified": True, "groups": ["docs-owners", "x"]})
    client = world.app.test_client()
    assert "Sign in with Example" in client.get("/owner/sign-in").get_data(as_text=True)
    answer = client.get(world.answer(client, "/owner/sign-in/oidc"))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/owner/")
    assert OWNER in client.get("/owner/").get_data(as_text=True)


NOT_OWNERS: tuple[dict[str, Any], ...] = (
    {"email": OWNER, "email_verified": True},
    {"email": OWNER, "email_verified": True, "groups": ["others"]},
    {"email": OWNER, "email_verified": True, "groups": "docs-owners, others"},
    {"email": OWNER, "email_verified": True, "groups": {"docs-owners": True}},
    {"email": OWNER, "email_verified": False, "groups": ["docs-owners"]},
    {"email": OWNER, "email_verified": "true", "groups": ["docs-owners"]},
    {"email": OWNER, "groups": ["docs-owners"]},
    {"email_verified": True, "groups": ["docs-owners"]},
    {"email": "stranger@example.org", "email_verified": True, "groups": ["docs-owners"]},
    {"email": "\u212aeeper@example.org", "email_verified": True, "groups": ["docs-owners"]},
)


def test_nobody_else_enters_the_room(world: _World) -> None:
    for claims in NOT_OWNERS:
        world.provider.person = Person("owner-1", claims)
        client = world.app.test_client()
        assert client.get(world.answer(client, "/owner/sign-in/oidc")).status_code == 403, claims
        assert client.get("/owner/").status_code == 303


def test_a_readers_way_does_not_end_in_the_room(world: _World) -> None:
    world.provider.person = Person("owner-1", {"email": OWNER, "email_verified": True, "groups": ["docs-owners"]})
    client = world.app.test_client()
    path = world.answer(client, _ask(client, factories.session_id()))
    assert client.get(path.replace("/signin/oidc", "/owner/sign-in/oidc")).status_code == 403
    assert client.get("/owner/").status_code == 303


def test_without_the_claim_set_owners_have_no_provider(make_app: MakeApp) -> None:
    with _world(make_app, OWNERS=OWNER) as world:
        client = world.app.test_client()
        assert client.get("/owner/sign-in/oidc").status_code == 404
        assert "Sign in with" not in client.get("/owner/sign-in").get_data(as_text=True)


def test_nobody_signs_in_while_nothing_can_be_stored(world: _World) -> None:
    client = world.app.test_client()
    paths = world.answer(client, _ask(client, factories.session_id())), "/owner/sign-in/oidc"
    with world.app.app_context():
        read_only.switch(True)
        db.session.commit()
        read_only.forget()
    assert [client.get(path).status_code for path in paths] == [503, 503]


def test_readers_have_none_where_it_is_for_owners_alone(make_app: MakeApp) -> None:
    with _world(make_app, OIDC_READERS="off") as world:
        body = {"browser_id": str(uuid.uuid4()), "consent_data_storage": True}
        assert world.app.test_client().post(f"{API}/auth/oidc", json=body).status_code == 404


@pytest.mark.parametrize(
    "settings",
    [
        {"OIDC_ISSUER": "https://id.example.com"},
        {"OIDC_CLIENT_ID": "x"},
        {"OIDC_OWNER_CLAIM": "groups=x"},
        {"OIDC_ISSUER": "http://id.example.com", "OIDC_CLIENT_ID": "x"},
        {"OIDC_ISSUER": "https://id.example.com", "OIDC_CLIENT_ID": "x", "OIDC_OWNER_CLAIM": "groups"},
        {"OIDC_ISSUER": "https://id.example.com", "OIDC_CLIENT_ID": "x", "OIDC_NAME": '";alert(1)//'},
    ],
)
def test_settings_that_are_unsafe_or_incomplete_do_not_start(settings: dict[str, str]) -> None:
    from chatkit import create_app
    from tests.conftest import DEFAULTS

    with pytest.raises(SettingsError):
        create_app({**DEFAULTS, **settings})


def test_the_widget_is_told_the_providers_name_where_readers_may_use_it(make_app: MakeApp) -> None:
    with _world(make_app) as world:
        script = world.app.test_client().get("/widget/chatkit-controls.js").get_data(as_text=True)
        assert "chatkit-provider:Example" in script
