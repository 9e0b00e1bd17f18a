"""Encoding: passages get their vectors beside the requests, a few at a time, and vectors without a passage go."""

import contextlib
import os
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, current_app
from sqlalchemy import Row, Select, delete, func, or_, select, tuple_

from chatkit import config
from chatkit.database.orm import db, row_count, upsert
from chatkit.search import encoders, index
from chatkit.search.encoders import Model
from chatkit.search.encoding import Encoder
from chatkit.search.models import Embedding, Page, PassageRow

# A piece of work takes about so long. Stopping a server waits for it.
PIECE_SECONDS = 1.0
BATCH = 50
PRUNED_TOGETHER = 2_000
# How soon readers get what has been made of a large site, while more of it is made. Each worker then loads all anew.
ANNOUNCED_EVERY_SECONDS = 60.0
# Readers come first.
NICENESS = 10


@dataclass
class _Progress:
    """How far the vectors of the index have come; ``done`` is the state of the index that had all of them."""

    done: str | None = None
    after: int = 0
    unannounced: bool = False
    announced_at: float = field(default_factory=time.monotonic)


@dataclass(frozen=True)
class EmbeddingStatus:
    """How many of the passages that an encoder can read have vectors."""

    encoder: str
    passages: int
    encoded: int


def init_app(app: Flask) -> None:
    """Make the place for what this process knows of the work."""
    app.extensions["chatkit_embedding"] = _Progress()


def embed_batch() -> bool:
    """Do a piece of the work and commit; False when all is done, or when there is no encoder."""
    model = encoders.choose(config.settings()).model
    progress: _Progress = current_app.extensions["chatkit_embedding"]
    state = index.corpus_statistics().state
    if model is None or state == progress.done:
        db.session.rollback()
        return False
    waiting = db.session.execute(_waiting(model).where(PassageRow.id > progress.after).limit(BATCH)).all()
    # Encoding takes a while, in which no transaction shall stay open.
    db.session.rollback()
    if waiting:
        progress.after = _embed(encoders.load(model), waiting)
        progress.unannounced = True
        if time.monotonic() - progress.announced_at > ANNOUNCED_EVERY_SECONDS:
            _announce(progress, state)
    elif progress.after:
        # Pages may have been indexed meanwhile.
        progress.after = 0
    elif not _prune(model):
        # Unless pages have been indexed since, all is done.
        progress.done = _announce(progress, state) if progress.unannounced else state
        db.session.commit()
        return False
    db.session.commit()
    return True


def status() -> EmbeddingStatus | None:
    """Return how far the work is; None when there is no encoder."""
    model = encoders.choose(config.settings()).model
    if model is None:
        return None
    passages = db.session.scalar(select(func.count()).select_from(_readable(model).subquery())) or 0
    waiting = db.session.scalar(select(func.count()).select_from(_waiting(model).subquery())) or 0
    return EmbeddingStatus(model.name, passages, passages - waiting)


def _embed(encoder: Encoder, waiting: Sequence[Row[int, str, str, str]]) -> int:
    """Encode some of the passages that wait; return the id of the last one."""
    # What needs numpy is imported where there is an encoder.
    from chatkit.search import vectors

    _be_nice()
    rows, until = list[dict[str, Any]](), time.monotonic() + PIECE_SECONDS
    for passage in waiting:
        found = encoder.encode_passage(passage.heading, passage.body)
        row = {"text_hash": passage.text_hash, "model": encoder.model}
        rows.append(row | {"vector": vectors.pack_vector(found), "tokens": vectors.pack_tokens(found)})
        if time.monotonic() > until:
            break
    # Passages may have the same text, and a command may do the same work.
    db.session.execute(upsert(Embedding).on_conflict_do_nothing(), rows)
    return int(waiting[len(rows) - 1].id)


def _announce(progress: _Progress, state: str) -> str | None:
    """Have every process load the vectors anew; return the new state of the index, None when it had changed."""
    announced = index.announce_vectors(state)
    progress.announced_at = time.monotonic()
    progress.unannounced = announced is None
    return announced


def _prune(model: Model) -> bool:
    """Delete some of the vectors that no passage has any more, or another encoder made; False when none is left."""
    used = select(PassageRow.id).where(PassageRow.text_hash == Embedding.text_hash).exists()
    unused = select(Embedding.text_hash, Embedding.model).where(or_(Embedding.model != model.model, ~used))
    keys = tuple_(Embedding.text_hash, Embedding.model)
    return bool(row_count(db.session.execute(delete(Embedding).where(keys.in_(unused.limit(PRUNED_TOGETHER))))))


def _readable(model: Model) -> Select[int, str, str, str]:
    """Return the query of the passages that an encoder can read."""
    languages = db.session.scalars(select(Page.language).distinct()).all()
    known = [language for language in languages if language is not None and model.knows(language)]
    read = Page.language.in_(known)
    passages = select(PassageRow.id, PassageRow.text_hash, PassageRow.heading, PassageRow.body).join(Page)
    return passages.where(or_(read, Page.language.is_(None)) if model.knows(None) else read)


def _waiting(model: Model) -> Select[int, str, str, str]:
    """Return the query of those of them that have no vector."""
    own = (Embedding.text_hash == PassageRow.text_hash) & (Embedding.model == model.model)
    return _readable(model).where(~select(Embedding.model).where(own).exists()).order_by(PassageRow.id)


def _be_nice() -> None:
    """Let the system prefer every other thread; only Linux knows the niceness of a single one."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
