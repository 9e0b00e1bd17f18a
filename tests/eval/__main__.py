"""Print how well search and answers do, on SQLite and on PostgreSQL, and how well recommendations do."""

import argparse
import logging
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import fields
from pathlib import Path

from chatkit.answers import confidence
from chatkit.evaluation import places, questions
from chatkit.evaluation.questions import Asked
from chatkit.ingest.readers import registry
from tests import own_folder
from tests.eval import collection, figures, recommendations, scale, transcript
from tests.eval.figures import Figures
from tests.eval.metrics import percentile
from tests.eval.sites import BASE_URL, REAL_SITES, SITES, Site, index, migrated
from tests.servers import PostgreSQL

SIZES = (1_000, 10_000)
DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
SEMANTIC = {"off": "words alone", "on": "with meaning"}
HEADINGS = ("in three", "first", "helps", "helps, first", "answered, right", "none, answered", "nearest")


def main() -> int:
    """Run what the arguments ask for."""
    options = argparse.ArgumentParser(prog="make eval", description=__doc__)
    options.add_argument("--collection", type=Path, help="a folder with corpus.jsonl, queries.jsonl and qrels.tsv")
    options.add_argument("--scale", type=int, help="how many made-up passages to search among, at most")
    options.add_argument("--database", choices=[*DATABASES, "both"], default="both")
    options.add_argument("--semantic", choices=[*SEMANTIC, "both"], default="both", help="with meaning or without")
    options.add_argument("--sites", type=Path, help="a folder that holds the fetched mkdocs/, kind/, uv/ and jest/")
    options.add_argument("--set", action="append", choices=SITES, help="ask about this site alone; may be repeated")
    options.add_argument("--keep", type=Path, help="a folder in which SQLite's databases stay for the next run")
    options.add_argument("--show", choices=("all", "wrong"), help="print answers too: all, or those that do not help")
    options.add_argument("--match", help="ask only the questions that hold these words")
    options.add_argument(
        "--sure", type=float, help="claim answers from this much evidence on, see answers/confidence.py"
    )
    options.add_argument("--questions", type=Path, help="a file of questions about another site, the one of --folder")
    options.add_argument("--folder", type=Path, help="the folder of that site's pages")
    options.add_argument("--generator", choices=registry.NAMES, default=registry.AUTO)
    options.add_argument("--base-url", default=BASE_URL)
    chosen = options.parse_args()
    if (chosen.questions is None) != (chosen.folder is None):
        options.error("--questions and --folder belong together")
    if chosen.sure is not None:
        confidence.SURE_BY_WORDS = confidence.SURE_BY_MEANING = chosen.sure
    # Migrations tell each step.
    logging.disable(logging.INFO)
    kinds = tuple(DATABASES) if chosen.database == "both" else (chosen.database,)
    with tempfile.TemporaryDirectory(prefix="eval-", dir=own_folder.root()) as folder, databases(Path(folder)) as made:
        for kind in kinds if chosen.collection else ():
            _print_collection(chosen.collection, Path(folder), kind, made)
        for passages in [*(size for size in SIZES if size < chosen.scale), chosen.scale] if chosen.scale else ():
            for kind in kinds:
                _print_scale(passages, kind, made)
        if not chosen.collection and not chosen.scale:
            _print_sites(kinds, Path(folder), made, chosen)
            if not chosen.set and not chosen.questions:
                recommendations.print_table(Path(folder), chosen.sites)
    return 0


@contextmanager
def databases(folder: Path) -> Iterator[Callable[[str, str], str]]:
    """Yield what makes an empty database of a kind and a name and returns its address."""
    with ExitStack() as running:
        servers = list[PostgreSQL]()

        def make(kind: str, name: str) -> str:
            if kind == "sqlite":
                return f"sqlite:///{folder}/{name}.db"
            if not servers:
                servers.append(PostgreSQL())
                running.callback(servers[0].stop)
            servers[0].create(name)
            return servers[0].url(name)

        yield make


