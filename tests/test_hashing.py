"""Hashes under SECRET_KEY, and what was hashed under an earlier one."""

import re

from chatkit import create_app, hashing
from chatkit.mail import service as mail
from tests import factories
from tests.factories import API, MakeApp

NEW_KEY = "9a8b7c6d5e4f30211203f4e5d6c7b8a99a8b7c6d5e4f30211203f4e5d6c7b8a9"


def test_a_hash_depends_on_the_secret_key() -> None:
    found = set()
    for key in (factories.SECRET_KEY, NEW_KEY):
        with create_app({"SECRET_KEY": key}).app_context():
            found.add(hashing.keyed_hash("a secret"))
    assert len(found) == 2
    assert {len(digits) for digits in found} == {64}


def test_the_key_in_use_is_tried_before_the_earlier_ones() -> None:
    with create_app({"SECRET_KEY": factories.SECRET_KEY}).app_context():
        earlier = hashing.keyed_hash("a secret")
    with create_app({"SECRET_KEY": NEW_KEY, "SECRET_KEY_FALLBACKS": factories.SECRET_KEY}).app_context():
        assert hashing.candidate_hashes("a secret") == (hashing.keyed_hash("a secret"), earlier)


def test_a_token_is_worth_nothing_under_another_secret_key(make_app: MakeApp) -> None:
    who = factories.person(make_app())
    assert factories.check_session(make_app(SECRET_KEY=NEW_KEY), who.token).status_code == 401


def test_a_token_outlives_its_secret_key_while_that_is_a_fallback(make_app: MakeApp) -> None:
    who = factories.person(make_app())
    rotated = make_app(SECRET_KEY=NEW_KEY, SECRET_KEY_FALLBACKS=factories.SECRET_KEY)
    assert factories.check_session(rotated, who.token).status_code == 200


def test_a_refresh_moves_a_session_to_the_new_secret_key(make_app: MakeApp) -> None:
    who = factories.person(make_app())
    rotated = make_app(SECRET_KEY=NEW_KEY, SECRET_KEY_FALLBACKS=factories.SECRET_KEY)
    fresh = factories.refresh(rotated, who.token).get_json()["token"]
    assert factories.check_session(make_app(SECRET_KEY=NEW_KEY), fresh).status_code == 200


def test_a_link_outlives_its_secret_key_while_that_is_a_fallback(make_app: MakeApp) -> None:
    before = make_app()
    factories.sign_up(before.test_client())
    token = factories.link_token(factories.links(before)[0])
    rotated = make_app(SECRET_KEY=NEW_KEY, SECRET_KEY_FALLBACKS=f"{NEW_KEY[::-1]}, {factories.SECRET_KEY}")
    assert rotated.test_client().post(f"{API}/auth/verify", json={"token": token, "confirmed": True}).status_code == 200


def test_a_code_outlives_its_secret_key_while_that_is_a_fallback(make_app: MakeApp) -> None:
    before, browser = make_app(), factories.session_id()
    factories.sign_up(before.test_client(), browser_id=browser)
    with before.app_context():
        [(_, made)] = mail.render_waiting()
    [code] = re.findall("^[0-9]{6}$", made.text, re.MULTILINE)
    rotated = make_app(SECRET_KEY=NEW_KEY, SECRET_KEY_FALLBACKS=factories.SECRET_KEY).test_client()
    assert rotated.post(f"{API}/auth/verify-code", json={"code": code, "browser_id": browser}).status_code == 200
