"""How good a ranking is: nDCG, recall and reciprocal rank, each over the first ten."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

DEPTH = 10


@dataclass(frozen=True)
class Quality:
    """Means over queries, each from 0 to 1."""

    ndcg: float
    recall: float
    mrr: float


def quality(rankings: Mapping[str, Sequence[str]], judged: Mapping[str, Mapping[str, int]]) -> Quality:
    """Judge rankings of document ids by query id; only queries with a relevant document count."""
    queries = [query for query, grades in judged.items() if any(grade > 0 for grade in grades.values())]
    pairs = [(rankings.get(query, [])[:DEPTH], judged[query]) for query in queries]
    return Quality(
        statistics.fmean(_ndcg(ranking, grades) for ranking, grades in pairs),
        statistics.fmean(_recall(ranking, grades) for ranking, grades in pairs),
        statistics.fmean(_reciprocal_rank(ranking, grades) for ranking, grades in pairs),
    )


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that ``share`` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)]


def _ndcg(ranking: Sequence[str], grades: Mapping[str, int]) -> float:
    best = sorted(grades.values(), reverse=True)[:DEPTH]
    return _gain([grades.get(document, 0) for document in ranking]) / _gain(best)


def _gain(grades: Sequence[int]) -> float:
    return sum(grade / math.log2(place + 1) for place, grade in enumerate(grades, 1))


def _recall(ranking: Sequence[str], grades: Mapping[str, int]) -> float:
    relevant = {document for document, grade in grades.items() if grade > 0}
    return len(relevant & set(ranking)) / len(relevant)


def _reciprocal_rank(ranking: Sequence[str], grades: Mapping[str, int]) -> float:
    return next((1 / place for place, document in enumerate(ranking, 1) if grades.get(document, 0) > 0), 0.0)
