"""A section of the indexed pages by its address, and what tells that it has changed."""

import hashlib
from dataclasses import dataclass
from urllib.parse import quote, unquote

from sqlalchemy import select

from chatkit.database.orm import db
from chatkit.search.models import Page, PassageRow, Source
from chatkit.search.scope import page_at

# What may stand in an anchor of an address as it is (RFC 3986, section 3.5).
SAFE_IN_ANCHOR = "-._~!$&'()*+,;=:@/?"
UNKNOWN = "No page with this section is indexed. Copy its address from the site."


@dataclass(frozen=True)
class Section:
    """A section: the address of its page as the index has it, and its anchor; an empty one is the whole page.

    ``content_hash`` changes with its text, and is empty where no such section is indexed.
    """

    url: str
    anchor: str
    site: str = ""
    version: str = ""
    content_hash: str = ""

    @property
    def address(self) -> str:
        return f"{self.url}#{quote(self.anchor, safe=SAFE_IN_ANCHOR)}" if self.anchor else self.url


def locate(address: str) -> Section:
    """Return the section at an address, in any spelling of its page's that servers take for the same."""
    url, _, fragment = address.strip().partition("#")
    # What follows the anchor in a link of an answer are the words to be marked there.
    anchor = unquote(fragment.partition(":~:")[0])
    ids = page_at(url).ids if url else ()
    found = db.session.scalar(select(Page.url).where(Page.id == ids[0])) if ids else None
    return read(found, anchor) if found is not None else Section(url, anchor)


def read(url: str, anchor: str) -> Section:
    """Return the section of a page by the page's address as the index has it."""
    found = select(Page.version, Source.site).join(Source, Source.id == Page.source_id).where(Page.url == url)
    row = db.session.execute(found.order_by(Page.id).limit(1)).one_or_none()
    if row is None:
        return Section(url, anchor)
    return Section(url, anchor, row.site, row.version or "", content_hash(url, anchor))


def content_hash(url: str, anchor: str) -> str:
    """Return what changes with the text of a section, or of a page without an anchor; empty when it is gone."""
    rows = select(PassageRow.text_hash).join(Page, Page.id == PassageRow.page_id).where(Page.url == url)
    if anchor:
        rows = rows.where(PassageRow.anchor == anchor)
    hashes = db.session.scalars(rows.order_by(PassageRow.page_id, PassageRow.position)).all()
    return hashlib.sha256(" ".join(hashes).encode()).hexdigest() if hashes else ""
