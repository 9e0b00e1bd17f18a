"""The first question of each cluster, as a process knows it: a new question finds the first that asks the same.

There may be thousands, and the meaning of one takes some milliseconds. So they are read once in each state of the
index. Words are compared only where two questions share one, meanings with all of a language at once.
"""

from collections import defaultdict
from collections.abc import Collection

from chatkit.gaps.similarity import SAME_MEANING, Wording
from chatkit.search import likeness
from chatkit.search.likeness import Meanings

# The number of a question and its fingerprint: where the newest is deleted, SQLite gives its number to another.
Leader = tuple[int, str]


class Leaders:
    """The first questions of clusters."""

    def __init__(self) -> None:
        self._state = ""
        self._wordings: dict[Leader, Wording] = {}
        # By their terms and their texts.
        self._holding = defaultdict[str, set[Leader]](set)
        self._meanings = defaultdict[str, Meanings[Leader]](Meanings)

    def find_unknown(self, leaders: Collection[Leader], index_state: str) -> list[Leader]:
        """Return which of these are not known in this state of the index, the oldest first, and forget all others."""
        if index_state != self._state:
            # What a word weighs has changed, and what a question means has not.
            self._state, self._wordings = index_state, {}
            self._holding.clear()
        wanted = set(leaders)
        for gone in self._wordings.keys() - wanted:
            wording = self._wordings.pop(gone)
            for key in (wording.text, *wording.weights):
                self._holding[key].discard(gone)
        for meanings in self._meanings.values():
            meanings.keep(wanted)
        return sorted(wanted - self._wordings.keys())

    def add(self, leader: Leader, wording: Wording) -> None:
        """Know one more. Raises ``RetryLater`` when an embedding server is away."""
        if likeness.is_on(wording.language):
            self._meanings[wording.language].add(leader, wording.text)
        self._wordings[leader] = wording
        for key in (wording.text, *wording.weights):
            self._holding[key].add(leader)

    def find(self, wording: Wording) -> Leader | None:
        """Return the oldest that asks the same. Raises ``RetryLater`` when an embedding server is away."""
        near = set[Leader]().union(*(self._holding.get(key, ()) for key in (wording.text, *wording.weights)))
        alike = [leader for leader in near if self._wordings[leader].has_same_words(wording)]
        if wording.language in self._meanings:
            alike += self._meanings[wording.language].alike(wording.text, SAME_MEANING)
        return min(alike, default=None)
