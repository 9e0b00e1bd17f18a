"""Print how well search and answers do, on SQLite and on PostgreSQL."""

import argparse
import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import flask_migrate
from flask import Flask
from sqlalchemy import delete

from chatkit import create_app
from chatkit.database.orm import db
from chatkit.search.models import Source
from tests.eval import collection, questions, scale
from tests.eval.metrics import percentile
from tests.servers import PostgreSQL

SIZES = (1_000, 10_000)
SPLITS = {
    "tuned": ("tuned",),
    "held out": ("held out",),
    "both": ("tuned", "held out"),
    "in other words": ("in other words",),
}
ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Run what the arguments ask for."""
    options = argparse.ArgumentParser(prog="make eval", description=__doc__)
    options.add_argument("--collection", type=Path, help="a folder with corpus.jsonl, queries.jsonl and qrels.tsv")
    options.add_argument("--scale", type=int, help="how many made-up passages to search among, at most")
    chosen = options.parse_args()
    # Migrations tell each step.
    logging.disable(logging.INFO)
    with tempfile.TemporaryDirectory(prefix="chatkit-eval-") as folder, databases(Path(folder)) as urls:
        if chosen.collection:
            _print_collection(chosen.collection, Path(folder), urls)
        if chosen.scale:
            _print_scale(chosen.scale, urls)
        if not chosen.collection and not chosen.scale:
            _print_questions(urls)
    return 0


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, str]]:
    """Run a PostgreSQL; yield the address of an empty database of each kind."""
    server = PostgreSQL()
    try:
        server.create("evaluated")
        yield {"SQLite": f"sqlite:///{folder}/chatkit.db", "PostgreSQL": server.url("evaluated")}
    finally:
        server.stop()


@contextmanager
def migrated(url: str) -> Iterator[Flask]:
    """Yield an application on a database that is migrated anew, and empty."""
    app = create_app({"SECRET_KEY": os.urandom(32).hex(), "DATABASE_URL": url, "LOG_LEVEL": "WARNING"})
    with app.app_context():
        flask_migrate.upgrade(str(ROOT / "migrations"))
        db.session.execute(delete(Source))
        db.session.commit()
    yield app
    with app.app_context():
        db.engine.dispose()


def _print_collection(path: Path, folder: Path, urls: dict[str, str]) -> None:
    print(f"{path.name:<12}{'nDCG@10':>9}{'Recall@10':>11}{'MRR@10':>8}{'p50 ms':>8}{'p95 ms':>8}{'build s':>9}")
    for kind, url in urls.items():
        with migrated(url) as app:
            found = collection.run(app, path, folder / kind)
        p50, p95 = (percentile(found.latencies_ms, share) for share in (0.5, 0.95))
        figures = f"{found.quality.ndcg:>9.3f}{found.quality.recall:>11.3f}{found.quality.mrr:>8.3f}"
        print(f"{kind:<12}{figures}{p50:>8.1f}{p95:>8.1f}{found.build_seconds:>9.1f}", flush=True)


def _print_scale(most: int, urls: dict[str, str]) -> None:
    print(f"{'passages':<12}{'database':<12}{'p50 ms':>8}{'p95 ms':>8}{'build s':>9}")
    for passages in [size for size in SIZES if size < most] + [most]:
        for kind, url in urls.items():
            with migrated(url) as app:
                found = scale.run(app, passages)
            p50, p95 = (percentile(found.latencies_ms, share) for share in (0.5, 0.95))
            print(f"{passages:<12}{kind:<12}{p50:>8.1f}{p95:>8.1f}{found.build_seconds:>9.1f}", flush=True)


def _print_questions(urls: dict[str, str]) -> None:
    print(f"{'questions':<28}{'cited first':>12}{'declined':>10}{'rightly declined':>18}{'doubted':>9}")
    for kind, url in urls.items():
        with migrated(url) as app:
            asked = questions.run(app)
        for name, splits in SPLITS.items():
            found = questions.shares([one for one in asked if one.split in splits])
            shares = f"{found.cited:>12.1%}{found.declined:>10.1%}{found.rightly_declined:>18.1%}{found.doubted:>9.1%}"
            print(f"{kind + ', ' + name:<28}{shares}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
