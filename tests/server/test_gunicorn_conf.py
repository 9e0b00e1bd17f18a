"""The configuration of gunicorn, where it follows the settings."""

import os
import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest
from gunicorn.config import Config  # type: ignore[import-untyped]  # gunicorn carries no types

from chatkit.paths import gunicorn_conf
from tests.factories import SECRET_KEY


@pytest.mark.parametrize(("total", "graceful"), [("60", 65), ("300", 305), ("nonsense", 65)])
def test_a_worker_that_ends_waits_for_the_longest_answer(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, total: str, graceful: int
) -> None:
    monkeypatch.setenv("SECRET_KEY", SECRET_KEY)
    monkeypatch.setenv("LLM_TOTAL_SECONDS", total)
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    monkeypatch.setenv("CHATKIT_STARTED_AT", "0")
    before = os.umask(0o022)
    conf = runpy.run_path(str(gunicorn_conf()))
    # It is the server's, and no other test's.
    os.umask(before)
    server = SimpleNamespace(cfg=Config())
    server.cfg.set("graceful_timeout", conf["graceful_timeout"])
    conf["on_reload"](server)
    assert server.cfg.graceful_timeout == graceful
