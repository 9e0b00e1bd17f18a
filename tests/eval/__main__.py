"""Print how well search and answers do, on SQLite and on PostgreSQL."""

import argparse
import logging
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path

from chatkit.ingest.readers import registry
from tests.eval import collection, places, questions, scale, transcript
from tests.eval.metrics import percentile
from tests.eval.questions import Asked, Figures
from tests.eval.sites import BASE_URL, REAL_SITES, SITES, Site, index, migrated
from tests.servers import PostgreSQL

SIZES = (1_000, 10_000)
DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
HEADINGS = ("in three", "first", "helps", "helps, first", "answered, right", "none, answered", "nearest")


def main() -> int:
    """Run what the arguments ask for."""
    options = argparse.ArgumentParser(prog="make eval", description=__doc__)
    options.add_argument("--collection", type=Path, help="a folder with corpus.jsonl, queries.jsonl and qrels.tsv")
    options.add_argument("--scale", type=int, help="how many made-up passages to search among, at most")
    options.add_argument("--database", choices=[*DATABASES, "both"], default="both")
    options.add_argument("--sites", type=Path, help="a folder that holds the fetched mkdocs/, kind/, uv/ and jest/")
    options.add_argument(
        "--set", action="append", metavar="NAME", help=f"ask about these sites alone: {', '.join(SITES)}"
    )
    options.add_argument("--keep", type=Path, help="a folder in which SQLite's databases stay for the next run")
    options.add_argument("--show", choices=("all", "wrong"), help="print answers too: all, or those that do not help")
    options.add_argument("--match", help="ask only the questions that hold these words")
    options.add_argument("--questions", type=Path, help="a file of questions about another site, the one of --folder")
    options.add_argument("--folder", type=Path, help="the folder of that site's pages")
    options.add_argument("--generator", choices=registry.NAMES, default=registry.AUTO)
    options.add_argument("--base-url", default=BASE_URL)
    chosen = options.parse_args()
    if (chosen.questions is None) != (chosen.folder is None):
        options.error("--questions and --folder belong together")
    # Migrations tell each step.
    logging.disable(logging.INFO)
    kinds = tuple(DATABASES) if chosen.database == "both" else (chosen.database,)
    with tempfile.TemporaryDirectory(prefix="chatkit-eval-") as folder, databases(kinds, Path(folder)) as urls:
        if chosen.collection:
            _print_collection(chosen.collection, Path(folder), urls)
        if chosen.scale:
            _print_scale(chosen.scale, urls)
        if not chosen.collection and not chosen.scale:
            _print_sites(chosen, urls)
    return 0


@contextmanager
def databases(kinds: Sequence[str], folder: Path) -> Iterator[dict[str, str]]:
    """Yield the address of an empty database of each kind, the server of PostgreSQL's among them."""
    urls = {DATABASES["sqlite"]: f"sqlite:///{folder}/chatkit.db"} if "sqlite" in kinds else {}
    if "postgresql" not in kinds:
        yield urls
        return
    server = PostgreSQL()
    try:
        server.create("evaluated")
        yield urls | {DATABASES["postgresql"]: server.url("evaluated")}
    finally:
        server.stop()


def _print_sites(chosen: argparse.Namespace, urls: dict[str, str]) -> None:
    """Ask about each site, and print a row for each of its sets of questions and the splits of these."""
    sites = {name: site for name, site in SITES.items() if not chosen.set or name in chosen.set}
    if chosen.questions:
        name = chosen.questions.stem
        sites = {name: Site({chosen.folder.resolve(): chosen.base_url}, {name: chosen.questions}, chosen.generator)}
    _print_row("", HEADINGS)
    for kind, url in urls.items():
        pooled = list[Asked]()
        for name, site in sites.items():
            if (reason := site.missing(chosen.sites)) is not None:
                print(f"{kind + ', ' + name:<28}left out: {reason}", flush=True)
                continue
            asked = _ask(name, site, kind, url, chosen)
            for title, found in asked.items():
                splits = sorted({one.line.split for one in found})
                _print_figures(f"{kind}, {title}", found)
                for split in splits if len(splits) > 1 else ():
                    _print_figures(f"  {split}", [one for one in found if one.line.split == split])
                pooled += found if name in REAL_SITES else []
        if pooled:
            _print_figures(f"{kind}, real sites", pooled)


def _ask(name: str, site: Site, kind: str, url: str, chosen: argparse.Namespace) -> dict[str, list[Asked]]:
    """Index a site and ask its questions, by the name of each set."""
    keep = chosen.keep if kind == DATABASES["sqlite"] else None
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        url = f"sqlite:///{keep.resolve()}/{name}.db"
    with migrated(url, keep is not None) as app, app.app_context():
        index(site, chosen.sites, keep / f"{name}.code" if keep is not None else None)
        known = places.indexed()
        asked = {}
        for title, file in site.questions.items():
            lines = questions.read(file)
            for place in known.unknown(place for line in lines for place in line.answered_by):
                print(f"{file.name} names {place}, where no passage stands", file=sys.stderr)
            matching = [line for line in lines if not chosen.match or chosen.match.lower() in line.question.lower()]
            asked[title] = [questions.ask(line, known) for line in matching]
            for one in asked[title] if chosen.show else ():
                if chosen.show == "all" or not one.satisfies:
                    print(transcript.render(title, one), flush=True)
    return asked


def _print_figures(title: str, asked: Sequence[Asked]) -> None:
    found: Figures = questions.figures(asked)
    _print_row(title, [str(getattr(found, field.name)) for field in fields(Figures)])


def _print_row(title: str, cells: Sequence[str]) -> None:
    print(f"{title:<28}" + "".join(f"{cell:>16}" for cell in cells), flush=True)


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


if __name__ == "__main__":
    sys.exit(main())
