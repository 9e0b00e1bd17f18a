"""Two people against every call that names something by its id: what is another's is not there."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from chatkit.chat import transcripts
from chatkit.chat.transcripts import Conversation
from tests import factories
from tests.factories import API, Person


def _saved_chat(app: Flask, owner: Person) -> str:
    response = app.test_client().post(f"{API}/chat/save", json=factories.chat(), headers=owner.headers)
    return str(response.get_json()["chat_id"])


def _session(app: Flask, owner: Person) -> str:
    # Another than the one that asks, which would end with the first call.
    factories.another_session(app, owner)
    listed = app.test_client().get(f"{API}/auth/sessions", headers=owner.headers).get_json()["sessions"]
    return next(str(row["id"]) for row in listed if not row["current"])


def _answer(app: Flask, owner: Person) -> str:
    response = app.test_client().post(f"{API}/chat", json=factories.question(), headers=owner.headers)
    return str(response.get_json()["message_id"])


# What makes a thing of a person's and returns its id, by the name the id has in a path.
IN_PATHS: dict[str, Callable[[Flask, Person], str]] = {"chat_id": _saved_chat, "session_id": _session}
PATCHES = {"/chat/saved/<int(max=2147483647):chat_id>": {"title": "Mine now"}}


@dataclass(frozen=True)
class InBody:
    """A call whose body names a thing by its id."""

    make: Callable[[Flask, Person], str]
    body: Callable[[str], Any]


IN_BODIES = {
    ("/chat", "message_id"): InBody(_answer, lambda name: factories.question() | {"message_id": name}),
    ("/chat/stream", "message_id"): InBody(_answer, lambda name: factories.question() | {"message_id": name}),
    ("/chat/resume", "message_id"): InBody(_answer, lambda name: {"message_id": name}),
    ("/chat/stop", "message_id"): InBody(_answer, lambda name: {"message_id": name}),
    ("/chat/feedback", "message_id"): InBody(_answer, lambda name: {"message_id": name, "rating": "up"}),
}
# Ids a browser makes at random and shows to nobody but the server: whoever knows one, it belongs to.
OWN_SECRETS = {"session_id", "conversation_id", "browser_id", "anon_id", "migrate_session"}


def _rules(app: Flask, *, of_owners: bool = False) -> Iterator[tuple[str, Rule]]:
    """Return every call that takes an id in its path, and is for those who sign in: readers, or owners of the site."""
    for rule in app.url_map.iter_rules():
        decision = getattr(app.view_functions[rule.endpoint], "auth_decision", "public")
        if rule.arguments and decision != "public" and (decision == "owner") == of_owners:
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield method, rule


def _call(app: Flask, who: Person | None, method: str, path: str, body: Any = None) -> int:
    headers = who.headers if who else {}
    return app.test_client().open(path, method=method, json=body, headers=headers).status_code


def test_what_a_path_names_is_there_for_its_owner_alone(app: Flask) -> None:
    owner, stranger = factories.person(app), factories.person(app, "other@example.com")
    tried = []
    for method, rule in _rules(app):
        [argument] = rule.arguments
        assert argument in IN_PATHS, f"{rule.rule}: say in IN_PATHS what makes such a thing"
        path = re.sub("<[^>]*>", IN_PATHS[argument](app, owner), rule.rule)
        body = PATCHES.get(rule.rule.removeprefix(API)) if method == "PATCH" else None
        assert _call(app, stranger, method, path, body) == 404, (method, rule.rule)
        assert _call(app, owner, method, path, body) < 300, (method, rule.rule)
        tried.append((method, argument))
    assert {("GET", "chat_id"), ("PATCH", "chat_id"), ("DELETE", "chat_id"), ("DELETE", "session_id")} <= set(tried)


def test_what_a_path_of_the_owners_room_names_is_there_for_no_reader(app: Flask) -> None:
    reader = factories.person(app)
    rules = list(_rules(app, of_owners=True))
    assert rules
    for method, rule in rules:
        path = re.sub("<[^>]*>", "1", rule.rule)
        assert 300 <= _call(app, reader, method, path) < 500, (method, rule.rule)


@pytest.mark.parametrize("call", IN_BODIES, ids=lambda call: call[0])
def test_what_a_body_names_is_there_for_its_owner_alone(app: Flask, call: tuple[str, str]) -> None:
    owner, stranger = factories.person(app), factories.person(app, "other@example.com")
    path, named = f"{API}{call[0]}", IN_BODIES[call]
    body = named.body(named.make(app, owner))
    assert _call(app, stranger, "POST", path, body) == 404
    assert _call(app, None, "POST", path, body) == 404
    assert _call(app, owner, "POST", path, body) < 300


def test_every_id_in_a_body_is_tried_or_a_secret_of_its_own(plain_app: Flask) -> None:
    document = plain_app.extensions["chatkit_openapi"]

    def ids(schema: dict[str, Any]) -> Iterator[str]:
        if "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        for name, inner in schema.get("properties", {}).items():
            if name.endswith("_id") or name == "migrate_session":
                yield name
            yield from ids(inner)
        if "items" in schema:
            yield from ids(schema["items"])

    found = {
        (path.removeprefix(API), name)
        for path, operations in document["paths"].items()
        for operation in operations.values()
        if "requestBody" in operation
        for body in operation["requestBody"]["content"].values()
        for name in ids(body["schema"])
    }
    assert {call for call in found if call[1] not in OWN_SECRETS} == set(IN_BODIES)


def test_a_conversation_of_another_is_not_followed(app: Flask) -> None:
    owner, stranger = factories.person(app), factories.person(app, "other@example.com")
    conversation = factories.session_id()
    body = factories.question("What is a foghorn?", conversation_id=conversation)
    app.test_client().post(f"{API}/chat", json=body, headers=owner.headers)
    with app.app_context():
        own = transcripts.history(Conversation(factories.session_id(), owner.id, conversation), 10)
        others = [
            transcripts.history(Conversation(factories.session_id(), user_id, conversation), 10)
            for user_id in (stranger.id, None)
        ]
    assert (len(own), others) == (2, [[], []])
