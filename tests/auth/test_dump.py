"""A dump of the database: whoever reads it signs in as nobody."""

import hashlib
import hmac
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from chatkit.auth.models import VerificationToken
from chatkit.database.orm import db
from chatkit.mail import service as mail
from tests import factories, tables
from tests.factories import API, MakeApp

METRICS_TOKEN = "a-token-that-reads-metrics-from-elsewhere"
OLD_KEY = factories.SECRET_KEY[::-1]
ELSEWHERE = {"REMOTE_ADDR": "192.0.2.1"}


@dataclass(frozen=True)
class Secrets:
    """What opens something, and what a dump made meanwhile says."""

    session: str
    link: str
    code: str
    browser: str
    text: str

    @property
    def pieces(self) -> set[str]:
        """Return everything in the dump that could be a secret, whole or between its punctuation."""
        return set(re.findall(r"[\w-]{6,}", self.text))


@pytest.fixture
def app(make_app: MakeApp) -> Flask:
    return make_app(METRICS_TOKEN=METRICS_TOKEN, SECRET_KEY_FALLBACKS=OLD_KEY)


@pytest.fixture
def secrets(app: Flask, tmp_path: Path) -> Secrets:
    """Leave one sign-in in use and another waiting for its link or code, with all that goes with them."""
    client, browser = app.test_client(), factories.session_id()
    factories.index(app, tmp_path / "guide")
    factories.sign_up(client, migrate_session=factories.session_id(), return_to="http://localhost:3000/")
    token = factories.link_token(factories.links(app)[0])
    first = client.post(f"{API}/auth/verify", json={"token": token, "confirmed": True}).get_json()["session_token"]
    headers = factories.bearer(first)
    client.post(f"{API}/chat", json=factories.question(), headers=headers)
    client.post(f"{API}/chat/save", json=factories.chat(), headers=headers)
    session = client.post(f"{API}/auth/refresh-token", headers=headers).get_json()["token"]
    factories.sign_up(client, "second@example.com", browser_id=browser)
    with app.app_context():
        [made] = [made for message, made in mail.render_waiting() if message.recipient == "second@example.com"]
    [code] = re.findall("^[0-9]{6}$", made.text, re.MULTILINE)
    # A time may end in the six digits of a code.
    text = re.sub(r"datetime\.datetime\([\d, ]*", "", tables.dump(app).text)
    return Secrets(session, factories.link_token(made.link), code, browser, text)


def _opens_session(client: FlaskClient, token: str) -> bool:
    # Also one that was replaced may call this, for a while.
    return client.post(f"{API}/auth/refresh-token", headers=factories.bearer(token)).status_code == 200


def _opens_link(client: FlaskClient, token: str) -> bool:
    return client.post(f"{API}/auth/verify", json={"token": token, "confirmed": True}).status_code == 200


def _opens_code(client: FlaskClient, code: str, browser: str) -> bool:
    return client.post(f"{API}/auth/verify-code", json={"code": code, "browser_id": browser}).status_code == 200


def _opens_metrics(client: FlaskClient, token: str) -> bool:
    return client.get("/metrics", headers=factories.bearer(token), environ_base=ELSEWHERE).status_code == 200


def test_nothing_in_a_dump_is_a_token(app: Flask, secrets: Secrets) -> None:
    client = app.test_client()
    assert [piece for piece in secrets.pieces if _opens_session(client, piece)] == []
    assert [piece for piece in secrets.pieces if _opens_link(client, piece)] == []
    assert [piece for piece in secrets.pieces if _opens_metrics(client, piece)] == []
    # What was looked for is there to be found.
    assert _opens_session(client, secrets.session)
    assert _opens_link(client, secrets.link)
    assert _opens_metrics(client, METRICS_TOKEN)


def test_nothing_in_a_dump_is_a_code_or_the_browser_it_is_for(app: Flask, secrets: Secrets) -> None:
    client = app.test_client()
    numbers = set(re.findall(r"(?<!\d)\d{6}(?!\d)", secrets.text))
    assert secrets.code not in numbers
    assert secrets.browser not in secrets.text
    browsers = {piece for piece in secrets.pieces if re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", piece)}
    assert [browser for browser in browsers if _opens_code(client, secrets.code, browser)] == []
    assert [number for number in numbers if _opens_code(client, number, secrets.browser)] == []
    with app.app_context():
        db.session.execute(update(VerificationToken).values(code_tries=0))
        db.session.commit()
    assert _opens_code(client, secrets.code, secrets.browser)


def test_no_key_is_in_a_dump(secrets: Secrets) -> None:
    assert [key for key in (factories.SECRET_KEY, OLD_KEY, METRICS_TOKEN) if key in secrets.text] == []


def test_a_code_cannot_be_found_by_trying_all_of_them_on_a_dump(app: Flask, secrets: Secrets) -> None:
    """Of a million codes each has another hash; trying the right one shows what trying all of them would."""
    [row] = [row for row in factories.rows(app, VerificationToken.__table__) if row["email"] == "second@example.com"]
    made_of = [part.format(row["id"], secrets.code) for part in ("{1}", "{0}:{1}", "{1}:{0}", "{0}{1}", "{1}{0}")]
    plain = {
        hashlib.new(name, text.encode()).hexdigest()
        for name in ("md5", "sha1", "sha256", "sha512", "sha3_256", "blake2b", "blake2s")
        for text in made_of
    }
    keyed = {hmac.new(key.encode(), text.encode(), "sha256").hexdigest() for key in secrets.pieces for text in made_of}
    assert row["code_hash"] not in plain | keyed
    right = hmac.new(factories.SECRET_KEY.encode(), f"{row['id']}:{secrets.code}".encode(), "sha256").hexdigest()
    assert row["code_hash"] == right
