"""Measure ChatKit and the floor in turns, in one run, and print their ratios."""

import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from pathlib import Path

from tests.bench.load import Load, latencies_beside, requests_per_second

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "integration-test-session-token-12345"
CONNECTIONS, SECONDS, ROUNDS = 8, 3.0, 5
# What a bare assembly of the same libraries reached; ChatKit must not fall below it.
LEAST = {"GET /auth/session-check": 0.36, "POST /chat/save": 0.25}
UNLIMITED = 10**12


def main() -> int:
    """Print the table; return 1 when a ratio is below what it must reach."""
    with tempfile.TemporaryDirectory(prefix="chatkit-bench-") as folder:
        environment = _prepare(Path(folder))
        shutil.copy(Path(folder) / "chatkit.db", Path(folder) / "floor.db")
        ports = _free_port(), _free_port()
        servers = [
            _serve(folder, "wsgi:app", ports[0], environment, ROOT / "gunicorn.conf.py"),
            _serve(folder, "tests.bench.floor:app", ports[1], environment, Path(folder) / "floor.conf.py"),
        ]
        try:
            for port, path in zip(ports, ("/health", "/api/v1/auth/session-check"), strict=True):
                _wait(port, path)
            return _measure(*ports)
        finally:
            for server in servers:
                server.terminate()
            for server in servers:
                server.wait(30)


def _prepare(folder: Path) -> dict[str, str]:
    same = ("workers", "threads", "worker_class", "timeout", "keepalive", "accesslog", "loglevel")
    values: dict[str, object] = {}
    exec((ROOT / "gunicorn.conf.py").read_text(), values)  # noqa: S102  (our own file)
    (folder / "floor.conf.py").write_text("".join(f"{name} = {values[name]!r}\n" for name in same))
    for name in ("PROMETHEUS_MULTIPROC_DIR", "CHATKIT_STARTED_AT"):
        os.environ.pop(name, None)
    environment = os.environ | {
        "SECRET_KEY": os.urandom(32).hex(),
        "DATABASE_URL": f"sqlite:///{folder / 'chatkit.db'}",
        "FLOOR_DATABASE": str(folder / "floor.db"),
        "INTEGRATION_TEST_MODE": "true",
        "LOG_LEVEL": "INFO",
        "PYTHONPATH": str(ROOT),
    }
    limits = ("SAVE_CHAT", "MAX_REQUESTS", "CHAT_ADDRESS", "CHAT_ADDRESS_DAY")
    environment |= {f"RATE_LIMIT_{name}": str(UNLIMITED) for name in limits}
    index = ["content", "index", str(ROOT / "docs"), "--base-url", "/guide/"]
    for command in (["db", "upgrade", "-d", str(ROOT / "migrations")], index):
        flask = [sys.executable, "-m", "flask", "--app", "wsgi", *command]
        subprocess.run(flask, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    seed = "from chatkit.seed import prepare_start; from wsgi import app; app.app_context().push(); prepare_start()"
    subprocess.run([sys.executable, "-c", seed], cwd=folder, env=environment, check=True)
    return environment


def _serve(folder: str, app: str, port: int, environment: dict[str, str], conf: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "gunicorn", "-c", str(conf), "--bind", f"127.0.0.1:{port}", app]
    log = (Path(folder) / f"{port}.log").open("wb")
    return subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)


def _measure(product: int, floor: int) -> int:
    asked = {"role": "user", "content": "How do I embed the widget?"}
    messages = [asked, {"role": "assistant", "content": "So. " * 50}]
    context = {"mode": "browse", "session_id": str(uuid.uuid4()), "page_url": "http://localhost:8000/"}
    question = {"message": "How do I embed the widget on my site?", "context": context}
    loads = [
        Load("GET /auth/session-check", "GET", "/api/v1/auth/session-check", TOKEN),
        Load("POST /chat/save", "POST", "/api/v1/chat/save", TOKEN, json.dumps({"messages": messages}).encode()),
        Load("POST /chat", "POST", "/api/v1/chat", None, json.dumps(question).encode()),
    ]
    print(f"{CONNECTIONS} connections, {ROUNDS} rounds of {SECONDS:.0f} s each, in turns; median of the rounds\n")
    print(f"{'call':<26}{'ChatKit/s':>10}{'floor/s':>10}{'ratio':>8}{'least':>8}")
    missed = 0
    for load in loads:
        for port in (product, floor):
            requests_per_second(port, load, CONNECTIONS, 1)
        rates = [
            [requests_per_second(port, load, CONNECTIONS, SECONDS) for port in (product, floor)] for _ in range(ROUNDS)
        ]
        ratio = statistics.median(ours / bare for ours, bare in rates)
        ours, bare = (statistics.median(rate[side] for rate in rates) for side in (0, 1))
        least = LEAST.get(load.name)
        missed += least is not None and ratio < least
        print(f"{load.name:<26}{ours:>10.0f}{bare:>10.0f}{ratio:>8.2f}{least if least else '':>8}")
    health = sorted(latencies_beside(product, loads[1], 20, Load("GET /health", "GET", "/health"), SECONDS))
    p95, worst = health[int(len(health) * 0.95)] * 1000, health[-1] * 1000
    print("\nGET /health beside 20 connections that save:")
    print(f"p95 {p95:.0f} ms, worst {worst:.0f} ms, none of {len(health)} failed")
    return 1 if missed else 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(port: int, path: str) -> None:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Authorization": f"Bearer {TOKEN}"})
    deadline = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(request, timeout=5):  # noqa: S310  (loopback)
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main())
