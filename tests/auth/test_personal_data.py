"""Everything about a person: out as one document, deleted from every table, or adopted when they sign in."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from werkzeug.test import TestResponse

from chatkit.analytics.models import AnalyticsEvent
from chatkit.audit import service as audit
from chatkit.audit.service import AuditAction
from chatkit.auth import personal_data
from chatkit.auth.models import ReaderIdentity, User
from chatkit.chat.models import AnonymousSession, Message, SavedChat
from chatkit.config import settings
from chatkit.database.orm import db, table, utcnow
from chatkit.hashing import keyed_hash
from chatkit.llm import token_budget
from chatkit.llm.models import ReaderTokens
from chatkit.owner.models import OwnerSession, OwnerSignIn
from chatkit.ratelimit import bans, limiter
from chatkit.ratelimit.identifiers import Requester, identifiers_of
from chatkit.ratelimit.models import RateLimit
from chatkit.review import service as review
from chatkit.server import pruning
from tests import factories, tables
from tests.factories import API, MakeApp, Person
from tests.sql_log import log_sql

# Names of columns that point to a person, whether or not a foreign key does; pages are sorted by their key.
POINTER = re.compile(
    r"(?!order_key\Z)(\w+_)?(account|address|browser|conversation|e_?mail|ip|key|message|person|reader|recipient|session|user)(_id|_hash)?"
)
# Columns that are in no export: keys of the database, what only a browser may know, and how an answer is written.
LEFT_OUT = {
    "messages": {"id", "user_id", "anonymous_session_id", "beats", "fallback"},
    "verification_tokens": {"id", "email", "token_hash", "code_hash", "code_tries", "browser_hash", "migrate_session"},
    "dismissals": {"id", "user_id"},
    "owner_sessions": {"id", "email", "token_hash"},
    "owner_sign_ins": {"id", "email", "browser_hash", "token_hash"},
}


def _pointing_to_people(metadata: MetaData) -> set[str]:
    """Return the tables of people, those that point to one by name, and those that point to these by foreign keys."""
    found = {"users", "anonymous_sessions"}
    for described in metadata.sorted_tables:
        parents = {key.column.table.name for key in described.foreign_keys}
        if parents & found or any(POINTER.fullmatch(column.name) for column in described.columns):
            found.add(described.name)
    return found


def _sections(app: Flask) -> dict[str, str]:
    """Return where the export has what a table holds."""
    with app.app_context():
        declared = personal_data.declared()
    return {table(section.table).name: key for data in declared for key, section in data.export.items()}


@dataclass(frozen=True)
class Traces:
    """A person, and what shows that a row is about them: a word in all they wrote, and the keys they are counted by."""

    who: Person
    word: str
    keys: frozenset[str]


def _live_fully(app: Flask, folder: Path, word: str) -> Traces:
    """Leave a row in every table that can hold one about a person, all that they write with ``word`` in it."""
    client, email, session = app.test_client(), f"{word}@example.com", factories.session_id()
    factories.index(app, folder / "guide")
    client.post(f"{API}/chat", json=factories.question(f"Anonymously: {word}?", session))
    page = f"http://localhost:3000/{word}"
    browser = factories.session_id()
    factories.sign_up(client, email, return_to=page, migrate_session=session, browser_id=browser)
    token = factories.link_token(factories.links(app)[-1])
    answer = client.post(f"{API}/auth/verify", json={"token": token, "browser_id": browser}).get_json()
    headers = factories.bearer(answer["session_token"])
    question = factories.question(f"How often does the foghorn sound, {word}?", page_url=page)
    asked = client.post(f"{API}/chat", json=question, headers=headers)
    rating = {"message_id": asked.get_json()["message_id"], "rating": "down", "note": f"{word}: too seldom"}
    client.post(f"{API}/chat/feedback", json=rating, headers=headers)
    client.post(f"{API}/chat/save", json=factories.chat(f"What about lamps, {word}?"), headers=headers)
    client.post(f"{API}/user/personalize", json={"preferences": {"topics": [f"oil {word}"]}}, headers=headers)
    dismissed = {"id": f"question:{asked.get_json()['message_id']}", "rating": "down"}
    client.post(f"{API}/user/recommendations/feedback", json=dismissed, headers=headers)
    client.post(f"{API}/analytics/event", json={"event_type": f"opened_{word}"}, headers=headers)
    fresh = client.post(f"{API}/auth/refresh-token", headers=headers).get_json()["token"]
    # A second request to sign in is still waiting.
    factories.sign_up(client, email)
    with app.app_context():
        judged = db.session.scalars(select(Message.id).where(Message.message_id == rating["message_id"])).one()
        review.judge(judged, "wrong", to_test_set=True)
        user_id = db.session.scalars(select(User.id).where(User.email == email)).one()
        keys = identifiers_of(Requester(account=email, session_id=session, recipient=email))
        token_budget.reserve(10, keys)
        # One that has ended, since it counts against nobody.
        bans.ban(user_id, timedelta(seconds=-1))
        audit.record(AuditAction.ACCOUNT_TIER, "account", account_id=user_id, tier="full")
        # Who is an owner, too, and has asked to sign in there once more.
        db.session.add(ReaderIdentity(user_id=user_id, issuer="https://docs.example.com", subject=f"{word} here"))
        db.session.add(OwnerSession(email=email, token_hash=f"{word} session", expires_at=utcnow()))
        db.session.add(OwnerSignIn(email=email, browser_hash=""))
        db.session.commit()
        counted = (*keys, keyed_hash(keys[0]))
    # Whole as it is printed, lest account:1 be found in account:10.
    return Traces(Person(user_id, email, fresh), word, frozenset(repr(key) for key in counted))


def _about(app: Flask, traces: Traces) -> dict[str, int]:
    """Return how many rows there are about a person, of each table that holds any."""
    found = tables.dump(app).about("users", traces.who.id, {traces.word, *traces.keys})
    return {name: count for name, count in found.items() if count}


def test_every_table_that_points_to_a_person_is_spoken_for(app: Flask) -> None:
    with app.app_context():
        anonymous = {table(model).name for data in personal_data.declared() for model in data.anonymous}
    metadata = MetaData()
    for described, _ in tables.dump(app).tables.values():
        described.to_metadata(metadata)
    assert _sections(app).keys() | anonymous == _pointing_to_people(metadata)


@pytest.mark.parametrize(
    ("column", "found"),
    [
        (Column("user_id", Integer), True),
        (Column("email", String), True),
        (Column("anonymous_session_id", String), True),
        (Column("written_by", ForeignKey("users.id")), True),
        (Column("about", ForeignKey("feedback.answer_id")), True),
        (Column("page_id", ForeignKey("pages.id")), False),
    ],
    ids=str,
)
def test_a_new_table_that_points_to_a_person_is_found(column: Column[Any], found: bool) -> None:
    metadata = MetaData()
    for described in db.metadata.sorted_tables:
        described.to_metadata(metadata)
    Table("bookmarks", metadata, column)
    assert ("bookmarks" in _pointing_to_people(metadata)) is found


def test_export_holds_every_row_about_the_person(app: Flask, tmp_path: Path) -> None:
    """A section of the export needs a row that the life above leaves."""
    mine = _live_fully(app, tmp_path, "quokka")
    _live_fully(app, tmp_path, "wombat")
    held, sections = _about(app, mine), _sections(app)
    export = app.test_client().get(f"{API}/user/export", headers=mine.who.headers).get_json()
    assert list(export) == list(sections.values())
    rows = {name: export[key] for name, key in sections.items()}
    assert {name: len(own) if isinstance(own, list) else 1 for name, own in rows.items()} == held


@pytest.mark.parametrize("name", LEFT_OUT)
def test_export_holds_every_column_that_tells_of_the_person(app: Flask, tmp_path: Path, name: str) -> None:
    mine = _live_fully(app, tmp_path, "quokka")
    export = app.test_client().get(f"{API}/user/export", headers=mine.who.headers).get_json()
    columns = {column.name for column in db.metadata.tables[name].columns}
    assert set(export[_sections(app)[name]][0]) == columns - LEFT_OUT[name]


def test_export_holds_what_the_person_wrote(app: Flask, tmp_path: Path) -> None:
    who = _live_fully(app, tmp_path, "quokka").who
    text = app.test_client().get(f"{API}/user/export", headers=who.headers).get_data(as_text=True)
    asked = ("Anonymously: quokka?", "How often does the foghorn sound, quokka?", "What about lamps, quokka?")
    for written in (*asked, "oil quokka", "opened_quokka", "quokka: too seldom", "http://localhost:3000/quokka"):
        assert written in text


def test_export_holds_nothing_of_anybody_else(app: Flask, tmp_path: Path) -> None:
    who = _live_fully(app, tmp_path, "quokka").who
    _live_fully(app, tmp_path, "wombat")
    text = app.test_client().get(f"{API}/user/export", headers=who.headers).get_data(as_text=True)
    assert "wombat" not in text


def test_export_holds_no_token_and_no_hash(app: Flask, tmp_path: Path) -> None:
    who = _live_fully(app, tmp_path, "quokka").who
    text = app.test_client().get(f"{API}/user/export", headers=who.headers).get_data(as_text=True)
    assert who.token not in text
    assert not re.search("[0-9a-f]{64}", text)


def test_export_writes_times_in_utc_with_a_z(app: Flask, tmp_path: Path) -> None:
    who = _live_fully(app, tmp_path, "quokka").who
    export = app.test_client().get(f"{API}/user/export", headers=who.headers).get_json()
    times = [row[name] for rows in export.values() if isinstance(rows, list) for row in rows for name in row]
    stamps = [value for value in times if isinstance(value, str) and value[:2] == "20" and "T" in value]
    assert stamps
    assert all(stamp.endswith("Z") for stamp in [*stamps, export["user"]["created_at"]])


def test_deleting_the_account_leaves_counts_alone_and_these_until_they_end(app: Flask, tmp_path: Path) -> None:
    """A count is known by a hash of the mailbox, or by the session of the browser."""
    mine = _live_fully(app, tmp_path, "quokka")
    response = app.test_client().delete(f"{API}/user", headers=mine.who.headers)
    assert (response.status_code, response.data) == (204, b"")
    assert _about(app, mine).keys() == {"rate_limits", "model_shares"}
    with app.app_context():
        db.session.execute(update(RateLimit).values(window_end_ms=0))
        db.session.execute(update(ReaderTokens).values(day=utcnow().date() - timedelta(days=1)))
        limiter.prune(1_000)
        token_budget.prune(1_000)
        db.session.commit()
    assert _about(app, mine) == {}


@pytest.mark.parametrize("again", ["reader@gmail.com", "rea.der+new@googlemail.com"])
def test_an_account_made_anew_goes_on_with_the_counts_of_the_deleted_one(app: Flask, again: str) -> None:
    """Otherwise whoever deletes an account has every limit, and a share of the model's tokens, once more."""
    who, client = factories.person(app, "reader@gmail.com"), app.test_client()
    save = {"path": f"{API}/chat/save", "json": factories.chat()}
    assert [client.post(**save, headers=who.headers).status_code for _ in range(6)] == [200] * 5 + [429]
    assert client.delete(f"{API}/user", headers=who.headers).status_code == 204
    assert client.post(**save, headers=factories.person(app, again).headers).status_code == 429


