"""Traces: sent to a collector where one is configured, with nothing in them that a reader wrote."""

import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests import factories
from tests.factories import API, SECRET_KEY, MakeApp
from tests.modelserver import model_server
from tests.servers import LOOPBACK

CANARY = "canary7f3a9c1e5b"


class Collector:
    """A collector on loopback that keeps the spans it was sent."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                collector.bodies.append(body)
                self.send_response(200 if self.path == "/v1/traces" else 404)
                self.end_headers()

            def log_message(self, *said: Any) -> None:
                pass

        self.server = HTTPServer((LOOPBACK, 0), Handler)
        Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def spans(self) -> list[Any]:
        """The spans, as OTLP has them."""
        found = []
        for body in self.bodies:
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                for scope in resource.scope_spans:
                    found += scope.spans
        return found


@pytest.fixture
def collector() -> Iterator[Collector]:
    collector = Collector()
    yield collector
    collector.server.shutdown()
    collector.server.server_close()


def test_a_question_is_one_trace_of_request_search_statements_and_model_without_its_words(
    make_app: MakeApp, collector: Collector, tmp_path: Path
) -> None:
    with model_server() as model:
        app = make_app(
            OTEL_EXPORTER_OTLP_ENDPOINT=f"http://{LOOPBACK}:{collector.server.server_port}", **model.settings
        )
        factories.index(app, tmp_path / "guide")
        session = factories.session_id()
        body = factories.question(f"How often does the foghorn sound, {CANARY}?", session)
        app.test_client().post(f"{API}/chat", json=body, headers={"X-Request-ID": "trace-1"})
    app.extensions["chatkit_tracer_provider"].force_flush()
    names = {span.name for span in collector.spans}
    assert {f"POST {API}/chat", "search", "INSERT", "SELECT", "model answer"} <= names
    [root] = [span for span in collector.spans if not span.parent_span_id]
    assert {span.trace_id for span in collector.spans} == {root.trace_id}
    assert {"chatkit.request_id": "trace-1"}.items() <= {
        each.key: each.value.string_value for each in root.attributes
    }.items()
    assert CANARY.encode() not in b"".join(collector.bodies)
    assert session.encode() not in b"".join(collector.bodies)


def test_nothing_of_opentelemetry_is_imported_without_a_collector(sqlite_url: str) -> None:
    code = (
        "import sys; from chatkit import create_app; "
        f"create_app({{'SECRET_KEY': {SECRET_KEY!r}, 'DATABASE_URL': {sqlite_url!r}}}).test_client().get('/health'); "
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
