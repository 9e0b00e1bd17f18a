"""The pages of an indexed site as recommendations compare them, with the links that stand in their texts."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Result, Row, select

from chatkit.database.orm import db
from chatkit.personalize import pages as site_pages
from chatkit.search import neighbours
from chatkit.search.models import Page, PassageRow
from chatkit.search.passages import BlockKind, read_blocks
from chatkit.search.similarity import Document
from chatkit.text.analysis import index_terms
from chatkit.text.languages.registry import language_of

LINK = re.compile(r"(?<!\\)\[((?:\\.|[^\]\\])*)\]\(([^()\s]*)\)")


@dataclass(frozen=True)
class LinkedPage:
    """A page as it is compared; the terms of the words that link to other pages, by their places; the page after it."""

    document: Document
    links: Mapping[int, Counter[str]]
    following: int | None = None

    def without(self, target: int) -> Document:
        """Return the page as it is compared when nothing in it links to another one, nor says so."""
        terms = Counter(self.document.terms)
        terms.subtract(self.links[target])
        return replace(self.document, terms={term: count for term, count in terms.items() if count > 0})


def read_pages() -> list[LinkedPage]:
    """Return the pages that are indexed; one of them is known by its place among them."""
    found: Result[Any] = db.session.execute(select(Page.id, Page.url, Page.title, Page.language).order_by(Page.id))
    rows = found.all()
    places = {row.url: place for place, row in enumerate(rows)}
    return [_read_page(place, row, places) for place, row in enumerate(rows)]


def links_in(text: str) -> Iterator[tuple[str, str]]:
    """Yield the words of each link in Markdown, and its address without the fragment."""
    for found in LINK.finditer(text):
        yield found[1], found[2].partition("#")[0]


def _read_page(place: int, page: Row[Any], places: Mapping[str, int]) -> LinkedPage:
    texts, links = list[str](), defaultdict[int, Counter[str]](Counter)
    rows = select(PassageRow.heading, PassageRow.body, PassageRow.blocks).where(PassageRow.page_id == page.id)
    for heading, body, stored in db.session.execute(rows.order_by(PassageRow.position)):
        texts.append(f"{heading}\n{body}")
        for block in read_blocks(stored, body, language_of(page.language, body)):
            units = [block.head, *block.units] if block.head else block.units
            for unit in units if block.kind is not BlockKind.CODE else ():
                for words, url in links_in(unit.markdown):
                    if (target := places.get(url, place)) != place:
                        links[target].update(index_terms(words, unit.language))
    following = site_pages.page_after(site_pages.by_url([page.url])[page.url])
    return LinkedPage(
        neighbours.document(page.title, texts, page.url, page.language),
        dict(links),
        places.get(following.url) if following else None,
    )