def test_deleting_the_account_leaves_no_word_of_it_anywhere(app: Flask, tmp_path: Path) -> None:
    mine = _live_fully(app, tmp_path, "quokka")
    app.test_client().delete(f"{API}/user", headers=mine.who.headers)
    assert "quokka" not in tables.dump(app).text


def test_deleting_the_account_leaves_everybody_else_alone(app: Flask, tmp_path: Path) -> None:
    mine, other = _live_fully(app, tmp_path, "quokka"), _live_fully(app, tmp_path, "wombat")
    before = _about(app, other)
    app.test_client().delete(f"{API}/user", headers=mine.who.headers)
    assert _about(app, other) == before


def test_a_deleted_accounts_session_is_dead(app: Flask) -> None:
    who = factories.person(app)
    client = app.test_client()
    client.delete(f"{API}/user", headers=who.headers)
    response = client.get(f"{API}/auth/session-check", headers=who.headers)
    assert response.get_json()["detail"]["error"] == "unauthorized"


def test_a_deleted_accounts_waiting_link_is_dead(app: Flask) -> None:
    who, client = factories.person(app), app.test_client()
    factories.sign_up(client, who.email)
    [link] = factories.links(app)
    client.delete(f"{API}/user", headers=who.headers)
    response = client.post(f"{API}/auth/verify", json={"token": factories.link_token(link), "confirmed": True})
    assert response.get_json()["detail"]["error"] == "invalid_token"


