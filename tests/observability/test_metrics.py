"""/metrics: who may read it, what it counts, and that it is true across workers."""

import os
import re
import time
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.mmap_dict import MmapedDict
from sqlalchemy import update

from chatkit import create_app
from chatkit.database.lease import BACKGROUND, LeaseHolder
from chatkit.database.orm import db, utcnow
from chatkit.mail import service as mail_service
from chatkit.mail.models import OutboxMessage
from chatkit.observability import metric_files
from tests import factories
from tests.conftest import Served
from tests.factories import API, SECRET_KEY, MakeApp
from tests.modelserver import Behaviour, model_server
from tests.servers import LIMIT_SECONDS, LOOPBACK, Gunicorn, eventually

CANARY = "canary-7f3a9c1e5b"


def _metrics(client: FlaskClient, address: str = LOOPBACK, **headers: str) -> int:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get("/metrics", headers=named, environ_base={"REMOTE_ADDR": address}).status_code


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1"])
def test_loopback_may_read_the_metrics(plain_app: Flask, address: str) -> None:
    assert _metrics(plain_app.test_client(), address) == 200


@pytest.mark.parametrize("address", ["192.0.2.1", "10.0.0.1", "2001:db8::1", ""])
def test_nobody_else_may_read_the_metrics(plain_app: Flask, address: str) -> None:
    assert _metrics(plain_app.test_client(), address) == 401


def test_a_forged_forwarded_header_does_not_open_the_metrics(plain_app: Flask) -> None:
    assert _metrics(plain_app.test_client(), "192.0.2.1", X_Forwarded_For="127.0.0.1") == 401


# What proxies, load balancers, caches and clouds leave on a request that they pass on.
MARKS = """
    X-Forwarded-For X-Forwarded-Host X-Forwarded-Proto X-Forwarded-Port X-Forwarded-Server X-Forwarded-Prefix Forwarded
    X-Forwarded Forwarded-For X-Real-IP Via X-Original-Forwarded-For X-Original-Host X-Client-IP Client-IP CDN-Loop
    True-Client-IP Fastly-Client-IP X-Cluster-Client-IP X-Envoy-External-Address X-Azure-ClientIP X-ARR-LOG-ID
    X-Amzn-Trace-Id X-Amz-Cf-Id X-Cloud-Trace-Context X-Appengine-User-IP CF-Connecting-IP CF-Ray CF-IPCountry
    Fly-Client-IP X-Varnish X-ProxyUser-Ip x-forwarded-for VIA
"""


