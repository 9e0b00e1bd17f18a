"""/mcp on the wire: what it takes and refuses, what is counted, and that nothing of a program is kept."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from sqlalchemy import select
from werkzeug.test import TestResponse

from chatkit.analytics.models import AnalyticsEvent
from chatkit.chat.models import Message
from chatkit.database.orm import db
from chatkit.search.models import Page, PassageRow
from tests import factories
from tests.factories import MakeApp
from tests.invented import tries

META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}
TOKEN = factories.SECRET_KEY[::-1]


def _post(client: FlaskClient, body: Any, **headers: str) -> TestResponse:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post(
        "/mcp",
        data=body if isinstance(body, bytes) else json.dumps(body),
        headers=sent,
        content_type="application/json",
    )


def _request(method: str, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 7, "method": method, "params": params}


def _call(client: FlaskClient, name: str, arguments: Any, **headers: str) -> TestResponse:
    """Call a tool as the stateless revision does."""
    body = _request("tools/call", name=name, arguments=arguments, _meta=META)
    return _post(client, body, MCP_Protocol_Version="2026-07-28", Mcp_Method="tools/call", Mcp_Name=name, **headers)


def _error(answer: TestResponse) -> tuple[int, int]:
    body = answer.get_json()
    assert set(body) == {"jsonrpc", "id", "error"}
    return answer.status_code, body["error"]["code"]


def test_every_result_says_who_answers(guide: Flask) -> None:
    body = _request("server/discover", _meta=META)
    answer = _post(guide.test_client(), body, MCP_Protocol_Version="2026-07-28", Mcp_Method="server/discover")
    found = answer.get_json()["result"]
    assert found["supportedVersions"] == ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26"]
    assert (found["resultType"], found["cacheScope"]) == ("complete", "public")
    assert found["_meta"]["io.modelcontextprotocol/serverInfo"]["name"] == "chatkit"


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"{", {}, 400, -32700),
        (b"[" * 100_000, {}, 400, -32700),
        (b'{"a": NaN}', {}, 400, -32700),
        ([], {}, 400, -32600),
        ([_request("ping")], {}, 400, -32600),
        ("text", {}, 400, -32600),
        ({"jsonrpc": "1.0", "id": 1, "method": "ping"}, {}, 400, -32600),
        ({"jsonrpc": "2.0", "id": None, "method": "ping"}, {}, 400, -32600),
        ({"jsonrpc": "2.0", "id": True, "method": "ping"}, {}, 400, -32600),
        ({"jsonrpc": "2.0", "id": 1.5, "method": "ping"}, {}, 400, -32600),
        ({"jsonrpc": "2.0", "id": {"a": 1}, "method": "ping"}, {}, 400, -32600),
        (b'{"jsonrpc": "2.0", "method": "ping", "id": ' + b"1" * 5000 + b"}", {}, 400, -32700),
        (b'{"jsonrpc": "2.0", "method": "ping", "id": "\\ud800"}', {}, 422, 422),
        ({"jsonrpc": "2.0", "id": 1, "method": "ping", "params": []}, {}, 400, -32602),
        # The stateless revision, without what it requires or with what contradicts it.
        (_request("tools/list"), {"MCP_Protocol_Version": "2026-07-28"}, 400, -32602),
        (_request("tools/list", _meta=META), {}, 400, -32020),
        (_request("tools/list", _meta=META), {"MCP_Protocol_Version": "2025-11-25"}, 400, -32020),
        (_request("tools/list", _meta=META), {"MCP_Protocol_Version": "2026-07-28"}, 400, -32020),
        (
            _request("tools/call", name="fetch", arguments={}, _meta=META),
            {"MCP_Protocol_Version": "2026-07-28", "Mcp_Method": "tools/call", "Mcp_Name": "search"},
            400,
            -32020,
        ),
        (
            _request("tools/call", name="x", _meta=META),
            {"MCP_Protocol_Version": "2026-07-28", "Mcp_Method": "tools/call", "Mcp_Name": "=?base64?x?="},
            400,
            -32020,
        ),
        (
            _request("tools/list", _meta=META | {"io.modelcontextprotocol/protocolVersion": "1900-01-01"}),
            {"MCP_Protocol_Version": "1900-01-01", "Mcp_Method": "tools/list"},
            400,
            -32022,
        ),
        (
            _request("resources/list", _meta=META),
            {"MCP_Protocol_Version": "2026-07-28", "Mcp_Method": "resources/list"},
            404,
            -32601,
        ),
        # Earlier revisions answer whatever could be read with 200.
        (_request("resources/list"), {"MCP_Protocol_Version": "2025-11-25"}, 200, -32601),
        (_request("tools/call", name="none", arguments={}), {}, 200, -32602),
        (_request("tools/call", name="search", arguments=[]), {}, 200, -32602),
    ],
)
def test_what_cannot_be_answered_is_an_error_of_json_rpc(
    plain_app: Flask, body: Any, headers: dict[str, str], status: int, code: int
) -> None:
    assert _error(_post(plain_app.test_client(), body, **headers)) == (status, code)


def test_a_name_may_be_encoded_in_its_header(guide: Flask) -> None:
    body = _request("tools/call", name="search", arguments={"query": "fog"}, _meta=META)
    told = {"MCP_Protocol_Version": "2026-07-28", "Mcp_Method": "tools/call", "Mcp_Name": "=?base64?c2VhcmNo?="}
    assert _post(guide.test_client(), body, **told).status_code == 200


def test_an_unknown_version_is_told_the_known_ones(plain_app: Flask) -> None:
    meta = META | {"io.modelcontextprotocol/protocolVersion": "1900-01-01"}
    told = {"MCP_Protocol_Version": "1900-01-01", "Mcp_Method": "tools/list"}
    data = _post(plain_app.test_client(), _request("tools/list", _meta=meta), **told).get_json()["error"]["data"]
    assert data["requested"] == "1900-01-01"
    assert data["supported"][0] == "2026-07-28"


@pytest.mark.parametrize("method", ["get", "delete", "put"])
def test_only_post_is_taken(plain_app: Flask, method: str) -> None:
    answer = getattr(plain_app.test_client(), method)("/mcp")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_a_notification_is_acknowledged_and_not_answered(plain_app: Flask) -> None:
    body = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    answer = _post(plain_app.test_client(), body)
    assert (answer.status_code, answer.data) == (202, b"")


def test_an_older_client_gets_a_version_that_both_know_and_no_session(plain_app: Flask) -> None:
    client = plain_app.test_client()
    for asked, agreed in (("2025-06-18", "2025-06-18"), ("2024-11-05", "2025-11-25"), (7, "2025-11-25")):
        answer = _post(client, _request("initialize", protocolVersion=asked, capabilities={}, clientInfo={}))
        assert answer.get_json()["result"]["protocolVersion"] == agreed
        assert "Mcp-Session-Id" not in answer.headers
    assert _post(client, _request("ping")).get_json()["result"] == {}


def test_only_allowed_origins_are_answered(make_app: MakeApp) -> None:
    client = make_app(CORS_ORIGINS="https://docs.example.com").test_client()
    assert _post(client, _request("ping")).status_code == 200
    for origin in ("http://127.0.0.1:8000", "https://docs.example.com"):
        assert _post(client, _request("ping"), Origin=origin).status_code == 200, origin
    similar = ("https://docs.example.com.evil.example", "http://docs.example.com", "https://DOCS.example.com")
    for origin in ("https://evil.example.com", *similar, "null", ""):
        assert _error(_post(client, _request("ping"), Origin=origin)) == (403, 403), origin
    # A name of a stranger that leads here is no origin of this server, whatever the browser takes it for.
    rebound = {"Host": "evil.example.com:8000", "Origin": "http://evil.example.com:8000"}
    assert _error(_post(client, _request("ping"), **rebound)) == (403, 403)


def test_what_a_client_says_beside_its_message_changes_nothing(plain_app: Flask) -> None:
    said = {"Mcp-Session-Id": "of another server", "Accept": "text/html", "Last-Event-ID": "7"}
    answer = _post(plain_app.test_client(), _request("ping"), **said)
    assert (answer.status_code, answer.get_json()) == (200, {"jsonrpc": "2.0", "id": 7, "result": {}})


@pytest.mark.parametrize("token", [{}, {"MCP_TOKEN": TOKEN}])
def test_whatever_is_not_the_bearer_is_refused(make_app: MakeApp, token: dict[str, str]) -> None:
    client = make_app(**token).test_client()
    for authorization in ("", "Bearer", "Bearer ", "Basic Og==", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer None"):
        assert _error(_post(client, _request("ping"), Authorization=authorization)) == (401, 401), authorization


def test_arguments_that_do_not_fit_say_what_to_do(guide: Flask) -> None:
    client = guide.test_client()
    for name, arguments in (
        ("search", {}),
        ("search", {"query": " "}),
        ("search", {"query": 1}),
        ("search", {"query": "a" * 501}),
        ("search", {"query": "fog", "site": "other.example.com"}),
        ("fetch", {"id": "0123456789abcdef"}),
        ("fetch", {"id": "https://elsewhere.example.com/"}),
        ("fetch", {"id": "file:///etc/passwd"}),
        ("fetch", {"id": "/guide/foghorn", "cursor": "other-1"}),
    ):
        found = _call(client, name, arguments).get_json()["result"]
        assert found["isError"] is True, (name, arguments)
        assert found["content"][0]["text"].endswith("."), found


def test_excluded_pages_are_neither_found_nor_fetched(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app(MACHINES_EXCLUDE="/guide/lamps/")
    factories.index(app, tmp_path / "guide")
    client = app.test_client()
    found = _call(client, "search", {"query": "trim the wick of oil lamps"}).get_json()["result"]["structuredContent"]
    assert [one for one in found["results"] if "lamps" in one["url"]] == []
    with app.app_context():
        (passage,) = db.session.scalars(select(PassageRow.stable_id).join(Page).where(Page.url == "/guide/lamps/oil"))
    here = "http://127.0.0.1:8000"
    paths = ("/guide/lamps/oil", "/guide/lamps/oil/", "/guide/lamps/oil.html", "/guide/lamps/oil?a=1#oil-lamps")
    others = (
        "/guide/./lamps/oil",
        "/guide/x/../lamps/oil",
        "/guide//lamps/oil",
        "/guide/%6camps/oil",
        "/guide/LAMPS/oil",
    )
    for id_ in (*paths, *others, *(f"{here}{path}" for path in (*paths, *others)), passage, f" {passage} "):
        assert _call(client, "fetch", {"id": id_}).get_json()["result"]["isError"] is True, id_


def test_calls_are_counted_apart_from_readers(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app(MCP_ASK="on", MCP_TOKEN=TOKEN)
    factories.index(app, tmp_path / "guide")

    def counted() -> list[float]:
        names = ("mcp_search", "mcp_fetch", "mcp_ask")
        calls = [("chatkit_machine_calls_total", {"what": name, "outcome": "answered"}) for name in names]
        asked = ("chatkit_questions_total", {"outcome": "not_covered", "source": "extractive"})
        return [REGISTRY.get_sample_value(*each) or 0 for each in (*calls, asked)]

    before, client = counted(), app.test_client()
    _call(client, "search", {"query": "foghorn"})
    _call(client, "fetch", {"id": "/guide/foghorn"})
    _call(client, "ask", {"question": "Who won the cup?"}, Authorization=f"Bearer {TOKEN}")
    assert [after - earlier for after, earlier in zip(counted(), before, strict=True)] == [1, 1, 1, 0]
    events = [row["event_type"] for row in factories.rows(app, AnalyticsEvent.__table__)]
    assert events == ["mcp_search", "mcp_fetch", "mcp_ask"]
    assert factories.count(app, Message) == 0
    with app.app_context():
        assert factories.count(app, db.metadata.tables["gaps"]) == 0
        assert factories.count(app, db.metadata.tables["anonymous_sessions"]) == 0


def test_no_client_can_report_a_call_of_a_program(plain_app: Flask) -> None:
    answer = plain_app.test_client().post(f"{factories.API}/analytics/event", json={"event_type": "mcp_ask"})
    assert answer.status_code == 422


def test_each_tool_has_a_limit_of_its_own(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app(RATE_LIMIT_MCP_SEARCH=1, RATE_LIMIT_MCP_FETCH=1)
    factories.index(app, tmp_path / "guide")
    client = app.test_client()
    for name, arguments in (("search", {"query": "fog"}), ("fetch", {"id": "/guide/foghorn"})):
        assert _call(client, name, arguments).status_code == 200
        refused = _call(client, name, arguments)
        assert _error(refused) == (429, 429)
        assert int(refused.headers["Retry-After"]) >= 1
        assert "Try again in" in refused.get_json()["error"]["message"]


def test_all_calls_together_are_limited(make_app: MakeApp) -> None:
    client = make_app(RATE_LIMIT_MCP=2).test_client()
    notification = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    statuses = [_post(client, body).status_code for body in (_request("ping"), notification, notification)]
    assert statuses == [200, 202, 429]


def test_programs_ask_so_much_a_day_together(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app(MCP_ASK="on", MCP_TOKEN=TOKEN, RATE_LIMIT_MCP_ASK_DAY=1)
    factories.index(app, tmp_path / "guide")
    statuses = [
        _call(
            app.test_client(), "ask", {"question": "How often does it sound?"}, Authorization=f"Bearer {TOKEN}"
        ).status_code
        for _ in range(2)
    ]
    assert statuses == [200, 429]


def test_the_owner_may_switch_it_off(make_app: MakeApp) -> None:
    assert _error(_post(make_app(MCP="off").test_client(), _request("ping"))) == (404, 404)


def test_what_is_no_json_or_too_large_is_an_error_of_json_rpc(plain_app: Flask) -> None:
    client = plain_app.test_client()
    assert _error(client.post("/mcp", data="x", content_type="text/plain")) == (415, 415)
    assert _error(_post(client, b" " * (256 * 1024 + 1))) == (413, 413)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=8), children, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["search", "fetch", "ask", "none"])
METHODS = st.sampled_from(["tools/call", "tools/list", "initialize", "server/discover", "ping", "x"])


@tries(30)
@given(st.fixed_dictionaries({"method": METHODS, "name": NAMES | JSON, "arguments": JSON, "query": JSON, "meta": JSON}))
def test_any_message_gets_a_clear_answer(plain_app: Flask, said: dict[str, Any]) -> None:
    arguments = {"query": said["query"], "id": said["query"], "cursor": said["query"], "site": said["query"]}
    client = plain_app.test_client()
    for given_arguments in (said["arguments"], arguments):
        body = _request(said["method"], name=said["name"], arguments=given_arguments, _meta=said["meta"])
        answer = _post(client, body)
        assert answer.status_code < 500 or answer.status_code == 503, body
        assert answer.get_json()["jsonrpc"] == "2.0"
