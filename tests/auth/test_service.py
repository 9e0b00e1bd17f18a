"""Signing up and in: one mailed link or code, one session."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, update
from werkzeug.test import TestResponse

from chatkit import hashing
from chatkit.auth import service
from chatkit.auth.models import SessionToken, User, VerificationToken
from chatkit.database.orm import db
from chatkit.mail import service as mail
from chatkit.mail.models import OutboxMessage
from tests import factories
from tests.factories import API, MakeApp

SENT = {"status": "verification_sent"}


def _verify(app: Flask, token: str) -> TestResponse:
    return app.test_client().post(f"{API}/auth/verify", json={"token": token, "confirmed": True})


def _error(response: TestResponse) -> tuple[int, str]:
    return response.status_code, response.get_json()["detail"]["error"]


def _token(app: Flask) -> str:
    """Return a fresh token for the one address that waits."""
    [link] = factories.links(app)
    return factories.link_token(link)


def _ask_for_code(app: Flask, client: FlaskClient, email: str = "reader@example.com") -> tuple[str, str]:
    """Ask for a mail; return the code in it and the id of the browser that asked."""
    browser = factories.session_id()
    factories.sign_up(client, email, browser_id=browser)
    return _code(app, email), browser


def _code(app: Flask, email: str = "reader@example.com") -> str:
    """Return a fresh code for an address that waits."""
    with app.app_context():
        [made] = [made for message, made in mail.render_waiting() if message.recipient == email]
    [code] = re.findall(r"^\s*([0-9]{6})\s*$", made.text, re.MULTILINE)
    return str(code)


def _verify_code(app: Flask, code: str, browser: str) -> TestResponse:
    return app.test_client().post(f"{API}/auth/verify-code", json={"code": code, "browser_id": browser})


def _wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def _age_requests(app: Flask, **columns: timedelta) -> None:
    with app.app_context():
        values = {name: datetime.now(UTC) - age for name, age in columns.items()}
        db.session.execute(update(VerificationToken).values(values))
        db.session.commit()


def test_signing_up_answers_that_a_mail_was_sent(client: FlaskClient) -> None:
    response = factories.sign_up(client)
    assert (response.status_code, response.get_json()) == (200, SENT)


def test_a_known_address_gets_the_same_bytes_as_an_unknown_one(app: Flask, client: FlaskClient) -> None:
    factories.person(app, "known@example.com")
    known, unknown = factories.sign_up(client, "known@example.com"), factories.sign_up(client, "new@example.com")
    assert known.data == unknown.data
    assert set(known.headers.keys()) == set(unknown.headers.keys())


def test_signing_up_makes_no_account_before_the_link_is_used(app: Flask, client: FlaskClient) -> None:
    factories.sign_up(client)
    assert factories.count(app, User) == 0


def test_a_link_signs_a_new_address_in(app: Flask, client: FlaskClient) -> None:
    factories.sign_up(client, "New.Reader@Example.com")
    answer = _verify(app, _token(app)).get_json()
    assert set(answer) == {"session_token", "expires_at", "user_profile", "migrated_messages", "chat_ids"}
    assert answer["user_profile"] == {"email": "new.reader@example.com", "tier": "lightweight"}
    headers = factories.bearer(answer["session_token"])
    assert client.get(f"{API}/auth/session-check", headers=headers).get_json()["valid"] is True


def test_a_new_session_tells_when_it_ends(app: Flask, client: FlaskClient) -> None:
    factories.sign_up(client)
    text = _verify(app, _token(app)).get_json()["expires_at"]
    assert text.endswith("Z")
    assert abs(datetime.fromisoformat(text) - datetime.now(UTC) - timedelta(hours=24)) < timedelta(minutes=1)


def test_a_link_signs_a_known_address_into_its_own_account(app: Flask, client: FlaskClient) -> None:
    who = factories.person(app, tier="premium")
    factories.sign_up(client, who.email.upper())
    answer = _verify(app, _token(app)).get_json()
    assert answer["user_profile"] == {"email": who.email, "tier": "premium"}
    assert factories.count(app, User) == 1


def test_consent_is_stored_with_its_time(app: Flask, client: FlaskClient) -> None:
    factories.sign_up(client)
    _verify(app, _token(app))
    assert factories.rows(app, User.__table__)[0]["consent_at"] > datetime.now(UTC) - timedelta(minutes=1)


def test_a_token_works_once(app: Flask, client: FlaskClient) -> None:
    factories.sign_up(client)
    token = _token(app)
    _verify(app, token)
    assert _error(_verify(app, token)) == (401, "invalid_token")


def test_a_wrong_token_is_invalid(app: Flask) -> None:
    assert _error(_verify(app, "wrong")) == (401, "invalid_token")


def test_a_token_is_good_for_ten_minutes(app: Flask, client: FlaskClient) -> None:
    factories.sign_up(client)
    _token(app)
    [row] = factories.rows(app, VerificationToken.__table__)
    assert abs(row["expires_at"] - datetime.now(UTC) - timedelta(minutes=10)) < timedelta(minutes=1)


def test_an_expired_token_is_invalid(app: Flask, client: FlaskClient) -> None:
    factories.sign_up(client)
    token = _token(app)
    _age_requests(app, expires_at=timedelta(seconds=1))
    assert _error(_verify(app, token)) == (401, "invalid_token")


def test_the_ten_minutes_run_from_the_making_of_the_link(app: Flask, client: FlaskClient) -> None:
    factories.sign_up(client)
    _age_requests(app, created_at=timedelta(hours=2))
    assert _verify(app, _token(app)).status_code == 200


def test_a_newer_link_voids_the_older(app: Flask, client: FlaskClient) -> None:
    factories.sign_up(client)
    older, newer = _token(app), _token(app)
    assert _error(_verify(app, older)) == (401, "invalid_token")
    assert _verify(app, newer).status_code == 200


def test_a_link_of_a_newer_request_voids_the_older_requests_link(app: Flask, client: FlaskClient) -> None:
    factories.sign_up(client)
    older = _token(app)
    factories.sign_up(client)
    newer = _token(app)
    assert _error(_verify(app, older)) == (401, "invalid_token")
    assert _verify(app, newer).status_code == 200


def test_a_newer_link_leaves_other_peoples_links_alone(app: Flask, client: FlaskClient) -> None:
    factories.sign_up(client)
    token = _token(app)
    factories.sign_up(client, "other@example.com")
    with app.app_context():
        service.render_signin_mail({"verification_id": 2, "base_url": "http://127.0.0.1:8000"})
    assert _verify(app, token).status_code == 200


def test_opening_the_links_page_does_not_use_the_token(app: Flask, client: FlaskClient) -> None:
    factories.sign_up(client)
    token = _token(app)
    for method in ("GET", "HEAD"):
        assert client.open("/signin", method=method).status_code == 200
        assert client.open(f"{API}/auth/verify", method=method).status_code == 405
    assert _verify(app, token).status_code == 200


def test_fifty_verifications_of_one_token_at_once_give_one_session(app: Flask, client: FlaskClient) -> None:
    factories.sign_up(client)
    token = _token(app)
    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(lambda _: _verify(app, token).status_code, range(50)))
    assert sorted(statuses) == [200] + [401] * 49
    assert factories.count(app, SessionToken) == 1


def test_two_links_of_one_new_address_at_once_make_one_account(app: Flask, client: FlaskClient) -> None:
    for number in range(8):
        factories.sign_up(client, "reader@example.com")
        with app.app_context():
            service.render_signin_mail({"verification_id": number + 1, "base_url": "http://127.0.0.1:8000"})
    tokens = [f"token-{number}" for number in range(8)]
    with app.app_context():
        for number, token in enumerate(tokens):
            hashed = hashing.keyed_hash(token)
            row = update(VerificationToken).where(VerificationToken.id == number + 1)
            db.session.execute(row.values(token_hash=hashed, expires_at=datetime.now(UTC) + timedelta(minutes=5)))
        db.session.commit()
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda token: _verify(app, token).status_code, tokens))
    assert statuses == [200] * 8
    assert factories.count(app, User) == 1


def test_a_code_signs_in_the_browser_that_asked(app: Flask, client: FlaskClient) -> None:
    code, browser = _ask_for_code(app, client)
    answer = _verify_code(app, code, browser).get_json()
    assert answer["user_profile"] == {"email": "reader@example.com", "tier": "lightweight"}
    headers = factories.bearer(answer["session_token"])
    assert client.get(f"{API}/auth/session-check", headers=headers).status_code == 200


def test_a_code_is_nothing_to_another_browser(app: Flask, client: FlaskClient) -> None:
    code, _ = _ask_for_code(app, client)
    assert _error(_verify_code(app, code, factories.session_id())) == (401, "invalid_token")


def test_a_sign_up_without_a_browser_id_gets_a_link_and_no_code(app: Flask, client: FlaskClient) -> None:
    factories.sign_up(client)
    with app.app_context():
        [(_, made)] = mail.render_waiting()
    assert re.search(r"^\s*[0-9]{6}\s*$", made.text, re.MULTILINE) is None


def test_the_link_works_beside_the_code(app: Flask, client: FlaskClient) -> None:
    factories.sign_up(client, browser_id=factories.session_id())
    assert _verify(app, _token(app)).status_code == 200


def test_a_code_works_once(app: Flask, client: FlaskClient) -> None:
    code, browser = _ask_for_code(app, client)
    assert _verify_code(app, code, browser).status_code == 200
    assert _error(_verify_code(app, code, browser)) == (401, "invalid_token")


def test_the_link_of_a_mail_whose_code_was_used_is_void(app: Flask, client: FlaskClient) -> None:
    browser = factories.session_id()
    factories.sign_up(client, browser_id=browser)
    with app.app_context():
        [(_, made)] = mail.render_waiting()
    code = re.findall(r"^\s*([0-9]{6})\s*$", made.text, re.MULTILINE)[0]
    _verify_code(app, code, browser)
    assert _error(_verify(app, factories.link_token(made.link))) == (401, "invalid_token")


@pytest.mark.parametrize(("tries", "status"), [(4, 200), (5, 401)])
def test_a_code_bears_five_tries(app: Flask, client: FlaskClient, tries: int, status: int) -> None:
    code, browser = _ask_for_code(app, client)
    for _ in range(tries):
        assert _verify_code(app, _wrong(code), browser).status_code == 401
    assert _verify_code(app, code, browser).status_code == status


def test_the_link_still_works_when_the_codes_tries_are_spent(app: Flask, client: FlaskClient) -> None:
    browser = factories.session_id()
    factories.sign_up(client, browser_id=browser)
    token = _token(app)
    for _ in range(6):
        _verify_code(app, "000000", browser)
    assert _verify(app, token).status_code == 200


def test_tries_side_by_side_are_no_more_than_five(make_app: MakeApp) -> None:
    app, compared = make_app(), list[str]()
    code, browser = _ask_for_code(app, app.test_client())
    [request] = factories.rows(app, VerificationToken.__table__)
    with app.app_context():
        hashed = hashing.keyed_hash(f"{request['id']}:{_wrong(code)}")

        def listen(connection: object, cursor: object, statement: str, parameters: object, *rest: object) -> None:
            if hashed in str(parameters):
                compared.append(statement)

        event.listen(db.engine, "before_cursor_execute", listen)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: _verify_code(app, _wrong(code), browser), range(30)))
    assert len(compared) == 5


def test_a_try_is_written_whether_or_not_a_mail_was_made(app: Flask, client: FlaskClient) -> None:
    """The time of an answer must not tell; a write takes longer than none."""
    known, stranger = factories.session_id(), factories.session_id()
    factories.sign_up(client)
    for email, browser in (("reader@example.com", known), ("stranger@example.com", stranger)):
        client.post(f"{API}/auth/resend-verification", json={"email": email, "browser_id": browser})
    factories.links(app)
    for browser in (known, stranger):
        assert _error(_verify_code(app, "000000", browser)) == (401, "invalid_token")
    tries = {row["browser_hash"]: row["code_tries"] for row in factories.rows(app, VerificationToken.__table__)}
    with app.app_context():
        assert [tries[hashing.keyed_hash(browser)] for browser in (known, stranger)] == [1, 1]


def test_one_code_at_once_gives_one_session(app: Flask, client: FlaskClient) -> None:
    code, browser = _ask_for_code(app, client)
    with ThreadPoolExecutor(5) as pool:
        statuses = list(pool.map(lambda _: _verify_code(app, code, browser).status_code, range(5)))
    assert sorted(statuses) == [200] + [401] * 4
    assert factories.count(app, SessionToken) == 1


def test_a_code_is_good_for_ten_minutes(app: Flask, client: FlaskClient) -> None:
    code, browser = _ask_for_code(app, client)
    _age_requests(app, expires_at=timedelta(seconds=1))
    assert _error(_verify_code(app, code, browser)) == (401, "invalid_token")


def test_a_newer_mail_voids_the_older_code(app: Flask, client: FlaskClient) -> None:
    older, browser = _ask_for_code(app, client)
    # One code in a million equals the one before it.
    newer = next(code for _ in range(9) if (code := _code(app)) != older)
    assert _error(_verify_code(app, older, browser)) == (401, "invalid_token")
    assert _verify_code(app, newer, browser).status_code == 200


def test_a_code_of_one_address_is_not_tried_for_another(app: Flask, client: FlaskClient) -> None:
    _, other = _ask_for_code(app, client, "other@example.com")
    code, browser = _ask_for_code(app, client)
    assert _verify_code(app, code, other).status_code == 401
    assert _verify_code(app, code, browser).get_json()["user_profile"]["email"] == "reader@example.com"


def test_a_return_to_an_allowed_site_stands_in_the_link(app: Flask, client: FlaskClient) -> None:
    page = "http://localhost:3000/docs/a?b=c&d=e#part"
    assert factories.sign_up(client, return_to=page).status_code == 200
    [link] = factories.links(app)
    assert link.endswith("&return_to=http%3A%2F%2Flocalhost%3A3000%2Fdocs%2Fa%3Fb%3Dc%26d%3De%23part")


@pytest.mark.parametrize(
    "page",
    [
        "https://evil.example/",
        "http://localhost:3000.evil.example/",
        "http://localhost:3000@evil.example/",
        "http://user@localhost:3000/",
        "https://localhost:3000/",
        "http://localhost:30001/",
        "http://localhost:3000\\@evil.example/",
    ],
)
def test_a_return_to_a_site_that_is_not_allowed_is_forbidden(app: Flask, client: FlaskClient, page: str) -> None:
    assert _error(factories.sign_up(client, return_to=page)) == (403, "origin_not_allowed")
    assert factories.count(app, OutboxMessage) == 0


def test_links_are_built_from_the_base_url_and_never_from_the_host(make_app: MakeApp) -> None:
    app = make_app(BASE_URL="https://chat.example.com")
    body = {"email": "a@example.com", "consent_data_storage": True}
    app.test_client().post(f"{API}/auth/signup", json=body, headers={"Host": "evil.example"})
    [link] = factories.links(app)
    assert link.startswith("https://chat.example.com/signin#token=")


def test_resending_sends_the_mail_again(app: Flask, client: FlaskClient) -> None:
    factories.sign_up(client)
    response = client.post(f"{API}/auth/resend-verification", json={"email": "Reader@example.com"})
    assert (response.status_code, response.get_json()) == (200, SENT)
    assert factories.count(app, OutboxMessage) == 2
    assert _verify(app, _token(app)).status_code == 200


def test_resending_to_an_address_that_never_asked_answers_alike_and_sends_nothing(
    app: Flask, client: FlaskClient
) -> None:
    response = client.post(f"{API}/auth/resend-verification", json={"email": "stranger@example.com"})
    assert (response.status_code, response.get_json()) == (200, SENT)
    assert factories.links(app) == []
    assert "stranger" not in repr([factories.rows(app, table) for table in db.metadata.sorted_tables])


def test_resending_writes_as_much_for_an_address_that_never_asked(app: Flask, client: FlaskClient) -> None:
    written = []
    factories.sign_up(client)
    for email in ("reader@example.com", "stranger@example.com"):
        before = [factories.count(app, model) for model in (VerificationToken, OutboxMessage)]
        client.post(f"{API}/auth/resend-verification", json={"email": email})
        after = [factories.count(app, model) for model in (VerificationToken, OutboxMessage)]
        written.append([now - then for now, then in zip(after, before, strict=True)])
    assert written == [[1, 1], [1, 1]]


def test_requests_to_sign_in_are_pruned_after_a_day(app: Flask, client: FlaskClient) -> None:
    factories.sign_up(client)
    _age_requests(app, created_at=timedelta(hours=24, minutes=1))
    factories.sign_up(client, "recent@example.com")
    with app.app_context():
        assert service.prune(500) == 1
        db.session.commit()
    assert [row["email"] for row in factories.rows(app, VerificationToken.__table__)] == ["recent@example.com"]


def test_a_link_leads_to_the_server_that_was_asked(make_app: MakeApp) -> None:
    asked = make_app(BASE_URL="http://127.0.0.1:8080/chat/")
    assert factories.sign_up(asked.test_client()).status_code == 200
    [link] = factories.links(make_app(BASE_URL="http://127.0.0.1:8000"))
    assert link.startswith("http://127.0.0.1:8080/chat/signin#")