def test_a_later_account_does_not_inherit_the_id(app: Flask) -> None:
    who = factories.person(app)
    app.test_client().delete(f"{API}/user", headers=who.headers)
    assert factories.person(app, "later@example.com").id != who.id


def _error(response: TestResponse) -> tuple[int, str]:
    return response.status_code, response.get_json()["detail"]["error"]


def _verify(app: Flask, token: str, browser: str) -> TestResponse:
    return app.test_client().post(f"{API}/auth/verify", json={"token": token, "browser_id": browser})


def _token(app: Flask) -> str:
    """Return a fresh token for the one address that waits."""
    [link] = factories.links(app)
    return factories.link_token(link)


def _talk(app: Flask, session: str, text: str = "What is a foghorn?", **asked: Any) -> None:
    headers = asked.pop("headers", {})
    app.test_client().post(f"{API}/chat", json=factories.question(text, session, **asked), headers=headers)


def test_signing_in_moves_the_anonymous_transcript_into_the_account(app: Flask, client: FlaskClient) -> None:
    session = factories.session_id()
    _talk(app, session)
    browser = factories.session_id()
    factories.sign_up(client, migrate_session=session.upper(), browser_id=browser)
    headers = factories.bearer(_verify(app, _token(app), browser).get_json()["session_token"])
    [saved] = client.get(f"{API}/chat/saved", headers=headers).get_json()["chats"]
    assert saved["title"] == "What is a foghorn?"
    assert factories.count(app, AnonymousSession) == 0


