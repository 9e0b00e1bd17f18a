"""Load from wrk, which leaves the cores to what is measured: a client in Python takes about as much as the server."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).with_name("load.lua")
MISSING = "The load comes from wrk, which is not installed. On Debian: apt install wrk"


@dataclass(frozen=True)
class Load:
    """One request, repeated, by the people of these tokens in turns."""

    name: str
    method: str
    path: str
    body: str = ""
    tokens: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answers:
    """What was answered in so many seconds: how many of each status, 95 % of them in ``p95_ms``, all in ``most_ms``.

    ``lost`` are connections that could not be made, or broke.
    """

    seconds: float
    p95_ms: float
    most_ms: float
    lost: int
    statuses: dict[str, int]

    @property
    def goodput(self) -> float:
        """How many requests a second were answered as they should be."""
        return self.statuses.get("200", 0) / self.seconds

    @property
    def refused(self) -> dict[str, int]:
        """How many were answered otherwise, by status."""
        return {status: count for status, count in self.statuses.items() if status != "200"}


def require_wrk() -> None:
    """End with a sentence where wrk is missing."""
    if shutil.which("wrk") is None:
        sys.exit(MISSING)


def run(port: int, load: Load, connections: int, seconds: float) -> Answers:
    """Repeat a request over so many connections that are kept open, and return what was answered."""
    return finish(start(port, load, connections, seconds))


def requests_per_second(port: int, load: Load, connections: int, seconds: float) -> float:
    """Return the rate at which a request is answered; raises when one is not."""
    answers = run(port, load, connections, seconds)
    if answers.refused or answers.lost:
        raise RuntimeError(f"{load.name}: {answers.refused}, {answers.lost} lost")
    return answers.goodput


def start(port: int, load: Load, connections: int, seconds: float) -> subprocess.Popen[str]:
    """Begin to repeat a request, for ``finish``."""
    options = ("-t1", f"-c{connections}", f"-d{seconds:.0f}s", "--timeout", "30s", "-s", str(SCRIPT))
    command = ("wrk", *options, f"http://127.0.0.1:{port}{load.path}", "--", load.method, load.body, *load.tokens)
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def finish(running: subprocess.Popen[str]) -> Answers:
    """Wait for the end of what ``start`` began; return what was answered."""
    said, _ = running.communicate()
    if running.returncode:
        raise RuntimeError(said)
    return Answers(**json.loads(said.splitlines()[-1]))
