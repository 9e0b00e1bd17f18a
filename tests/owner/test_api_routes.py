"""The calls of the room: the test set goes out and comes back."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from chatkit.audit.models import AuditEntry
from chatkit.database.orm import table
from chatkit.evaluation.models import TestQuestion
from tests import factories
from tests.factories import API, MakeApp
from tests.owner import room
from tests.owner.room import ORIGIN, OWNERS

TESTS = f"{API}/owner/tests"
LINES = (
    '{"question": "How often does it sound?", "answered_by": ["/guide/foghorn"], "shows": [["dense"]], "site": "z"}\n'
    '{"question": "Wer\u2028läutet?", "answered_by": []}\n'
)


def _send(client: FlaskClient, lines: str | bytes, **headers: str) -> TestResponse:
    headers = {"Content-Type": "application/jsonl", "Origin": ORIGIN} | headers
    return client.post(TESTS, data=lines, headers=headers)


def _refused(response: TestResponse) -> tuple[int, str]:
    return response.status_code, response.get_json()["detail"]["error"]


def _acts(app: Flask) -> list[tuple[str, str, Any]]:
    rows = factories.rows(app, table(AuditEntry))
    return [(row["actor"], row["action"], row["data"]) for row in rows if row["action"] != "owner_signed_in"]


def test_what_is_exported_is_imported_by_the_same_address(owned: Flask, make_app: MakeApp) -> None:
    entered, elsewhere = room.enter(owned), make_app(OWNERS=OWNERS)
    assert _send(entered.client, LINES).get_json() == {"added": 2, "known": 0}
    assert _acts(owned) == [("owner@example.org", "tests_changed", {"added": 2})]
    exported = entered.client.get(TESTS)
    assert exported.get_data(as_text=True) == LINES
    given = {"Content-Type": exported.headers["Content-Type"]}
    assert _send(room.enter(elsewhere).client, exported.get_data(), **given).get_json() == {"added": 2, "known": 0}
    # Windows' line breaks, a mark of the encoding, and one that is new.
    again = "\ufeff" + LINES.replace("\n", "\r\n") + '\r\n{"question": "New?", "answered_by": []}'
    assert _send(entered.client, again).get_json() == {"added": 1, "known": 2}
    assert factories.count(owned, TestQuestion) == 3


def test_each_bad_line_is_named_and_nothing_is_imported(owned: Flask) -> None:
    entered = room.enter(owned)
    refused = _send(entered.client, f'x\n{LINES}{{"question": "Why?"}}\n')
    assert _refused(refused) == (422, "invalid_request")
    said = refused.get_json()["detail"]["fields"]["questions"]
    assert [sentence.partition(" is no question")[0] for sentence in said] == ["Line 1", "Line 4"]
    assert factories.count(owned, TestQuestion) == 0
    assert _acts(owned) == []


@pytest.mark.parametrize(
    ("sent", "content_type", "refusal"),
    [
        (b"", "application/jsonl", (422, "invalid_request")),
        (b" \n\n", "application/jsonl", (422, "invalid_request")),
        ('{"question": "Große?", "answered_by": []}'.encode("latin-1"), "application/jsonl", (422, "invalid_request")),
        (LINES.encode(), "application/json", (415, "unsupported_media_type")),
        (LINES.encode(), "text/plain", (415, "unsupported_media_type")),
        (LINES.encode(), "application/x-www-form-urlencoded", (415, "unsupported_media_type")),
        (b" " * (256 * 1024 + 1), "application/jsonl", (413, "payload_too_large")),
        ('{"question": "x", "answered_by": []}\n' * 2 + "[" * 100_000, "application/jsonl", (422, "invalid_request")),
        (
            "".join(f'{{"question": "{number}", "answered_by": []}}\n' for number in range(2_001)),
            "application/jsonl",
            (409, "storage_full"),
        ),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_cannot_be_imported_is_said_and_changes_nothing(
    owned: Flask, sent: bytes | str, content_type: str, refusal: tuple[int, str]
) -> None:
    entered = room.enter(owned)
    assert _refused(_send(entered.client, sent, **{"Content-Type": content_type})) == refusal
    assert factories.count(owned, TestQuestion) == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": ""},
        {"Origin": "null"},
        {"Origin": "https://docs.example.com"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ],
    ids=str,
)
def test_no_other_origin_imports(owned: Flask, headers: dict[str, str]) -> None:
    """Not even one that the API admits otherwise."""
    entered = room.enter(owned)
    assert _refused(_send(entered.client, LINES, **headers)) == (403, "origin_not_allowed")
    asked = entered.client.options(TESTS, headers={"Access-Control-Request-Method": "POST"} | headers)
    assert not [name for name, _ in asked.headers if name.startswith("Access-Control")]
    assert factories.count(owned, TestQuestion) == 0


def test_only_an_owner_imports(owned: Flask) -> None:
    looking = room.enter(owned, "looks@example.org")
    assert _refused(_send(looking.client, LINES)) == (403, "forbidden")
    assert _refused(_send(owned.test_client(), LINES)) == (401, "unauthorized")
    assert factories.count(owned, TestQuestion) == 0


def test_imports_are_counted_as_what_an_owner_does(make_app: MakeApp) -> None:
    entered = room.enter(make_app(OWNERS=OWNERS, RATE_LIMIT_OWNER=1))
    assert _send(entered.client, LINES).status_code == 200
    assert _refused(_send(entered.client, LINES)) == (429, "rate_limited")