def test_signing_in_tells_which_chat_each_conversation_became(app: Flask, client: FlaskClient) -> None:
    session, browser = factories.session_id(), factories.session_id()
    lamps, fog = factories.session_id(), factories.session_id()
    for asked, conversation in (("Lamps?", lamps), ("What is a foghorn?", fog), ("And oil?", lamps)):
        _talk(app, session, asked, conversation_id=conversation)
    factories.sign_up(client, migrate_session=session, browser_id=browser)
    answer = _verify(app, _token(app), browser).get_json()
    headers = factories.bearer(answer["session_token"])
    chats = [client.get(f"{API}/chat/saved/{one}", headers=headers).get_json() for one in answer["chat_ids"]]
    assert [(chat["conversation_id"], chat["title"]) for chat in chats] == [
        (lamps, "Lamps?"),
        (fog, "What is a foghorn?"),
    ]
    assert [turn["content"] for turn in chats[0]["messages"][::2]] == ["Lamps?", "And oil?"]
    assert answer["migrated_messages"] == sum(chat["message_count"] for chat in chats) == 6


def test_what_an_account_had_said_of_a_conversation_stays_in_its_chat(app: Flask) -> None:
    who, session, conversation = factories.person(app), factories.session_id(), factories.session_id()
    _talk(app, session, "Before?", conversation_id=conversation, headers=who.headers)
    # The session ended meanwhile, and the reader went on.
    _talk(app, session, "After?", conversation_id=conversation)
    client = app.test_client()
    body = factories.chat("Before?") | {"conversation_id": conversation}
    saved = client.post(f"{API}/chat/save", json=body, headers=who.headers).get_json()
    client.post(f"{API}/auth/migrate-session", json={"anon_id": session}, headers=who.headers)
    chat = client.get(f"{API}/chat/saved/{saved['chat_id']}", headers=who.headers).get_json()
    assert [turn["content"] for turn in chat["messages"][::2]] == ["Before?", "After?"]


