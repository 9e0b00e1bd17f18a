"""llms.txt, the list of the site's pages, and llms-full.txt, their text, in the form of llmstxt.org.

Both are bounded. What does not fit follows at the same address with where to begin in its query, and a site of more
pages than one list holds is listed by its sections.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Result, bindparam, select

from chatkit.config import settings
from chatkit.database.orm import db, table
from chatkit.machines import documents, listing
from chatkit.machines.documents import markdown_url
from chatkit.machines.listing import Listed
from chatkit.search.models import PassageRow
from chatkit.text.markdown import escape_markdown, link, plain_text
from chatkit.text.sentences import split_sentences

LIST, FULL = "/llms.txt", "/llms-full.txt"
# So many pages, or sections, stand in one list, and so many bytes of text in one llms-full.txt, but for a single page.
MOST_LISTED = 1_000
MOST_BYTES = 1_000_000
# What is said of a page beside its title, in characters.
NOTE_LENGTH = 160
WORD_GAP = re.compile(r"[-_]+")


@dataclass(frozen=True)
class Selection:
    """What is asked for: a site, a version and a section, each None for all, from the page at place ``start`` on."""

    site: str | None = None
    version: str | None = None
    section: str | None = None
    start: int = 0

    def pages(self) -> list[Listed]:
        """Return the pages of the selection, those before ``start`` included."""
        found = listing.pages(self.site, self.version)
        return [page for page in found if self.section in {None, page.section}]

    def url(self, path: str) -> str:
        """Return where this server has a document of this selection."""
        query = {"site": self.site, "version": self.version, "section": self.section, "from": self.start or None}
        told = urlencode({name: value for name, value in query.items() if value is not None})
        return f"{settings().base_url}{path}{f'?{told}' if told else ''}"


def overview(chosen: Selection) -> str | None:
    """Return llms.txt of a selection, each page with its link and first sentence; None where there is no page."""
    pages = chosen.pages()
    if not pages[chosen.start :]:
        return None
    lines = [f"# {_title(pages)}", "", f"> {_summary(chosen, pages)}"]
    if chosen.section is None and len(pages) > MOST_LISTED:
        lines += _by_section(chosen, pages)
    else:
        lines += _page_lines(chosen, pages)
    return "\n".join([*lines, *_optional(chosen, pages), ""])


def full(chosen: Selection) -> Iterator[str] | None:
    """Yield llms-full.txt of a selection, a page at a time, none of which holds a transaction; None without pages."""
    pages = chosen.pages()[chosen.start :]
    return _texts(chosen, [page.id for page in pages]) if pages else None


def _texts(chosen: Selection, ids: Sequence[int]) -> Iterator[str]:
    sent = 0
    for place, id_ in enumerate(ids):
        # One may be gone meanwhile.
        for document in documents.find_all([id_]):
            text = f"{documents.full_text(document)}\n\n"
            db.session.rollback()
            size = len(text.encode())
            if sent and sent + size > MOST_BYTES:
                rest = replace(chosen, start=chosen.start + place)
                yield f"---\n\nThere is more: {rest.url(FULL)}\n"
                return
            sent += size
            yield text


def _title(pages: Sequence[Listed]) -> str:
    """Return the title of the site's first page, or of several sites what they are together."""
    return "Documentation" if len(_sites(pages)) > 1 else escape_markdown(pages[0].title)


def _sites(pages: Sequence[Listed]) -> list[str]:
    """Return the sites of pages, in their order."""
    return list(dict.fromkeys(page.site for page in pages))


def _summary(chosen: Selection, pages: Sequence[Listed]) -> str:
    sites = [site for site in _sites(pages) if site != "/"]
    of = f" of {', '.join(map(escape_markdown, sites))}" if sites else ""
    version = f", version {escape_markdown(chosen.version)}" if chosen.version else ""
    count = f"{len(pages):,} page{'' if len(pages) == 1 else 's'}"
    return f"{count}{of}{version}, each as Markdown. All of their text: {replace(chosen, start=0).url(FULL)}"


def _by_section(chosen: Selection, pages: Sequence[Listed]) -> Iterator[str]:
    """Yield a link to the list of each section."""
    counts = Counter((page.site, page.section) for page in pages)
    shown = ""
    for (site, section), count in islice(counts.items(), MOST_LISTED):
        if site != shown:
            yield from ("", f"## {'Sections' if site == '/' else escape_markdown(site)}", "")
            shown = site
        rest = replace(chosen, site=site, section=section, start=0)
        yield f"- {link(_name(section), rest.url(LIST))}: {count:,} pages"


def _page_lines(chosen: Selection, pages: Sequence[Listed]) -> Iterator[str]:
    """Yield each page with its link and what it begins with, under its section, and where more of them are."""
    listed = pages[chosen.start : chosen.start + MOST_LISTED]
    notes = _notes([page.id for page in listed])
    several = len(_sites(pages)) > 1
    shown: tuple[str, str] | None = None
    for page in listed:
        if (page.site, page.section) != shown:
            site = f"{page.site}: " if several else ""
            yield from ("", f"## {escape_markdown(f'{site}{_name(page.section)}')}", "")
            shown = (page.site, page.section)
        note = notes.get(page.id)
        yield f"- {link(page.title, markdown_url(page.url))}{f': {escape_markdown(note)}' if note else ''}"
    end = chosen.start + len(listed)
    if end < len(pages):
        rest = replace(chosen, start=end)
        yield from ("", "## More", "", f"- {link('The pages after these', rest.url(LIST))}: {len(pages) - end:,} pages")


def _optional(chosen: Selection, pages: Sequence[Listed]) -> Iterator[str]:
    """Yield links to the versions that are not shown, which the form lets readers skip."""
    if chosen.version is not None or chosen.section is not None or chosen.start:
        return
    sites = _sites(pages)
    others = [(site, of) for site in sites for of in listing.versions(site)[1:]]
    if others:
        yield from ("", "## Optional", "")
    for site, version in others[:MOST_LISTED]:
        name = f"{site}, version {version}" if len(sites) > 1 else f"Version {version}"
        yield f"- {link(name, Selection(site, version).url(LIST))}"


def _notes(page_ids: Sequence[int]) -> dict[int, str]:
    """Return the first sentence of each page, in at most ``NOTE_LENGTH`` characters."""
    found: Result[Any] = db.session.execute(_FIRST, {"page_ids": page_ids})
    return {row.page_id: _note(row.body) for row in found}


def _note(body: str) -> str:
    paragraph = plain_text(body.partition("\n\n")[0])
    sentence = " ".join(next(iter(split_sentences(paragraph)), "").split())
    if len(sentence) <= NOTE_LENGTH:
        return sentence
    return f"{sentence[: NOTE_LENGTH - 1].rpartition(' ')[0] or sentence[: NOTE_LENGTH - 1]}…"


def _name(section: str) -> str:
    """Return a folder's name as a heading."""
    words = WORD_GAP.sub(" ", section).strip()
    return f"{words[:1].upper()}{words[1:]}" if words else "Pages"


_PASSAGES = table(PassageRow).c
_FIRST = select(_PASSAGES.page_id, _PASSAGES.body).where(
    _PASSAGES.page_id.in_(bindparam("page_ids", expanding=True)), _PASSAGES.position == 0
)
