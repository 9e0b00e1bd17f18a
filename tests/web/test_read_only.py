"""Read-only mode: every call that stores is refused, readers read and get answers, nothing of theirs is written."""

from datetime import timedelta
from pathlib import Path

from flask import Flask

from chatkit.auth.models import SessionToken
from chatkit.database import lease
from chatkit.database.orm import db
from chatkit.server.background import Job, Scheduler
from chatkit.web import read_only
from tests import calls, factories, servers
from tests.calls import CALLS
from tests.factories import API, MakeApp

# Counted, and never of anybody's words.
COUNTED = {"rate_limits"}


def _switch(app: Flask, state: str) -> str:
    result = app.test_cli_runner().invoke(args=["read-only", state, "--no-wait"])
    assert result.exit_code == 0, result.output
    return result.output


def _stored(app: Flask) -> dict[str, list[dict[str, object]]]:
    return {name: factories.rows(app, table) for name, table in db.metadata.tables.items() if name not in COUNTED}


def test_what_stores_is_refused_and_nothing_is_written(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app(**{f"RATE_LIMIT_{name}": 10**6 for name in ("ANALYTICS", "EDIT")})
    factories.index(app, tmp_path / "pages")
    visit = calls.visit(app)
    _switch(app, "on")
    before = _stored(app)
    client = visit.client
    for call in CALLS:
        path = API + call.path.format(visit=visit)
        headers = visit.who.headers if call.signed_in else {}
        answer = client.open(path, method=call.method, json=call.body(visit), headers=headers)
        answer.get_data()
        reads = call.method == "GET" or call.endpoint in {"chat.ask", "chat.ask_and_stream", "chat.resume"}
        # Where nobody is an owner, no call is theirs.
        if reads or call.endpoint.startswith("owner_api."):
            assert answer.status_code == call.status, call
        else:
            detail = answer.get_json()["detail"]
            assert (answer.status_code, detail["error"]) == (503, "read_only"), call
            assert answer.headers["Retry-After"] == str(detail["retry_after"])
    answer = client.post(f"{API}/chat", json=factories.question()).get_json()
    assert ("foghorn" in answer["answer"], bool(answer["sources"])) == (True, True)
    assert _stored(app) == before
    assert "is on, since 20" in _switch(app, "status")
    _switch(app, "off")
    assert client.post(f"{API}/chat/save", json=factories.chat(), headers=visit.who.headers).status_code == 200


def test_a_session_that_is_used_is_not_written_to(make_app: MakeApp) -> None:
    app = make_app()
    who = factories.person(app)
    factories.age_session(app, who, last_seen_at=timedelta(hours=1))
    before = factories.rows(app, SessionToken.__table__)
    _switch(app, "on")
    assert factories.check_session(app, who.token).status_code == 200
    assert factories.rows(app, SessionToken.__table__) == before


def test_work_beside_the_requests_rests(make_app: MakeApp) -> None:
    app, was_on = make_app(), list[bool]()
    _switch(app, "on")
    job = Job("work", 0.01, lambda: was_on.append(read_only.since() is not None))
    scheduler = Scheduler(app, [job], tick_seconds=0.01)
    scheduler.start()

    def leads() -> bool:
        with app.app_context():
            return lease.is_held(lease.BACKGROUND)

    servers.eventually(leads)
    _switch(app, "off")
    servers.eventually(lambda: bool(was_on))
    scheduler.stop()
    assert True not in was_on
