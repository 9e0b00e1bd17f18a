"""How well a page's neighbours are those that its author links to: the links of every page are hidden, then looked for.

The words of the links are taken out of the texts, so that no link tells where it led.
"""

import argparse
import logging
import math
import random
import re
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from chatkit.database.orm import db
from chatkit.paths import DOCS
from chatkit.personalize import pages as site_pages
from chatkit.personalize.ranking import WEIGHTS
from chatkit.personalize.recommendation import Kind
from chatkit.search import neighbours
from chatkit.search.models import Page, PassageRow
from chatkit.search.passages import BlockKind, read_blocks
from chatkit.search.similarity import Similarity
from chatkit.text import markdown
from chatkit.text.languages.registry import language_of
from tests.eval.sites import BASE_URL, Site, index, migrated

SHOWN, DEPTH = 5, 10
LINK = re.compile(r"(?<!\\)\[((?:\\.|[^\]\\])*)\]\(([^()\s]*)\)")
LINKED_SITES = {
    "docs": Site({DOCS: BASE_URL}, {}),
    "MkDocs": Site({Path("docs"): BASE_URL}, {}, "mkdocs", "mkdocs"),
    "uv": Site({Path("docs"): BASE_URL}, {}, "mkdocs", "uv"),
    "django-rest-framework": Site({Path("docs"): BASE_URL}, {}, "mkdocs", "django-rest-framework"),
}
HEADINGS = ("pages", "links", "hit rate@5", "MRR", "links@5", "coverage", "novelty")

# The places of the pages to recommend on a page, by its own, best first.
Ranking = Callable[[int], Sequence[int]]


@dataclass(frozen=True)
class LinkedPage:
    """A page: its texts without its links, the places of the pages that they led to, and that of the page after it."""

    url: str
    title: str
    language: str | None
    texts: tuple[str, ...]
    links: frozenset[int]
    following: int | None


@dataclass(frozen=True)
class Figures:
    """How a way to recommend did, over the pages with links.

    ``hit_rate`` is the share of these pages among whose five is a page that they link to, ``mrr`` the mean of one over
    the place of the first such page among ten, ``links`` the share of all links that are among the five. ``coverage``
    is the share of the site's pages that are among the five of some page, and ``novelty`` how many bits it takes to
    name what is recommended to somebody who knows how often each page is linked to.
    """

    hit_rate: float
    mrr: float
    links: float
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


def read_pages() -> list[LinkedPage]:
    """Return the pages that are indexed."""
    rows = db.session.execute(select(Page.id, Page.url, Page.title, Page.language).order_by(Page.id)).all()
    places = {row.url: place for place, row in enumerate(rows)}
    return [_read_page(place, *row, places) for place, row in enumerate(rows)]


def ways(pages: Sequence[LinkedPage]) -> dict[str, Ranking]:
    """Return each way to recommend, by its name."""
    similarity = Similarity()
    for page in pages:
        similarity.add(neighbours.document(page.title, page.texts, page.url, page.language))
    nearest = [[one.place for one in near] for near in similarity.nearest(DEPTH)]
    linked = Counter(target for page in pages for target in page.links)
    order = sorted(range(len(pages)), key=lambda place: (-linked[place], place))
    chance = random.Random(16)  # noqa: S311  (no secret)
    shuffled = [
        chance.sample([other for other in range(len(pages)) if other != place], min(DEPTH, len(pages) - 1))
        for place in range(len(pages))
    ]

    def most_linked(place: int) -> list[int]:
        """Return the pages that the others link to most, without what this page adds to that."""
        own = pages[place].links
        return sorted(order[: DEPTH + len(own) + 1], key=lambda other: -(linked[other] - (other in own)))[: DEPTH + 1]

    def with_next(weight: float) -> Ranking:
        """Return the neighbours with the page that follows, which weighs so much beside the first of them."""

        def ranking(place: int) -> list[int]:
            worth = {other: 1 / rank for rank, other in enumerate(nearest[place], 1)}
            if (following := pages[place].following) is not None:
                worth[following] = worth.get(following, 0.0) + weight
            return sorted(worth, key=lambda other: -worth[other])

        return ranking

    return {
        "neighbours": nearest.__getitem__,
        "and the next page": with_next(WEIGHTS[Kind.NEXT]),
        "equally weighted": with_next(1.0),
        "most linked": lambda place: [other for other in most_linked(place) if other != place],
        "random": shuffled.__getitem__,
    }


def judge(pages: Sequence[LinkedPage], ranking: Ranking) -> Figures:
    """Return how a way to recommend did."""
    judged = [place for place, page in enumerate(pages) if page.links]
    first = {place: _first(ranking(place)[:DEPTH], pages[place].links) for place in judged}
    linked = Counter(target for page in pages for target in page.links)
    everything = linked.total() + len(pages)
    lists = [ranking(place)[:SHOWN] for place in range(len(pages))]
    bits = [-math.log2((linked[other] + 1) / everything) for shown in lists for other in shown]
    return Figures(
        statistics.fmean(place is not None and place <= SHOWN for place in first.values()),
        statistics.fmean(1 / place if place else 0.0 for place in first.values()),
        sum(len(pages[place].links & set(lists[place])) for place in judged) / linked.total(),
        len({other for shown in lists for other in shown}) / len(pages),
        statistics.fmean(bits) if bits else 0.0,
    )


def _first(ranked: Sequence[int], wanted: frozenset[int]) -> int | None:
    return next((place for place, other in enumerate(ranked, 1) if other in wanted), None)


def _read_page(
    place: int, page_id: int, url: str, title: str, language: str | None, places: Mapping[str, int]
) -> LinkedPage:
    texts, links = list[str](), set[int]()
    rows = select(PassageRow.heading, PassageRow.body, PassageRow.blocks).where(PassageRow.page_id == page_id)
    for heading, body, stored in db.session.execute(rows.order_by(PassageRow.position)):
        texts.append(heading)
        for block in read_blocks(stored, body, language_of(language, body)):
            units = [block.head, *block.units] if block.head else block.units
            if block.kind is BlockKind.CODE:
                texts += [unit.text for unit in units]
                continue
            for unit in units:
                targets = {places.get(found[2].partition("#")[0]) for found in LINK.finditer(unit.markdown)}
                links |= {target for target in targets if target is not None and target != place}
                texts.append(markdown.plain_text(LINK.sub(" ", unit.markdown)))
    own = site_pages.by_url([url])[url]
    following = site_pages.page_after(own)
    return LinkedPage(
        url, title, language, tuple(texts), frozenset(links), places.get(following.url) if following else None
    )


def _print_row(title: str, cells: Sequence[str]) -> None:
    print(f"{title:<28}" + "".join(f"{cell:>12}" for cell in cells), flush=True)


if __name__ == "__main__":
    sys.exit(main())