def _print_sites(
    kinds: Sequence[str], folder: Path, make: Callable[[str, str], str], chosen: argparse.Namespace
) -> None:
    """Ask about each site on each database, with meaning and without, and print the table of each."""
    sites = {name: site for name, site in SITES.items() if not chosen.set or name in chosen.set}
    if chosen.questions:
        name = chosen.questions.stem
        sites = {name: Site({chosen.folder.resolve(): chosen.base_url}, {name: chosen.questions}, chosen.generator)}
    for name, site in sites.items():
        if (reason := site.missing(chosen.sites)) is not None:
            print(f"{name} is left out: {reason}", file=sys.stderr)
    asked_of = {name: site for name, site in sites.items() if site.missing(chosen.sites) is None}
    for kind in kinds:
        kept = chosen.keep.resolve() if chosen.keep and kind == "sqlite" else None
        if kept is not None:
            kept.mkdir(parents=True, exist_ok=True)
        urls = {name: f"sqlite:///{kept}/{name}.db" if kept else make(kind, name) for name in asked_of}
        for semantic in SEMANTIC if chosen.semantic == "both" else (chosen.semantic,):
            _print_row(f"{DATABASES[kind]}, {SEMANTIC[semantic]}", HEADINGS)
            real_sites, all_sets = list[Asked](), list[Asked]()
            for name, site in asked_of.items():
                with migrated(urls[name], semantic == "on") as app, app.app_context():
                    index(site, chosen.sites, (kept or folder) / f"{kind}-{name}.code")
                    for title, asked in _ask(site, chosen).items():
                        _print_figures(title, asked)
                        real_sites += asked if name in REAL_SITES else []
                        all_sets += asked if title in site.questions else []
            if real_sites:
                _print_figures("real sites", real_sites)
            _print_figures("all of these", all_sets)
            print(flush=True)


def _ask(site: Site, chosen: argparse.Namespace) -> dict[str, list[Asked]]:
    """Ask the questions about the site that is indexed, by the name of each set and of its splits."""
    known, found = places.indexed(), dict[str, list[Asked]]()
    for title, file in site.questions.items():
        lines = list(questions.read(file.read_text(encoding="utf-8").split("\n")))
        for place in known.unknown(place for line in lines for place in line.answered_by):
            print(f"{file.name} names {place}, where no passage stands", file=sys.stderr)
        matching = [line for line in lines if not chosen.match or chosen.match.lower() in line.question.lower()]
        found[title] = [questions.ask(line, known, site.version) for line in matching]
        splits = sorted({line.split for line in matching})
        for split in splits if len(splits) > 1 else ():
            found[f"  {split}"] = [one for one in found[title] if one.line.split == split]
        for one in found[title] if chosen.show else ():
            if chosen.show == "all" or not one.satisfies:
                print(transcript.render(title, one), flush=True)
    return found


def _print_figures(title: str, asked: Sequence[Asked]) -> None:
    found: Figures = figures.figures(asked)
    _print_row(title, [str(getattr(found, field.name)) for field in fields(Figures)])


def _print_row(title: str, cells: Sequence[str]) -> None:
    print(f"{title:<28}" + "".join(f"{cell:>16}" for cell in cells), flush=True)


def _print_collection(path: Path, folder: Path, kind: str, make: Callable[[str, str], str]) -> None:
    print(f"{path.name:<12}{'nDCG@10':>9}{'Recall@10':>11}{'MRR@10':>8}{'p50 ms':>8}{'p95 ms':>8}{'build s':>9}")
    with migrated(make(kind, "collection")) as app:
        found = collection.run(app, path, folder / kind)
    p50, p95 = (percentile(found.latencies_ms, share) for share in (0.5, 0.95))
    figures = f"{found.quality.ndcg:>9.3f}{found.quality.recall:>11.3f}{found.quality.mrr:>8.3f}"
    print(f"{DATABASES[kind]:<12}{figures}{p50:>8.1f}{p95:>8.1f}{found.build_seconds:>9.1f}", flush=True)


def _print_scale(passages: int, kind: str, make: Callable[[str, str], str]) -> None:
    print(f"{'passages':<12}{'database':<12}{'p50 ms':>8}{'p95 ms':>8}{'typed p95':>11}{'build s':>9}")
    with migrated(make(kind, f"scale_{passages}")) as app:
        found = scale.run(app, passages)
    p50, p95 = (percentile(found.latencies_ms, share) for share in (0.5, 0.95))
    typed = percentile(found.typed_ms, 0.95)
    print(
        f"{passages:<12}{DATABASES[kind]:<12}{p50:>8.1f}{p95:>8.1f}{typed:>11.1f}{found.build_seconds:>9.1f}",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
