"""How well a page's neighbours are those that its author links to: each link is hidden once, then looked for.

One link at a time: its words leave the page's text, the links beside it stay, and the pages that these lead to are no
candidates (filtered leave-one-out, as for link prediction in knowledge graphs).
"""

import argparse
import logging
import math
import random
import statistics
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from chatkit.paths import DOCS
from chatkit.personalize.ranking import WEIGHTS
from chatkit.personalize.recommendation import Kind
from chatkit.search.similarity import Similarity
from tests.eval.linked_pages import LinkedPage, read_pages
from tests.eval.sites import BASE_URL, Site, index, migrated

SHOWN, DEPTH = 5, 10
LINKED_SITES = {
    "docs": Site({DOCS: BASE_URL}, {}),
    "MkDocs": Site({Path("docs"): BASE_URL}, {}, "mkdocs", "mkdocs"),
    "uv": Site({Path("docs"): BASE_URL}, {}, "mkdocs", "uv"),
    "django-rest-framework": Site({Path("docs"): BASE_URL}, {}, "mkdocs", "django-rest-framework"),
}
HEADINGS = ("pages", "links", "hit rate@5", "MRR", "coverage", "novelty")

# The places of the pages to recommend on a page, best first: by its place, and that of the page to which its links
# are hidden, if any.
Ranking = Callable[[int, int | None], Sequence[int]]


@dataclass(frozen=True)
class Figures:
    """How a way to recommend did.

    ``hit_rate`` is the share of the links whose page is among the five when the link is hidden, ``mrr`` the mean of one
    over its place among ten. ``coverage`` is the share of the site's pages that are among the five of some page with
    nothing hidden, and ``novelty`` how many bits it takes to name what is recommended to somebody who knows how often
    each page is linked to.
    """

    hit_rate: float
    mrr: float
    coverage: float
    novelty: float


def main() -> int:
    """Print the table of every site that is there."""
    options = argparse.ArgumentParser(prog="python -m tests.eval.recommendations", description=__doc__)
    options.add_argument("--sites", type=Path, help="a folder that holds the fetched mkdocs/, uv/, …")
    logging.disable(logging.INFO)
    with tempfile.TemporaryDirectory(prefix="chatkit-eval-") as folder:
        print_table(Path(folder), options.parse_args().sites)
    return 0


def print_table(folder: Path, root: Path | None) -> None:
    """Index each site below ``root`` in a database in ``folder``, and print how each way to recommend did."""
    for name, site in LINKED_SITES.items():
        if (reason := site.missing(root)) is not None:
            print(f"{name} is left out: {reason}", file=sys.stderr)
            continue
        with migrated(f"sqlite:///{folder}/linked-{name}.db") as app, app.app_context():
            index(site, root, folder / f"linked-{name}.code")
            pages = read_pages()
        _print_row(name, HEADINGS)
        counts = (str(len(pages)), str(sum(len(page.links) for page in pages)))
        for way, ranking in ways(pages).items():
            found = judge(pages, ranking)
            _print_row(f"  {way}", (*counts, *(f"{value:.3f}" for value in vars(found).values())))
        print(flush=True)


def ways(pages: Sequence[LinkedPage]) -> dict[str, Ranking]:
    """Return each way to recommend, by its name."""
    nearest, most_linked, by_links = _nearest(pages), _most_linked(pages), _by_links(pages)
    return {
        "neighbours": nearest,
        "and the next page": _with_next(pages, nearest, WEIGHTS[Kind.NEXT]),
        "equally weighted": _with_next(pages, nearest, 1.0),
        "link graph": by_links,
        "most linked": most_linked,
        "random": _shuffled(pages),
    }


def judge(pages: Sequence[LinkedPage], ranking: Ranking) -> Figures:
    """Return how a way to recommend did."""
    ranks = list[int | None]()
    for place, page in enumerate(pages):
        for target in page.links:
            candidates = [other for other in ranking(place, target) if other == target or other not in page.links]
            ranks.append(next((rank for rank, other in enumerate(candidates[:DEPTH], 1) if other == target), None))
    linked = Counter(target for page in pages for target in page.links)
    everything = linked.total() + len(pages)
    shown = [other for place in range(len(pages)) for other in ranking(place, None)[:SHOWN]]
    return Figures(
        statistics.fmean(rank is not None and rank <= SHOWN for rank in ranks),
        statistics.fmean(1 / rank if rank else 0.0 for rank in ranks),
        len(set(shown)) / len(pages),
        statistics.fmean(-math.log2((linked[other] + 1) / everything) for other in shown) if shown else 0.0,
    )


def _nearest(pages: Sequence[LinkedPage]) -> Ranking:
    """Return the way that is in use: the pages whose texts are nearest."""

    @cache
    def ranking(place: int, hidden: int | None) -> list[int]:
        page = pages[place]
        similarity = Similarity()
        similarity.add(page.document if hidden is None else page.without(hidden))
        others = [other for other in range(len(pages)) if other != place]
        for other in others:
            similarity.add(pages[other].document)
        # As many more as are no candidates.
        return [others[one.place - 1] for one in next(similarity.nearest(DEPTH + len(page.links)))]

    return ranking


def _with_next(pages: Sequence[LinkedPage], nearest: Ranking, weight: float) -> Ranking:
    """Return the neighbours with the page that follows, which weighs so much beside the first of them."""

    def ranking(place: int, hidden: int | None) -> list[int]:
        worth = {other: 1 / rank for rank, other in enumerate(nearest(place, hidden), 1)}
        if (following := pages[place].following) is not None:
            worth[following] = worth.get(following, 0.0) + weight
        return sorted(worth, key=lambda other: -worth[other])

    return ranking


def _by_links(pages: Sequence[LinkedPage]) -> Ranking:
    """Return the pages that share most of those they are linked with, either way (Adamic and Adar)."""
    linked = [set(page.links) for page in pages]
    for place, page in enumerate(pages):
        for target in page.links:
            linked[target].add(place)

    def ranking(place: int, hidden: int | None) -> list[int]:
        worth = defaultdict[int, float](float)
        for between in linked[place]:
            if between == hidden and place not in pages[between].links:
                continue
            for other in linked[between] - {place}:
                worth[other] += 1 / math.log(1 + len(linked[between]))
        return sorted(worth, key=lambda other: (-worth[other], other))

    return ranking


def _most_linked(pages: Sequence[LinkedPage]) -> Ranking:
    """Return the pages that most others link to."""
    linked = Counter(target for page in pages for target in page.links)

    def ranking(place: int, hidden: int | None) -> list[int]:
        others = (other for other in range(len(pages)) if other != place)
        return sorted(others, key=lambda other: ((other == hidden) - linked[other], other))

    return ranking


def _shuffled(pages: Sequence[LinkedPage]) -> Ranking:
    """Return all other pages by chance."""
    chance = random.Random(16)  # noqa: S311  (no secret)
    orders = [
        chance.sample(others := [*range(place), *range(place + 1, len(pages))], len(others))
        for place in range(len(pages))
    ]
    return lambda place, hidden: orders[place]


def _print_row(title: str, cells: Sequence[str]) -> None:
    print(f"{title:<28}" + "".join(f"{cell:>12}" for cell in cells), flush=True)


if __name__ == "__main__":
    sys.exit(main())
