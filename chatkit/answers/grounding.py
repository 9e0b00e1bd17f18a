"""Whether a passage supports a claim: the words agree, and so do names, numbers, times, and yes or no.

This compares words and does not understand them. How often it is right was measured on claims
about this documentation, see tests/answers/claims.jsonl.
"""

import itertools
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from chatkit.answers.claims import LIGHT, Clause, Facts, clauses, facts, is_claim, opposed, stems, together, words
from chatkit.search.passages import Passage

# A claim is supported when the passage holds this share of its words, rare ones weighing more.
ENOUGH = 0.675
OWN = 0.3
LIGHT_WEIGHT = 0.25
# Whether a claim is denied is judged by the clauses that come near the nearest one.
NEAR = 0.8
LINE_END = re.compile(r"\n|(?<=[.!?。！？])\s+")


@dataclass(frozen=True)
class _Passage:
    """A passage as claims are held against it: line by line, and by two lines that follow each other."""

    flat: str
    words: frozenset[str]
    heading: frozenset[str]
    lines: tuple[Facts, ...]
    pairs: tuple[Facts, ...]


class Support:
    """Compares claims with passages, which are counted from 1."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._passages = [_read(hit) for hit in passages]
        every = [
            text for passage in self._passages for text in (passage.heading, *(line.stems for line in passage.lines))
        ]
        held = Counter(term for text in every for term in text)
        self._unheard = _rarity(len(every), 0)
        self._weights = {term: _rarity(len(every), count) for term, count in held.items()}

    def holds(self, claim: str, number: int) -> bool:
        """Tell whether the passage supports the claim."""
        return 1 <= number <= len(self._passages) and self.share(claim, number) >= ENOUGH

    def best(self, claim: str) -> int | None:
        """Return the passage that supports a claim best, if one does."""
        shares = {number: self.share(claim, number) for number in range(1, len(self._passages) + 1)}
        best = max(shares, key=lambda number: shares[number], default=None)
        return best if best is not None and shares[best] >= ENOUGH else None

    def holds_code(self, lines: Sequence[str]) -> int | None:
        """Return a passage that holds or supports every line of code that says something."""
        telling = [line for line in lines if is_claim(line)]
        for number, passage in enumerate(self._passages, 1):
            if all(" ".join(line.split()) in passage.flat or self.holds(line, number) for line in telling):
                return number if telling else None
        return None

    def share(self, claim: str, number: int) -> float:
        """Return how much of a claim a passage holds: of the whole in one place, or of each clause in its own."""
        passage = self._passages[number - 1]
        whole = self._share(facts(claim), passage)
        if whole >= ENOUGH or len(parts := clauses(claim)) < 2:
            return whole
        return max(whole, min(self._share(part, passage) for part in parts))

    def _share(self, claim: Facts, passage: _Passage) -> float:
        """Return the largest share that a stretch holds which does not disagree; 0 below what is enough."""
        whole = self._weigh(claim.stems)
        if not whole or not claim.names <= passage.words:
            return 0.0
        stretches = (*passage.lines, *passage.pairs)
        # What only a heading says is about everything below it, so it does not suffice.
        told = [said for said in stretches if self._weigh(claim.stems & said.stems) >= OWN * whole]
        held = [(self._weigh(claim.stems & (said.stems | passage.heading)) / whole, said) for said in told]
        return max((share for share, said in held if share >= ENOUGH and self._agree(claim, said)), default=0.0)

    def _agree(self, claim: Facts, said: Facts) -> bool:
        """Tell whether numbers, times, opposites and denials of a claim are those of what was said."""
        return (
            claim.numbers <= said.numbers
            and claim.units <= said.units
            and not any(number in dict(said.amounts) for number, _ in claim.amounts - said.amounts)
            and not opposed(claim.words, said.words)
            and all(self._said_alike(clause, said.clauses) for clause in claim.clauses)
        )

    def _said_alike(self, claimed: Clause, said: Sequence[Clause]) -> bool:
        """Tell whether the clauses that say most of the same deny it, or do not, as this one does."""
        overlaps = [self._weigh(claimed.stems & clause.stems) for clause in said]
        most = max(overlaps, default=0.0)
        near = [clause for clause, overlap in zip(said, overlaps, strict=True) if overlap >= NEAR * most]
        return not most or any(clause.negated == claimed.negated for clause in near)

    def _weigh(self, terms: frozenset[str]) -> float:
        return sum(self._weights.get(term, self._unheard) * (LIGHT_WEIGHT if term in LIGHT else 1) for term in terms)


def _read(hit: Passage) -> _Passage:
    lines = [(line, facts(line)) for line in LINE_END.split(hit.body) if line.strip()]
    # A row of a table stands alone: the next one is about something else.
    pairs = (
        together((said, following))
        for (line, said), (next_line, following) in itertools.pairwise(lines)
        if not line.startswith("|") and not next_line.startswith("|")
    )
    whole = words(f"{hit.heading}\n{hit.body}")
    return _Passage(
        " ".join(hit.body.split()), whole, stems(hit.heading), tuple(said for _, said in lines), tuple(pairs)
    )


def _rarity(total: int, held: int) -> float:
    return math.log(1 + (total - held + 0.5) / (held + 0.5))