@pytest.mark.parametrize("proxies", [0, 1, 2])
def test_whatever_a_proxy_passes_on_is_not_from_this_machine(sqlite_url: str, proxies: int) -> None:
    """Behind more proxies than there are, a reader keeps the address of the last one, which is this machine."""
    app = create_app({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": sqlite_url, "TRUSTED_PROXIES": proxies})
    client = app.test_client()
    assert _metrics(client) == 200
    assert [mark for mark in MARKS.split() if _metrics(client, **{mark: "127.0.0.1"}) != 401] == []


@pytest.mark.parametrize(
    ("header", "status"),
    [(f"Bearer {CANARY}", 200), ("Bearer wrong", 401), ("Bearer ", 401), (f"Basic {CANARY}", 401), ("Bearer é", 401)],
)
def test_the_metrics_token_opens_the_metrics_from_elsewhere(sqlite_url: str, header: str, status: int) -> None:
    app = create_app({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": sqlite_url, "METRICS_TOKEN": CANARY})
    assert _metrics(app.test_client(), "192.0.2.1", Authorization=header) == status


def test_without_a_token_set_no_bearer_opens_the_metrics(plain_app: Flask) -> None:
    assert _metrics(plain_app.test_client(), "192.0.2.1", Authorization="Bearer None") == 401


def test_metrics_name_routes_and_never_paths(plain_app: Flask) -> None:
    client = plain_app.test_client()
    client.get(f"/{CANARY}")
    client.get(f"{API}/auth/sessions/{CANARY}")
    assert CANARY not in client.get("/metrics").get_data(as_text=True)


def test_metrics_are_prometheus_text(plain_app: Flask) -> None:
    response = plain_app.test_client().get("/metrics")
    assert response.mimetype == "text/plain"
    assert "# TYPE chatkit_requests_total counter" in response.get_data(as_text=True)


@pytest.fixture
def server(sqlite_served: Served) -> Gunicorn:
    """Return a gunicorn with two workers."""
    return sqlite_served.server


def _counted(server: Gunicorn) -> float:
    text = server.request("/metrics").body.decode()
    name = 'chatkit_requests_total{method="GET",route="/openapi.json",status="200"} '
    return sum(float(line.removeprefix(name)) for line in text.splitlines() if line.startswith(name))


def test_metrics_are_true_across_workers(server: Gunicorn) -> None:
    before = _counted(server)
    for _ in range(40):
        server.request("/openapi.json")
    assert {_counted(server) for _ in range(10)} == {before + 40}


def _value(client: FlaskClient, series: str) -> float:
    lines = client.get("/metrics").get_data(as_text=True).splitlines()
    return next((float(line.removeprefix(f"{series} ")) for line in lines if line.startswith(f"{series} ")), 0.0)


@pytest.mark.parametrize(
    ("question", "outcome"), [("Hello!", "greeting"), ("How do I tame a quantum walrus?", "not_covered")]
)
def test_a_question_is_counted_by_its_outcome_and_what_answered_it(
    client: FlaskClient, question: str, outcome: str
) -> None:
    series = f'chatkit_questions_total{{outcome="{outcome}",source="extractive"}}'
    before = _value(client, series)
    assert client.post(f"{API}/chat", json=factories.question(question)).status_code == 200
    assert _value(client, series) == before + 1


def test_what_waits_in_the_outbox_shows_with_its_age(make_app: MakeApp) -> None:
    app = make_app()
    _queue_mail(app)
    client = app.test_client()
    assert _value(client, 'chatkit_outbox_messages{state="waiting"}') == 1
    assert 1200 <= _value(client, "chatkit_outbox_oldest_age_seconds") < 1300


def test_the_newest_backup_by_the_clock_shows_where_some_are_made(make_app: MakeApp, tmp_path: Path) -> None:
    assert "chatkit_backup" not in make_app().test_client().get("/metrics").text
    client = make_app(BACKUP_FOLDER=str(tmp_path), BACKUP_HOURS="12").test_client()
    assert _value(client, "chatkit_backup_newest_timestamp_seconds") == 0
    assert _value(client, "chatkit_backup_interval_seconds") == 12 * 3600
    (tmp_path / "chatkit-20260102T030405Z.backup").touch()
    client = make_app(BACKUP_FOLDER=str(tmp_path)).test_client()
    assert _value(client, "chatkit_backup_newest_timestamp_seconds") == 1767323045


def test_the_database_is_not_read_again_for_each_scrape(make_app: MakeApp) -> None:
    app = make_app()
    client = app.test_client()
    assert _value(client, 'chatkit_outbox_messages{state="waiting"}') == 0
    _queue_mail(app)
    assert _value(client, 'chatkit_outbox_messages{state="waiting"}') == 0


def _queue_mail(app: Flask) -> None:
    with app.app_context():
        mail_service.queue("reader@example.org", "signin", {})
        db.session.execute(update(OutboxMessage).values(created_at=utcnow() - timedelta(minutes=20)))
        db.session.commit()


def test_a_lease_shows_who_holds_it_and_since_when(make_app: MakeApp) -> None:
    app = make_app()
    lease = LeaseHolder(app, BACKGROUND)
    with app.app_context():
        assert lease.take()
    text = app.test_client().get("/metrics").get_data(as_text=True)
    series = r'chatkit_lease_held_since_timestamp_seconds\{holder="(.*)",lease="background"\} (.*)'
    [(holder, since)] = re.findall(series, text)
    assert holder.endswith(f":{os.getpid()}")
    assert abs(float(since) - time.time()) < 60


def test_metrics_are_read_while_every_turn_is_taken_and_show_it(fresh_app: Flask) -> None:
    work = fresh_app.extensions["chatkit_slots"].work
    for _ in range(work.slots):
        work.acquire()
    client = fresh_app.test_client()
    assert _value(client, "chatkit_requests_working") == _value(client, "chatkit_requests_working_limit") == work.slots


def test_a_stream_shows_as_open_until_its_end(client: FlaskClient) -> None:
    opened, free = (_value(client, f"chatkit_stream{name}") for name in ("s_open", "_slots_free"))
    stream = client.post(f"{API}/chat/stream", json=factories.question("Hello!"))
    assert _value(client, "chatkit_streams_open") == opened + 1
    assert _value(client, "chatkit_stream_slots_free") == free - 1
    stream.close()
    assert _value(client, "chatkit_streams_open") == opened


@pytest.mark.parametrize(("status", "source"), [(200, "model"), (400, "fallback")])
def test_a_question_to_the_model_is_counted_by_who_answered(
    make_app: MakeApp, tmp_path: Path, status: int, source: str
) -> None:
    series = f'chatkit_questions_total{{outcome="answered",source="{source}"}}'
    with model_server(Behaviour(status=status)) as model:
        app = make_app(**model.settings)
        factories.index(app, tmp_path / "guide")
        client = app.test_client()
        before = _value(client, series)
        client.post(f"{API}/chat", json=factories.question())
        assert eventually(lambda: _value(client, series) == before + 1)


@pytest.mark.parametrize("url", ["postgresql://nobody@127.0.0.1:1/none", "sqlite:////nowhere/at/all.db"])
def test_metrics_without_a_database_show_the_rest_in_time(url: str) -> None:
    client = create_app({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": url, "METRICS_TOKEN": CANARY}).test_client()
    began = time.monotonic()
    text = client.get("/metrics", headers={"Authorization": f"Bearer {CANARY}"}).get_data(as_text=True)
    assert time.monotonic() - began < LIMIT_SECONDS
    assert "chatkit_database_up 0.0" in text
    assert "chatkit_workers 1.0" in text
    assert "chatkit_outbox" not in text


def test_the_gauges_of_all_workers_are_summed(server: Gunicorn) -> None:
    assert eventually(lambda: "\nchatkit_workers 2.0\n" in server.request("/metrics").body.decode())


def test_a_file_of_metrics_is_whole_from_the_moment_it_can_be_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[Path] = []

    def allocate(file: int, offset: int, size: int) -> None:
        found.extend(tmp_path.glob("*.db"))
        os.ftruncate(file, size)

    monkeypatch.setattr(os, "posix_fallocate", allocate)
    metric_files.MetricsFile(tmp_path / "counter_1.db")
    assert found == []
    read = MmapedDict.read_all_values_from_file(str(tmp_path / "counter_1.db"))  # type: ignore[no-untyped-call]
    assert list(read) == []


def test_an_export_leaves_no_request_at_work(app: Flask) -> None:
    client = app.test_client()
    assert client.get(f"{API}/user/export", headers=factories.person(app).headers).status_code == 200
    assert _value(client, "chatkit_requests_working") == 0
