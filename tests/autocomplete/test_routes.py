"""/search and /suggestions: what they answer, whom they count, and that they keep nothing."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from chatkit.database.orm import db
from tests import factories
from tests.factories import API, MakeApp

SEARCH, SUGGESTIONS = f"{API}/search", f"{API}/suggestions"
PAGE = "http://localhost/guide/foghorn"


def _search(client: FlaskClient, q: str, address: str = "192.0.2.1", **sent: Any) -> TestResponse:
    return client.get(SEARCH, query_string={"q": q}, environ_base={"REMOTE_ADDR": address}, **sent)


def test_a_search_answers_sections_with_what_was_searched_for(reader: FlaskClient) -> None:
    first = _search(reader, "foghorn interv").get_json()["results"][0]
    assert first["title"] == "Foghorn › Changing the interval"
    assert first["path"] == ["Foghorn", "Changing the interval"]
    assert first["url"] == "/guide/foghorn#changing-the-interval"
    assert first["excerpt"] == "Set FOGHORN_INTERVAL to change how often the foghorn sounds."
    marked = [first["excerpt"][start:end] for start, end in first["highlights"]]
    assert marked == ["FOGHORN_INTERVAL", "foghorn"]
    assert [first["path"][-1][start:end] for start, end in first["heading_highlights"]] == ["interval"]


def test_no_excerpt_is_longer_than_promised_and_each_shows_what_was_searched_for(
    app: Flask, reader: FlaskClient, tmp_path: Any
) -> None:
    pages = {"long.md": f"# Long\n\n{'Before it words come, ' * 20}the zebra{', and words after' * 20}.\n"}
    factories.index(app, tmp_path / "long", pages)
    (found,) = _search(reader, "zebr").get_json()["results"]
    assert len(found["excerpt"]) <= 200
    assert (found["excerpt"][:11], found["excerpt"][-1]) == ("…zebra, and", "…")
    assert found["highlights"] == [[1, 6]]


@pytest.mark.parametrize(
    ("query", "headers", "code"),
    [
        ({}, {}, "invalid_request"),
        ({"q": "a" * 201}, {}, "query_too_long"),
        ({"q": "fog", "language": "?"}, {}, "invalid_request"),
        ({"q": "fog"}, {"X-Session-ID": "1"}, "invalid_session_id"),
    ],
)
def test_a_bad_search_is_refused(plain_app: Flask, query: Any, headers: Any, code: str) -> None:
    answer = plain_app.test_client().get(SEARCH, query_string=query, headers=headers)
    assert (answer.status_code, answer.get_json()["detail"]["error"]) == (422, code)


def test_nothing_of_a_search_is_kept(app: Flask, reader: FlaskClient) -> None:
    def kept() -> dict[str, Any]:
        with app.app_context():
            tables = [table for table in db.metadata.sorted_tables if table.name != "rate_limits"]
        return {table.name: factories.rows(app, table) for table in tables}

    before = kept()
    headers = {"X-Session-ID": factories.session_id()}
    assert _search(reader, "foghorn", headers=headers).get_json()["results"]
    assert reader.get(SUGGESTIONS, query_string={"page_url": PAGE}, headers=headers).status_code == 200
    assert kept() == before


def test_searches_and_suggestions_are_limited_together_by_session_and_by_address(make_app: MakeApp) -> None:
    client = make_app(RATE_LIMIT_SEARCH=2, RATE_LIMIT_SEARCH_ADDRESS=3).test_client()
    own = {"X-Session-ID": factories.session_id()}
    statuses = [_search(client, "fog", f"192.0.2.{number}", headers=own).status_code for number in (1, 2, 3)]
    assert statuses == [200, 200, 429]
    # Sessions are readers who share an address, or one who makes new ones.
    office = {"environ_base": {"REMOTE_ADDR": "198.51.100.1"}}
    statuses = [
        client.get(SUGGESTIONS, headers={"X-Session-ID": factories.session_id()}, **office).status_code
        for _ in range(4)
    ]
    assert statuses == [200, 200, 200, 429]
    refused = _search(client, "fog", "198.51.100.1")
    assert refused.status_code == 429
    assert refused.headers["RateLimit-Policy"] == '"search";q=3;w=60'


def test_a_search_with_an_account_counts_against_it_alone(make_app: MakeApp) -> None:
    app = make_app(RATE_LIMIT_SEARCH=1)
    who, client = factories.person(app), app.test_client()
    assert _search(client, "fog", headers=who.headers).status_code == 200
    assert _search(client, "fog").status_code == 200
    assert _search(client, "fog", "198.51.100.1", headers=who.headers).status_code == 429


def test_a_browser_may_name_the_session_from_another_origin(plain_app: Flask) -> None:
    headers = {
        "Origin": "http://localhost:3000",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "x-session-id",
    }
    answer = plain_app.test_client().options(SEARCH, headers=headers)
    assert "x-session-id" in answer.headers["Access-Control-Allow-Headers"].lower()
