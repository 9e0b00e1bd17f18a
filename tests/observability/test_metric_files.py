"""The files that workers count in: read by prometheus-client, and no worker's end where there is no room."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import ROOT, environment
from tests.small_disk import CannotMount, fill, small_disk

# What a worker does with its metrics, and then the sum that /metrics would show.
SCRIPT = """
import os, sys
from chatkit.observability import metric_files
metric_files.RETRY_SECONDS = 0
metric_files.install()
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
mine = CollectorRegistry()
asked = Counter("asked", "Asked.", ["what"], registry=mine)
took = Histogram("took", "Took.", registry=mine)
opened = Gauge("opened", "Open.", multiprocess_mode="livesum", registry=mine)
def count():
    for number in range(int(sys.argv[1])):
        asked.labels(f"{number:0100}").inc()
    took.observe(0.3)
    opened.set(2)
count()
if sys.argv[2]:
    count()
    os.remove(sys.argv[2])
    count()
registry = CollectorRegistry()
MultiProcessCollector(registry)
print(generate_latest(registry).decode())
"""


def _count(folder: Path, series: int, filling: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", SCRIPT, str(series), str(filling or "")]
    chosen = environment({"PROMETHEUS_MULTIPROC_DIR": str(folder / "metrics")})
    return subprocess.run(command, env=chosen, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_what_is_counted_is_what_prometheus_reads(tmp_path: Path) -> None:
    # More than a file holds at first.
    done = _count(tmp_path, 1000)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert sum(line.startswith("asked_total{") and line.endswith(" 1.0") for line in lines) == 1000
    assert {"took_count 1.0", 'took_bucket{le="0.5"} 1.0', 'took_bucket{le="0.25"} 0.0', "opened 2.0"} <= set(lines)
    assert (tmp_path / "metrics").stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "metrics").iterdir()} == {0o600}


@pytest.mark.parametrize("room", [0, 64, 200], ids=["none", "for one file", "for some series"])
def test_a_full_disk_ends_no_worker_and_loses_no_count(tmp_path: Path, room: int) -> None:
    """prometheus-client's own files end the process with SIGBUS here."""
    try:
        with small_disk(tmp_path / "disk", 4096) as folder:
            reserved = folder / "reserved"
            with reserved.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, 1 + room * 1024)
            filling = fill(folder)
            reserved.unlink()
            done = _count(folder, 1000, filling)
    except CannotMount as error:
        pytest.skip(f"no disk to fill: {error}")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("metrics_not_written") == 1
    assert done.stdout.count("metrics_written_again") == 1
    lines = done.stdout.splitlines()
    assert sum(line.startswith("asked_total{") and line.endswith(" 3.0") for line in lines) == 1000
    assert "took_count 3.0" in lines
