"""The file for nginx under docs/operations.md, run by a real nginx in front of a real server."""

import re
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from tests.conftest import Served
from tests.factories import API
from tests.servers import LOOPBACK, ROOT, Reply, eventually, free_port, request

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")
ORIGIN = "http://localhost:3000"


@pytest.fixture(scope="module")
def proxy(sqlite_served: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run nginx by the documented file, but for its certificate, its ports and where it writes; return its address."""
    assert NGINX is not None, "nginx is not installed: .ci/run installs it, apt-get install nginx-light"
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    # The first of them is the whole site.
    site = re.findall(r"```nginx\n(.*?)```", page, re.DOTALL)[0]
    site = re.sub(r"server \{\n    listen 80;.*?\n\}\n", "", site, count=1, flags=re.DOTALL)
    site = re.sub(r"    ssl_.*\n|    listen \[::\].*\n", "", site)
    site = site.replace("listen 443 ssl http2", f"listen {LOOPBACK}:{port}")
    site = site.replace("127.0.0.1:8000", f"{LOOPBACK}:{sqlite_served.server.port}")
    writes = "".join(f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy"))
    main = f"pid {folder}/pid; error_log {folder}/error.log; events {{}} daemon off; master_process off;"
    configuration = folder / "nginx.conf"
    configuration.write_text(f"{main} http {{ {writes} access_log off; {site} }}")
    with subprocess.Popen([NGINX, "-p", str(folder), "-c", str(configuration)]) as running:
        try:
            eventually(lambda: _answers(f"http://{LOOPBACK}:{port}"))
            yield f"http://{LOOPBACK}:{port}"
        finally:
            running.terminate()


def _answers(url: str) -> bool:
    try:
        return request(f"{url}/health").status == 200
    except OSError:
        return False


def _send(url: str, size: int, origin: str, **headers: str) -> Reply:
    return request(url, "POST", b" " * size, {"Origin": origin, "Content-Type": "application/json", **headers})


@pytest.mark.parametrize("size", [256 * 1024 + 1, 300 * 1024 + 1, 2_000_000], ids=["chatkit", "nginx", "far over"])
def test_a_large_body_is_refused_in_the_envelope_with_cors(proxy: str, size: int) -> None:
    reply = _send(f"{proxy}{API}/chat", size, ORIGIN)
    assert (reply.status, reply.json["detail"]["error"]) == (413, "payload_too_large")
    assert reply.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert reply.headers["X-Request-ID"] == reply.json["detail"]["request_id"]


def test_another_origin_may_not_read_it(proxy: str) -> None:
    reply = _send(f"{proxy}{API}/chat/stream", 2_000_000, "https://elsewhere.example")
    assert (reply.status, reply.headers["Access-Control-Allow-Origin"]) == (413, None)
