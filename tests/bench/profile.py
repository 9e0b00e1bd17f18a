"""Where the time of the hot calls goes, and what a question costs: `python -m tests.bench.profile`."""

import cProfile
import pstats
import re
import sys
import time
from collections import Counter
from pathlib import Path

from chatkit import create_app
from chatkit.answers.extractive import compose
from chatkit.database.orm import db
from chatkit.evaluation import questions
from chatkit.ingest import service
from chatkit.ingest.folder import Folder
from chatkit.paths import DOCS
from chatkit.search.query import Question, analyze
from chatkit.search.retrieval import retrieve
from tests import calls
from tests.calls import CALLS
from tests.conftest import dispose
from tests.eval.metrics import percentile
from tests.eval.sites import BASE_URL, SITES
from tests.slo.place import DATABASES, place

REPEATS = 300
SHOWN = 12
PROFILED = ("auth.session_check", "chat.save")
# What a question may do, by the function that does it.
COUNTED = {
    "tokenize": "texts tokenized",
    "split_sentences": "paragraphs cut into sentences",
    "escape_markdown": "texts escaped",
    "_execute_context": "statements",
} | {
    f"<method '{name}' of 're.Pattern' objects>": "regular expressions"
    for name in ("search", "match", "sub", "findall")
}


def main() -> int:
    """Print of each call how its time is shared, without the server and the socket."""
    for kind in DATABASES:
        with place(kind) as found:
            app = create_app(found.settings() | {"LOG_LEVEL": "WARNING"})
            try:
                visit = calls.visit(app)
                for call in (call for call in CALLS if call.endpoint in PROFILED):
                    call.make(visit)
                    profile = cProfile.Profile()
                    with profile, Path("/dev/null").open("w") as nowhere:
                        shown, sys.stdout = sys.stdout, nowhere
                        for _ in range(REPEATS):
                            call.make(visit)
                        sys.stdout = shown
                    _print(f"{call.method} {call.path} on {kind}", profile)
                with app.app_context():
                    _print_questions(kind)
            finally:
                dispose(app)
    return 0


def _print_questions(kind: str) -> None:
    """Print what the questions of `make eval` cost, from the question to the answer, each asked once."""
    service.index(Folder(DOCS, BASE_URL))
    lines = SITES["docs"].questions["docs"].read_text(encoding="utf-8").split("\n")
    asked = [Question(line.question) for line in questions.read(lines)]
    profile, times = cProfile.Profile(), list[float]()
    for question in asked:
        began = time.thread_time()
        with profile:
            query = analyze(question)
            compose(query, retrieve(query))
        times.append((time.thread_time() - began) * 1000)
        db.session.rollback()
    counts = Counter[str]()
    for (_, _, name), (_, called, *_) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        counts.update({"function calls": called, COUNTED.get(name, ""): called})
    p50, p95 = (percentile(times, share) for share in (0.5, 0.95))
    print(f"\na question on {kind}: {p50:.1f} ms (p95 {p95:.1f}) of CPU under the profiler")
    for name in ("function calls", *dict.fromkeys(COUNTED.values())):
        print(f"  {counts[name] / len(asked):8.1f}  {name}")


def _print(title: str, profile: cProfile.Profile) -> None:
    shares = Counter[str]()
    for (file, _, name), (_, _, own, _, _) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        shares[_package(file, name)] += own
    whole = shares.total()
    print(f"\n{title}: {whole / REPEATS * 1e6:.0f} µs a call under the profiler")
    for package, own in shares.most_common(SHOWN):
        print(f"  {own / whole:6.1%}  {package}")


def _package(file: str, name: str) -> str:
    """Return whose function this is; what is written in C has no file."""
    if found := re.search(r"site-packages/([A-Za-z0-9_]+)", file):
        return found[1]
    if found := re.search(r"/(chatkit|tests)/", file):
        return found[1]
    if "sqlite3" in name or "psycopg" in name:
        return "database"
    return "built in" if file == "~" else "standard library"


if __name__ == "__main__":
    sys.exit(main())
