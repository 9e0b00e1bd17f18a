"""The vectors of passages: how they are stored, and those of a whole index, loaded to be compared with a question.

A passage's vector is stored as 8-bit numbers, its tokens' vectors as their signs alone: measured, neither loses.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from chatkit.database.orm import db
from chatkit.search.encoding import Encoding
from chatkit.search.models import Embedding, PassageRow

# Up to so many passages a question is compared with each exactly; beyond, with those whose signs are most alike.
EXACT = 4_000
SHORTLIST = 500
OUTSIDE = 0xFFFF


def pack_vector(encoding: Encoding) -> bytes:
    """Return a passage's vector as it is stored: its direction, in 8-bit numbers."""
    scale = 127 / max(float(np.abs(encoding.vector).max()), 1e-9)
    return np.round(encoding.vector * scale).astype(np.int8).tobytes()


def pack_tokens(encoding: Encoding) -> bytes | None:
    """Return the vectors of a passage's tokens as they are stored: where each begins, then the signs of each."""
    if encoding.tokens is None:
        return None
    starts = np.array(encoding.starts, np.int64)
    starts = np.where((starts < 0) | (starts > OUTSIDE), OUTSIDE, starts).astype("<u2")
    return starts.tobytes() + np.packbits(encoding.tokens > 0, axis=1).tobytes()


def unpack_tokens(stored: bytes, dimensions: int) -> tuple[NDArray[np.uint16], NDArray[np.uint8]]:
    """Return where each token begins, ``OUTSIDE`` for those of the heading, and the signs of each, packed in bits."""
    row = 2 + (dimensions + 7) // 8
    count = len(stored) // row
    starts = np.frombuffer(stored, "<u2", count)
    return starts, np.frombuffer(stored, np.uint8, offset=2 * count).reshape(count, row - 2)


@dataclass(frozen=True)
class PassageVectors:
    """The vectors of all passages that have one, by the passages' ids in ascending order, with their scopes' ids."""

    ids: NDArray[np.int64]
    scopes: NDArray[np.int64]
    rows: NDArray[np.int8]
    lengths: NDArray[np.float32]
    signs: NDArray[np.uint64]

    def nearest(
        self, vector: NDArray[np.float32], limit: int, also: Collection[int], scopes: Collection[int] | None = None
    ) -> dict[int, float]:
        """Return the cosine of the ``limit`` passages most alike, best first, and then of others asked for.

        The most alike are those of ``scopes``, of all where that is None.
        """
        places = self._shortlist(vector, scopes)
        cosines = self._cosines(places, vector)
        best = np.argsort(-cosines, kind="stable")[:limit]
        found = dict(zip(self.ids[places[best]].tolist(), cosines[best].tolist(), strict=True))
        wanted = np.array(sorted(set(also) - found.keys()), np.int64)
        at = np.minimum(np.searchsorted(self.ids, wanted), len(self.ids) - 1)
        at = at[self.ids[at] == wanted]
        return found | dict(zip(self.ids[at].tolist(), self._cosines(at, vector).tolist(), strict=True))

    def _shortlist(self, vector: NDArray[np.float32], scopes: Collection[int] | None) -> NDArray[np.int64]:
        """Return the places of passages that may be among the nearest."""
        inside = None if scopes is None else np.flatnonzero(np.isin(self.scopes, list(scopes)))
        count = len(self.ids) if inside is None else len(inside)
        if count <= EXACT:
            return np.arange(count) if inside is None else inside
        unlike = np.bitwise_count(self.signs ^ _signs(vector[None])).sum(axis=0, dtype=np.uint16)
        if inside is None:
            return np.argpartition(unlike, SHORTLIST)[:SHORTLIST]
        return inside[np.argpartition(unlike[inside], SHORTLIST)[:SHORTLIST]]

    def _cosines(self, places: NDArray[np.int64], vector: NDArray[np.float32]) -> NDArray[np.float32]:
        products: NDArray[np.float32] = self.rows[places].astype(np.float32) @ vector
        return products / self.lengths[places]


def load(model: str) -> PassageVectors | None:
    """Return the vectors that a model made of the indexed passages; None when there are none."""
    stored = (
        select(PassageRow.id, PassageRow.scope_id, Embedding.vector)
        .join(Embedding, (Embedding.text_hash == PassageRow.text_hash) & (Embedding.model == model))
        .order_by(PassageRow.id)
    )
    found = db.session.execute(stored).all()
    if not found:
        return None
    ids, scopes, packed = zip(*found, strict=True)
    return assemble(ids, scopes, b"".join(packed))


def assemble(ids: Sequence[int], scopes: Sequence[int], packed: bytes) -> PassageVectors:
    """Return the vectors of passages, given one behind another as they are stored, in the order of ascending ids."""
    rows = np.frombuffer(packed, np.int8).reshape(len(ids), -1)
    lengths: NDArray[np.float32] = np.linalg.norm(rows.astype(np.float32), axis=1)
    return PassageVectors(np.array(ids, np.int64), np.array(scopes, np.int64), rows, lengths, _signs(rows))


def _signs(rows: NDArray[np.int8] | NDArray[np.float32]) -> NDArray[np.uint64]:
    """Return the signs of vectors, packed in bits, a column each: whole columns are counted quickest."""
    packed = np.packbits(rows > 0, axis=1)
    padded = np.pad(packed, ((0, 0), (0, -packed.shape[1] % 8)))
    return np.ascontiguousarray(padded.view(np.uint64).T)