def test_of_very_many_conversations_the_newest_are_saved(app: Flask) -> None:
    who, session = factories.person(app), factories.session_id()
    for _ in range(2):
        _talk(app, session)
    with app.app_context():
        own = {"anonymous_session_id": session, "role": "user", "sources": [], "citations": [], "content": "Why?"}
        db.session.execute(insert(Message), [own | {"conversation_id": f"{number}"} for number in range(30)])
        db.session.commit()
        moved = personal_data.adopt(session, who.id)
        db.session.commit()
    assert (moved.messages, len(moved.chat_ids)) == (34, 20)
    kept = {chat["conversation_id"] for chat in factories.rows(app, SavedChat.__table__)}
    assert kept == {f"{number}" for number in range(10, 30)}


def test_signing_in_with_a_session_that_is_gone_still_works(app: Flask, client: FlaskClient) -> None:
    browser = factories.session_id()
    factories.sign_up(client, migrate_session=factories.session_id(), browser_id=browser)
    answer = _verify(app, _token(app), browser)
    assert (answer.status_code, answer.get_json()["chat_ids"]) == (200, [])
    assert factories.count(app, SavedChat) == 0


@pytest.mark.parametrize(("tier", "limit"), [("lightweight", 30), ("full", 100), ("premium", None)])
def test_an_account_tells_what_is_kept_and_what_may_be_asked(app: Flask, tier: str, limit: int | None) -> None:
    who, client = factories.person(app, tier=tier), app.test_client()
    stranger = factories.person(app, "stranger@example.com")
    for question, headers in (("One?", who.headers), ("Two?", who.headers), ("Three?", stranger.headers)):
        asked = client.post(f"{API}/chat", json=factories.question(question), headers=headers).get_json()
        client.post(f"{API}/chat/feedback", json={"message_id": asked["message_id"], "rating": "up"}, headers=headers)
    client.post(f"{API}/chat/save", json=factories.chat(), headers=who.headers)
    told = client.get(f"{API}/user", headers=who.headers).get_json()
    assert told["kept"] == {"saved_chats": 1, "questions": 2, "ratings": 2}
    with app.app_context():
        seconds = settings().rate_limit_window_seconds
    assert told["question_limit"] == (limit and {"questions": limit, "seconds": seconds})


def test_migrating_moves_the_transcript_and_tells_its_length(app: Flask, client: FlaskClient) -> None:
    who, session = factories.person(app), factories.session_id()
    _talk(app, session)
    _talk(app, session)
    response = client.post(f"{API}/auth/migrate-session", json={"anon_id": session}, headers=who.headers)
    assert (response.status_code, response.get_json()) == (200, {"migrated_messages": 4})
    [chat] = factories.rows(app, SavedChat.__table__)
    assert [turn["role"] for turn in chat["messages"]] == ["user", "assistant"] * 2
    assert chat["user_id"] == who.id
    owners = {(turn["user_id"], turn["anonymous_session_id"]) for turn in factories.rows(app, Message.__table__)}
    assert owners == {(who.id, None)}
    assert factories.count(app, AnonymousSession) == 0


def test_migrating_twice_finds_nothing_the_second_time(app: Flask, client: FlaskClient) -> None:
    who, session = factories.person(app), factories.session_id()
    _talk(app, session)
    path, body = f"{API}/auth/migrate-session", {"anon_id": session}
    client.post(path, json=body, headers=who.headers)
    assert _error(client.post(path, json=body, headers=who.headers)) == (404, "session_not_found")


def test_migrating_at_once_moves_the_transcript_once(app: Flask) -> None:
    who, session = factories.person(app), factories.session_id()
    _talk(app, session)

    def migrate(_: int) -> int:
        body = {"anon_id": session}
        return app.test_client().post(f"{API}/auth/migrate-session", json=body, headers=who.headers).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(migrate, range(8)))
    assert sorted(statuses) == [200] + [404] * 7
    assert factories.count(app, SavedChat) == 1


