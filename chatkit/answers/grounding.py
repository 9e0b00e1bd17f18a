"""Whether a passage supports a claim: the words agree, and so do names, numbers, times and negation.

This compares words and does not understand them. How often it is right was measured on claims
about this documentation, see tests/answers/claims.jsonl.
"""

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from chatkit.answers.claims import (
    LIGHT_STEMS,
    Claims,
    Clause,
    all_stems,
    claims_by_clause,
    content_stems,
    contradicts,
    extract_claims,
    is_claim,
    merge,
)
from chatkit.search.passages import Passage
from chatkit.search.statistics import inverse_document_frequency

# A claim is supported when the passage covers this share of its words, rare ones weighing more.
SUPPORT_THRESHOLD = 0.675
# So much of it must stand in the passage's body, and not only in its heading.
MIN_BODY_COVERAGE = 0.3
LIGHT_WEIGHT = 0.25
# Negation is judged by the clauses that share nearly as much with the claim as the nearest one does.
NEARLY = 0.8
LINE_END = re.compile(r"\n|(?<=[.!?。！？])\s+")


@dataclass(frozen=True)
class _Evidence:
    """A passage as claims are compared with it: line by line, and by each two consecutive lines."""

    normalized_body: str
    stems: frozenset[str]
    heading_stems: frozenset[str]
    spans: tuple[Claims, ...]


class Grounding:
    """Compares claims with passages, which are counted from 1.

    ``Grounding(passages).is_supported("The foghorn sounds every 30 seconds.", 1)``
    """

    def __init__(self, passages: Sequence[Passage]) -> None:
        lines = [
            [(line, extract_claims(line)) for line in LINE_END.split(passage.body) if line.strip()]
            for passage in passages
        ]
        self._evidence = [
            _evidence(passage, passage_lines) for passage, passage_lines in zip(passages, lines, strict=True)
        ]
        texts = [evidence.heading_stems for evidence in self._evidence]
        texts += [claims.stems for passage_lines in lines for _, claims in passage_lines]
        frequencies = Counter(stem for text in texts for stem in text)
        self._unseen_weight = inverse_document_frequency(len(texts), 0)
        self._weights = {stem: inverse_document_frequency(len(texts), count) for stem, count in frequencies.items()}

    def is_supported(self, claim: str, number: int) -> bool:
        """Tell whether a passage supports the claim."""
        return 1 <= number <= len(self._evidence) and self.coverage(claim, number) >= SUPPORT_THRESHOLD

    def best_passage(self, claim: str) -> int | None:
        """Return the passage that supports a claim best, if one does."""
        coverages = {number: self.coverage(claim, number) for number in range(1, len(self._evidence) + 1)}
        best = max(coverages, key=lambda number: coverages[number], default=None)
        return best if best is not None and coverages[best] >= SUPPORT_THRESHOLD else None

    def passage_of_code(self, lines: Sequence[str]) -> int | None:
        """Return a passage that contains or supports every line of code that claims something."""
        claims = [line for line in lines if is_claim(line)]
        for number, evidence in enumerate(self._evidence, 1):
            if all(
                " ".join(line.split()) in evidence.normalized_body or self.is_supported(line, number) for line in claims
            ):
                return number if claims else None
        return None

    def coverage(self, claim: str, number: int) -> float:
        """Return how much of a claim a passage covers, 0 to 1: in one place, or each clause in a place of its own."""
        evidence = self._evidence[number - 1]
        whole = self._coverage(extract_claims(claim), evidence)
        if whole >= SUPPORT_THRESHOLD or len(clauses := claims_by_clause(claim)) < 2:
            return whole
        return max(whole, min(self._coverage(clause, evidence) for clause in clauses))

    def _coverage(self, claim: Claims, evidence: _Evidence) -> float:
        """Return the largest coverage by a span that does not disagree; 0 below the threshold."""
        total = self._weight(claim.stems)
        if not total or not claim.names <= evidence.stems:
            return 0.0
        # What only a heading says is about everything below it, so it does not suffice.
        spans = [span for span in evidence.spans if self._weight(claim.stems & span.stems) >= MIN_BODY_COVERAGE * total]
        coverages = [
            (self._weight(claim.stems & (span.stems | evidence.heading_stems)) / total, span) for span in spans
        ]
        return max(
            (coverage for coverage, span in coverages if coverage >= SUPPORT_THRESHOLD and self._agrees(claim, span)),
            default=0.0,
        )

    def _agrees(self, claim: Claims, span: Claims) -> bool:
        """Tell whether numbers, times, antonyms and negation of a claim are those of a span."""
        return (
            claim.numbers <= span.numbers
            and claim.units <= span.units
            and not any(number in dict(span.amounts) for number, _ in claim.amounts - span.amounts)
            and not contradicts(claim.words, span.words)
            and all(self._has_same_negation(clause, span.clauses) for clause in claim.clauses)
        )

    def _has_same_negation(self, claim: Clause, clauses: Sequence[Clause]) -> bool:
        """Tell whether one of the clauses nearest to a claim's clause is negated if and only if that one is."""
        overlaps = [self._weight(claim.stems & clause.stems) for clause in clauses]
        largest = max(overlaps, default=0.0)
        nearest = [clause for clause, overlap in zip(clauses, overlaps, strict=True) if overlap >= NEARLY * largest]
        return not largest or any(clause.negated == claim.negated for clause in nearest)

    def _weight(self, stems: frozenset[str]) -> float:
        return sum(
            self._weights.get(stem, self._unseen_weight) * (LIGHT_WEIGHT if stem in LIGHT_STEMS else 1)
            for stem in stems
        )


def _evidence(passage: Passage, lines: Sequence[tuple[str, Claims]]) -> _Evidence:
    # A row of a table stands alone: the next one is about something else.
    pairs = [
        merge((claims, next_claims))
        for (line, claims), (next_line, next_claims) in itertools.pairwise(lines)
        if not line.startswith("|") and not next_line.startswith("|")
    ]
    stems = all_stems(f"{passage.heading}\n{passage.body}")
    spans = (*(claims for _, claims in lines), *pairs)
    return _Evidence(" ".join(passage.body.split()), stems, content_stems(passage.heading), spans)
