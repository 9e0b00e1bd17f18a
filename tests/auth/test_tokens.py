"""The page about tokens is true: lifetimes, columns, hashes and settings are those of the code."""

import base64
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from chatkit import hashing
from chatkit.auth import service, sessions
from chatkit.auth.models import SessionToken, VerificationToken
from chatkit.chat import transcripts
from chatkit.chat.models import AnonymousSession
from chatkit.config import SETTINGS
from chatkit.database.orm import Model, db
from chatkit.mail import service as mail
from tests import factories
from tests.factories import API
from tests.servers import ROOT

PAGE = (ROOT / "docs/tokens.md").read_text()
BROWSER_ID = "5f0c8b52-6d0f-4d0a-9c0e-8a5f9b3d7e21"
COLUMN = re.compile(r"`(\w+)\.(\w+)`")


def table(heading: str) -> list[dict[str, str]]:
    """Return the rows of the table under a heading of the page, by the names of its columns."""
    section = PAGE.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [dict(zip(cells[0], row, strict=True)) for row in cells[2:]]


TOKENS: Mapping[str, dict[str, str]] = {row["token"]: row for row in table("Which tokens there are")}


def _words(time: timedelta) -> str:
    """Return a duration as the page writes it: in days, hours, minutes or seconds, whichever is whole."""
    units = {"days": timedelta(days=1), "hours": timedelta(hours=1), "minutes": timedelta(minutes=1)}
    for unit, length in (units | {"seconds": timedelta(seconds=1)}).items():
        # A day is written as 24 hours.
        if time % length == timedelta(0) and time != length:
            return f"{time // length} {unit}"
    raise AssertionError(time)


def test_the_page_and_the_code_know_the_same_tokens() -> None:
    assert set(TOKENS) == {"session token", "link token", "code", "browser id", "anonymous session"}


@pytest.mark.parametrize(
    ("token", "written"),
    [
        (
            "session token",
            [_words(sessions.IDLE_TIMEOUT), _words(sessions.ABSOLUTE_TIMEOUT), _words(sessions.ROTATION_GRACE)],
        ),
        ("link token", [_words(service.LINK_LIFETIME), "once"]),
        ("code", [_words(service.LINK_LIFETIME), "once"]),
        ("browser id", [_words(service.REQUEST_RETENTION)]),
        ("anonymous session", [_words(transcripts.ANONYMOUS_RETENTION)]),
    ],
)
def test_each_token_lives_as_long_as_the_page_says(token: str, written: list[str]) -> None:
    for words in written:
        assert re.search(rf"\b{words}\b", TOKENS[token]["how long"]), words
    # No other number stands there.
    numbers = set(re.findall(r"[0-9]+", TOKENS[token]["how long"]))
    assert numbers == {number for words in written for number in re.findall(r"[0-9]+", words)}


def test_a_code_has_as_many_digits_and_tries_as_the_page_says(plain_app: Flask) -> None:
    assert (
        TOKENS["code"]["how hard to guess"] == f"{len(_made(plain_app)['code'])} digits, {service.MAX_CODE_TRIES} tries"
    )


def test_every_column_with_a_hash_or_a_token_is_on_the_page(plain_app: Flask) -> None:
    # A digest of a public page, how many tokens a model used, and against whom they count, open nothing.
    public = {("pages", "content_hash"), *((name, "tokens") for name in ("model_days", "model_shares"))}
    public |= {("model_shares", "reader_hash"), ("passages", "text_hash"), ("curated_answers", "section_hash")}
    # The digest of a public passage, and the vectors of its words.
    public |= {("embeddings", "text_hash"), ("embeddings", "tokens")}
    stored = {
        (known.name, column.name)
        for known in Model.metadata.sorted_tables
        for column in known.columns
        if re.search(r"hash|token|secret|code$", column.name)
    }
    named = {pair for row in TOKENS.values() for pair in COLUMN.findall(row["on the server"])}
    # Those of another kind of person are told of in words.
    named |= set(COLUMN.findall(PAGE.split("\n## Tokens of the owner's room\n", 1)[1].split("\n## ", 1)[0]))
    assert stored - public <= named
    assert {pair for pair in named if pair[0] not in Model.metadata.tables} == set()
    assert all(name in Model.metadata.tables[place].columns for place, name in named)


def _made(app: Flask) -> dict[str, str]:
    """Let every token come into being; return each as its holder has it."""
    client, anonymous = app.test_client(), factories.session_id()
    client.post(f"{API}/chat", json=factories.question(session=anonymous))
    factories.sign_up(client, browser_id=BROWSER_ID, migrate_session=anonymous)
    with app.app_context():
        [(_, made)] = mail.render_waiting()
    [code] = re.findall(r"^\s*([0-9]{6})\s*$", made.text, re.MULTILINE)
    session = factories.person(app, "other@example.com").token
    link = factories.link_token(made.link)
    return {
        "session token": session,
        "link token": link,
        "code": code,
        "browser id": BROWSER_ID,
        "anonymous session": anonymous,
    }


def _dump(app: Flask) -> str:
    return repr([factories.rows(app, known) for known in Model.metadata.sorted_tables])


def test_what_is_hashed_on_the_page_stands_nowhere_in_the_database(plain_app: Flask) -> None:
    made, dump = _made(plain_app), _dump(plain_app)
    for token, row in TOKENS.items():
        # Six digits may turn up in any time or hash by chance, but not as a value of their own.
        held = f"'{made[token]}'" in dump if token == "code" else made[token] in dump
        assert held == row["on the server"].startswith("in the clear"), token


def test_each_hash_is_keyed_and_stands_where_the_page_says(plain_app: Flask) -> None:
    made = _made(plain_app)
    with plain_app.app_context():
        [request] = db.session.scalars(select(VerificationToken))
        [session] = db.session.scalars(select(SessionToken))
        [asked] = db.session.scalars(select(AnonymousSession))
        found: dict[str, Any] = {"verification_tokens": request, "sessions": session, "anonymous_sessions": asked}
        proofs = made | {"code": f"{request.id}:{made['code']}"}
        for token in ("session token", "link token", "code", "browser id"):
            [(place, column)] = COLUMN.findall(TOKENS[token]["on the server"])
            assert getattr(found[place], column) == hashing.keyed_hash(proofs[token]), token
        assert (asked.id, request.migrate_session) == (made["anonymous session"],) * 2


@pytest.mark.parametrize("token", ["session token", "link token"])
def test_a_token_holds_as_many_random_bits_as_the_page_says(plain_app: Flask, token: str) -> None:
    made = _made(plain_app)[token]
    bits = len(base64.urlsafe_b64decode(made + "=" * (-len(made) % 4))) * 8
    assert TOKENS[token]["how hard to guess"] == f"{bits} random bits"


def test_every_secret_setting_is_on_the_page_and_no_other() -> None:
    named = {row["setting"].strip("`") for row in table("Which secrets the operator keeps")}
    assert named == {setting.name for setting in SETTINGS if setting.secret}
