"""Pages and their passages. The full-text index over passages is made in the migrations."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Double, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from chatkit.database.orm import Model, UtcDateTime, utcnow


class Source(Model):
    """Where pages come from: a folder or a site. ``base_url`` is what the addresses of its pages begin with.

    ``site`` names the documentation that its pages are part of. Sources of one site answer together, those of two
    sites never for each other.
    ``reason`` says what its generator was told by, and ``options`` how it was read, so that it can be read so again.
    """

    __tablename__ = "sources"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(1000), unique=True)
    base_url: Mapped[str] = mapped_column(String(1000))
    site: Mapped[str] = mapped_column(String(255), server_default="/")
    generator: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(300), server_default="")
    options: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    indexed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Page(Model):
    """A page of a source, as last indexed; ``path`` is its file or the address it was fetched from.

    ``version`` is that of the documentation it belongs to, null where it has none. ``language`` is a tag of BCP 47,
    null where nothing says in which language the page is. ``order_key`` sorts the pages of a source as its site does.
    """

    __tablename__ = "pages"
    __table_args__ = (UniqueConstraint("source_id", "path"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id", ondelete="CASCADE"))
    path: Mapped[str] = mapped_column(String(500))
    url: Mapped[str] = mapped_column(String(1000), index=True)
    title: Mapped[str] = mapped_column(String(300))
    version: Mapped[str | None] = mapped_column(String(100))
    language: Mapped[str | None] = mapped_column(String(35))
    order_key: Mapped[str] = mapped_column(String(500), server_default="")
    content_hash: Mapped[str] = mapped_column(String(64))
    etag: Mapped[str | None] = mapped_column(String(200))
    last_modified: Mapped[str | None] = mapped_column(String(64))
    indexed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)


class ScopeRow(Model):
    """The pages of a source in one version and one language, each empty where the pages have none.

    ``is_current`` says that they are the version that their site shows at addresses which name no version.
    """

    __tablename__ = "scopes"
    __table_args__ = (UniqueConstraint("source_id", "version", "language"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id", ondelete="CASCADE"))
    version: Mapped[str] = mapped_column(String(100))
    language: Mapped[str] = mapped_column(String(35))
    pages: Mapped[int] = mapped_column(server_default="0")
    is_current: Mapped[bool] = mapped_column(server_default=false())


class PassageRow(Model):
    """A stretch of a page under one heading. ``heading`` is the path "Page > Section".

    ``blocks`` is the structure of ``body``, see `chatkit/search/passages.py`; ``term_count`` says how many terms of
    heading and body are indexed. The terms themselves are in the full-text index alone. ``text_hash`` is that of
    heading and body. ``scope_id`` is that of its page, kept here so that a search sees it without the page.
    """

    __tablename__ = "passages"
    # SQLite finds a passage's scope in it, where the passage itself would be twice as far away.
    __table_args__ = (Index("ix_passages_id_scope_id", "id", "scope_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    stable_id: Mapped[str] = mapped_column(String(16), unique=True)
    page_id: Mapped[int] = mapped_column(ForeignKey("pages.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    anchor: Mapped[str] = mapped_column(String(200))
    heading: Mapped[str] = mapped_column(String(600))
    body: Mapped[str] = mapped_column(Text)
    blocks: Mapped[list[dict[str, Any]]] = mapped_column(JSON, server_default="[]")
    term_count: Mapped[int]
    text_hash: Mapped[str] = mapped_column(String(32), index=True, server_default="")
    scope_id: Mapped[int] = mapped_column(server_default="0")


class Embedding(Model):
    """The vectors that an encoder made of a passage's heading and body; see `chatkit/search/vectors.py`.

    They are kept by the text's hash, so that they outlive the row of a passage whose page is indexed anew.
    """

    __tablename__ = "embeddings"

    text_hash: Mapped[str] = mapped_column(String(32), primary_key=True)
    model: Mapped[str] = mapped_column(String(64), primary_key=True)
    vector: Mapped[bytes] = mapped_column(LargeBinary)
    tokens: Mapped[bytes | None] = mapped_column(LargeBinary)


class Term(Model):
    """A term of the full-text index, and how many passages hold it."""

    __tablename__ = "terms"

    term: Mapped[str] = mapped_column(Text, primary_key=True)
    df: Mapped[int]


class Corpus(Model):
    """How much is indexed, and in which languages: one row. ``languages`` are tags with spaces between.

    ``state`` changes whenever passages or their vectors do; ``has_neighbours`` says that the neighbours of the pages
    have been found since the passages changed.
    """

    __tablename__ = "corpus"

    id: Mapped[int] = mapped_column(primary_key=True)
    passages: Mapped[int]
    mean_terms: Mapped[float] = mapped_column(Double)
    languages: Mapped[str] = mapped_column(Text, server_default="")
    state: Mapped[str] = mapped_column(String(32), server_default="")
    has_neighbours: Mapped[bool] = mapped_column(server_default=false())


class PageNeighbour(Model):
    """A page that is near another one of its site, version and language; ``position`` counts from 0, nearest first.

    ``score`` is from 0 to 1; see `chatkit/search/similarity.py`.
    """

    __tablename__ = "page_neighbours"

    page_id: Mapped[int] = mapped_column(ForeignKey("pages.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    neighbour_id: Mapped[int] = mapped_column(ForeignKey("pages.id", ondelete="CASCADE"), index=True)
    score: Mapped[float] = mapped_column(Double)