def test_a_transcript_older_than_a_day_is_not_migrated(app: Flask, client: FlaskClient) -> None:
    who, session = factories.person(app), factories.session_id()
    _talk(app, session)
    with app.app_context():
        db.session.execute(update(AnonymousSession).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
        db.session.commit()
    response = client.post(f"{API}/auth/migrate-session", json={"anon_id": session}, headers=who.headers)
    assert _error(response) == (404, "session_not_found")


def _fill(app: Flask, who: Person, number: int) -> None:
    """Leave so many events, messages and saved chats of a person."""
    with app.app_context():
        numbers, now = range(number), utcnow()
        event = {"event_type": "opened", "event_data": {}, "user_id": who.id, "logged_at": now}
        db.session.execute(insert(AnalyticsEvent), [event for _ in numbers])
        message = {"user_id": who.id, "role": "user", "content": "Why?", "sources": [], "citations": []}
        db.session.execute(insert(Message), [message | {"conversation_id": str(each)} for each in numbers])
        chat = {"user_id": who.id, "title": "T", "messages": [{"role": "user", "content": "Why?"}], "saved_at": now}
        db.session.execute(insert(SavedChat), [chat for _ in numbers])
        db.session.commit()


def test_an_export_of_many_rows_comes_whole_in_pieces(app: Flask) -> None:
    who = factories.person(app)
    _fill(app, who, 450)
    response = app.test_client().get(f"{API}/user/export", headers=who.headers)
    pieces = [bytes(piece) for piece in response.iter_encoded()]
    assert len(pieces) > 3
    export = json.loads(b"".join(pieces))
    for key in ("analytics_events", "messages", "saved_chats"):
        assert len(export[key]) == 450
    assert len({row["event_id"] for row in export["analytics_events"]}) == 450


def test_an_export_that_fails_on_the_way_ends_early(make_app: MakeApp) -> None:
    app = make_app()
    who = factories.person(app)
    _fill(app, who, 450)
    pieces = app.test_client().get(f"{API}/user/export", headers=who.headers).iter_encoded()
    came = [next(pieces)]
    with app.app_context():
        db.session.execute(text("ALTER TABLE analytics_events RENAME TO elsewhere"))
        db.session.commit()
    try:
        with pytest.raises(DBAPIError):
            came.extend(pieces)
        assert came[0].startswith(b'{"user":{"email":')
        with pytest.raises(json.JSONDecodeError):
            json.loads(b"".join(came))
    finally:
        with app.app_context():
            db.session.execute(text("ALTER TABLE elsewhere RENAME TO analytics_events"))
            db.session.commit()


def test_an_account_of_any_size_is_deleted_in_short_transactions(app: Flask) -> None:
    who, other = factories.person(app), factories.person(app, "other@example.com")
    _fill(app, who, 1_200)
    _fill(app, other, 3)
    with log_sql(app) as statements:
        assert app.test_client().delete(f"{API}/user", headers=who.headers).status_code == 204
    assert statements.count("COMMIT") > 3 * (1_200 // personal_data.ERASE_BATCH)
    for model in (AnalyticsEvent, Message, SavedChat):
        assert factories.count(app, model, model.user_id == who.id) == 0
        assert factories.count(app, model) >= 3


def test_a_deletion_that_broke_off_has_shut_the_account_and_goes_on(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = factories.person(app)
    _fill(app, who, 30)
    monkeypatch.setattr(personal_data, "ERASE_SECONDS", 0.0)
    client = app.test_client()
    assert client.delete(f"{API}/user", headers=who.headers).status_code == 204
    assert factories.count(app, Message) == 30
    assert client.get(f"{API}/auth/session-check", headers=who.headers).status_code == 401
    assert who.email not in tables.dump(app).text
    again = factories.person(app, who.email)
    with app.app_context():
        pruning.prune_all()
    assert factories.count(app, Message) == 0
    assert [user["id"] for user in factories.rows(app, User.__table__)] == [again.id]
