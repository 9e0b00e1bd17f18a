"""Fusion: the order of passages by words and by meaning together.

Scores of different kinds are comparable once each is scaled to 0 for the least and 1 for the greatest of those at hand.
What each counts was measured by `make eval`. A passage without vectors is judged by its words alone.
"""

from collections.abc import Mapping
from typing import NamedTuple

# To choose passages, words and meaning count alike.
COSINE = 0.5
# To order the chosen ones, late interaction counts nearly as much as all others together.
LATE_INTERACTION, WORDS, VECTOR, HEADING = 0.5, 0.15, 0.25, 0.15


class Chosen(NamedTuple):
    """How well a passage fits, each 0 to 1: by words and meaning together, by its words, and by its vector."""

    both: float
    words: float
    vector: float | None


def choose(ranks: Mapping[int, float], cosines: Mapping[int, float], nearest: int) -> dict[int, Chosen]:
    """Return how well passages fit, by id, best first.

    ``ranks`` holds BM25 of those that fit best by words, ``cosines`` those of the ``nearest`` by meaning, best first,
    and of others.
    """
    words = scaled(ranks)
    closest = list(cosines.values())[:nearest] or [0.0]
    least, span = closest[-1], (closest[0] - closest[-1]) or 1.0
    found = {}
    for id_ in {**ranks, **cosines}:
        word = words.get(id_, 0.0)
        vector = max((cosines[id_] - least) / span, 0.0) if id_ in cosines else None
        found[id_] = Chosen((1 - COSINE) * word + COSINE * (word if vector is None else vector), word, vector)
    return dict(sorted(found.items(), key=lambda item: -item[1].both))


def order(chosen: Mapping[int, Chosen], tokens: Mapping[int, float], headings: Mapping[int, float]) -> dict[int, float]:
    """Return what each of the chosen passages is worth, by id: 1 is the most.

    ``tokens`` says how well each that has vectors answers token by token, ``headings`` how well its heading fits.
    """
    words = scaled({id_: one.words for id_, one in chosen.items()})
    vectors = scaled({id_: one.vector for id_, one in chosen.items() if one.vector is not None})
    tokens, headings = scaled(tokens), scaled(headings)
    whole = LATE_INTERACTION + WORDS + VECTOR + HEADING

    def worth(id_: int) -> float:
        word = words[id_]
        vector = vectors.get(id_, word)
        # An encoder may make no vectors of tokens.
        return (
            LATE_INTERACTION * tokens.get(id_, vector)
            + WORDS * word
            + VECTOR * vector
            + HEADING * headings.get(id_, vector)
        ) / whole

    return {id_: worth(id_) for id_ in chosen}


def scaled(scores: Mapping[int, float]) -> dict[int, float]:
    """Return scores between 0 for the least and 1 for the greatest; 1 when all are alike."""
    least, greatest = min(scores.values(), default=0.0), max(scores.values(), default=0.0)
    return {id_: (score - least) / (greatest - least) if greatest > least else 1.0 for id_, score in scores.items()}
