"""Late interaction: a question compared with passages token by token, as ColBERT does.

Each token of the question looks for the token of the passage that is most alike; the mean of these likenesses, each
weighted by what its word weighs, is how well the passage answers (MaxSim; Khattab and Zaharia 2020). The same over the
tokens of one sentence or row says how well it does.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chatkit.search.vectors import OUTSIDE, unpack_tokens

# Between a vector of length 1 and the signs of another, at length 1 too, the product is this much of the cosine.
SIGNS = math.sqrt(2 / math.pi)

Spans = Sequence[Sequence[tuple[int, int]]]


@dataclass(frozen=True)
class Asked:
    """A question: its vector, those of its tokens, a row each, and what each token weighs; not all of them nothing."""

    vector: NDArray[np.float32]
    tokens: NDArray[np.float32]
    weights: NDArray[np.float32]


@dataclass(frozen=True)
class Likeness:
    """How well a passage answers, 0 to 1, and how much its heading, as it is meant here, is like the whole question."""

    passage: float
    heading: float
    _weights: NDArray[np.float32]
    _starts: NDArray[np.uint16]
    _similarities: NDArray[np.float32]

    def units(self, spans: Spans) -> tuple[tuple[float, ...], ...]:
        """Return how well each unit answers, 0 to 1; ``spans`` are the units' places in the body, block by block."""
        body = self._starts != OUTSIDE
        starts, similarities = self._starts[body], self._similarities[:, body]
        edges = np.searchsorted(starts, np.array([span for block in spans for span in block]).reshape(-1, 2))
        # A column of nothing at the end, where a unit may end, too.
        columns = np.concatenate([similarities, np.zeros_like(similarities[:, :1])], axis=1)
        best = np.maximum.reduceat(columns, edges.ravel(), axis=1)[:, ::2]
        scores = np.where(edges[:, 0] < edges[:, 1], np.clip(self._weights @ best, 0, 1), 0).tolist()
        remaining = iter(scores)
        return tuple(tuple(next(remaining) for _ in block) for block in spans)


def compare(asked: Asked, stored: Sequence[bytes]) -> list[Likeness]:
    """Compare a question with passages, given by their tokens as they are stored; each has one token at least."""
    dimensions = len(asked.vector)
    starts, packed = zip(*(unpack_tokens(tokens, dimensions) for tokens in stored), strict=True)
    signs = np.unpackbits(np.concatenate(packed), axis=1, count=dimensions).astype(np.float32)
    rows = np.concatenate([asked.tokens, asked.vector[None]])
    # As of signs 1 and -1, without making them.
    products = 2 * (rows @ signs.T) - rows.sum(axis=1, keepdims=True)
    products /= SIGNS * math.sqrt(dimensions)
    weights = asked.weights / asked.weights.sum()
    found, begin = [], 0
    for own in starts:
        similarities = products[:, begin : begin + len(own)]
        begin += len(own)
        tokens, whole = similarities[:-1], similarities[-1]
        heading = whole[own == OUTSIDE]
        passage = min(max(float(weights @ tokens.max(axis=1)), 0.0), 1.0)
        found.append(Likeness(passage, float(heading.mean()) if len(heading) else 0.0, weights, own, tokens))
    return found
