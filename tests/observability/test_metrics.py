"""/metrics: who may read it, what it counts, and that it is true across workers."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from chatkit import create_app
from tests.conftest import Served
from tests.factories import API, SECRET_KEY
from tests.servers import LOOPBACK, Gunicorn

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


def test_a_reader_behind_an_untrusted_proxy_on_loopback_may_not_read_the_metrics(plain_app: Flask) -> None:
    assert _metrics(plain_app.test_client(), X_Forwarded_For="198.51.100.7") == 401


@pytest.mark.parametrize(("forwarded", "status"), [("127.0.0.1", 200), ("198.51.100.7", 401)])
def test_a_trusted_proxy_tells_who_reads_the_metrics(sqlite_url: str, forwarded: str, status: int) -> None:
    app = create_app({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": sqlite_url, "TRUSTED_PROXIES": 1})
    assert _metrics(app.test_client(), X_Forwarded_For=forwarded) == status


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
