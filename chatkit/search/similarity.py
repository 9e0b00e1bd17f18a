"""Which texts are about the same: the cosine of TF-IDF with a text and with its title, a little raised in one section.

Pure, and bounded: of each text the terms that tell most of it are compared, by posting lists, never each pair.
"""

import math
from array import array
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import chain
from operator import itemgetter

# So many terms of a text are compared, those that weigh most. `make eval` measures these figures.
COMPARED_TERMS = 1_000
# So many places where terms of a text stand are looked at, of its weightiest term first: on a large site the cost of a
# text does not grow with the number of others.
COMPARED_PLACES = 10_000
# Who writes about a thing names it: what a text says of another's title counts half as much as what both texts say.
TITLE = 1 / 3
# What lies in the same section of a site is somewhat likelier to be read next.
SAME_SECTION = 0.1
# Texts that are less alike are not near.
NEAR = 0.08


@dataclass(frozen=True)
class Document:
    """A text as its terms with how often each stands in it, those of its title among them, and its site's section."""

    terms: Mapping[str, float]
    section: str = ""
    title: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Neighbour:
    """A text that is near another, by its place among the texts; ``score`` is from 0 to 1."""

    place: int
    score: float


class Similarity:
    """Collects texts, keeping of each only what is compared, and tells which are near each other.

    similarity = Similarity()
    for document in documents:
        similarity.add(document)
    nearest = similarity.nearest(keep=10)
    """

    def __init__(self) -> None:
        self._numbers = dict[str, int]()
        self._frequencies = array("I")
        self._terms: list[array[int]] = []
        self._counts: list[array[float]] = []
        self._titles: list[array[int]] = []
        self._sections: list[str] = []

    def add(self, document: Document) -> None:
        """Take the next text."""
        terms, counts = array("I"), array("f")
        for term, count in document.terms.items():
            number = self._numbers.setdefault(term, len(self._numbers))
            if number == len(self._frequencies):
                self._frequencies.append(0)
            self._frequencies[number] += 1
            terms.append(number)
            counts.append(1 + math.log(count))
        self._terms.append(terms)
        self._counts.append(counts)
        self._titles.append(array("I", (self._numbers[term] for term in document.title if term in document.terms)))
        self._sections.append(document.section)

    def nearest(self, keep: int) -> Iterator[list[Neighbour]]:
        """Yield the texts near each text, nearest first and ``keep`` at most, in the order they were added."""
        postings = dict[int, _Postings]()
        for place in range(len(self._terms)):
            text = ((number, (1 - TITLE) * weight) for number, weight in self._vector(place))
            title = ((number, TITLE * weight) for number, weight in self._title_vector(place))
            for number, weight in chain(text, title):
                if number not in postings:
                    postings[number] = _Postings()
                postings[number].places.append(place)
                postings[number].weights.append(weight)
        for place in range(len(self._terms)):
            yield self._nearest(place, postings, keep)

    def _vector(self, place: int) -> list[tuple[int, float]]:
        """Return the terms of a text that are compared, with what each weighs; the whole vector's length is 1."""
        weights = [
            (number, count * self._weight(number))
            for number, count in zip(self._terms[place], self._counts[place], strict=True)
        ]
        return nlargest(COMPARED_TERMS, self._shared(weights), key=itemgetter(1))

    def _title_vector(self, place: int) -> Iterator[tuple[int, float]]:
        """Return the terms of a text's title that others have, likewise; each counts once."""
        return self._shared([(number, self._weight(number)) for number in self._titles[place]])

    def _weight(self, number: int) -> float:
        """Return what a term weighs: the root, since it weighs in both texts, and the IDF counts once."""
        return math.sqrt(math.log(len(self._terms) / self._frequencies[number]))

    def _shared(self, weights: Sequence[tuple[int, float]]) -> Iterator[tuple[int, float]]:
        """Yield those terms of a vector that stand in other texts too, when its length has been made 1."""
        length = math.sqrt(sum(weight * weight for _, weight in weights)) or 1.0
        return ((number, weight / length) for number, weight in weights if self._frequencies[number] > 1)

    def _nearest(self, place: int, postings: Mapping[int, "_Postings"], keep: int) -> list[Neighbour]:
        likeness, left = defaultdict[int, float](float), COMPARED_PLACES
        for number, weight in self._vector(place):
            found = postings[number]
            left -= len(found.places)
            if left < 0:
                break
            for other, own in zip(found.places, found.weights, strict=True):
                likeness[other] += weight * own
        likeness.pop(place, None)
        # What is of the same section may overtake some of the others.
        nearest = nlargest(2 * keep, likeness.items(), key=itemgetter(1))
        near = [
            Neighbour(other, min(1.0, value * (1 + SAME_SECTION * (self._sections[other] == self._sections[place]))))
            for other, value in nearest
            if value >= NEAR
        ]
        return sorted(near, key=lambda one: (-one.score, one.place))[:keep]


class _Postings:
    """Where a term stands, and what it weighs there; eight bytes a place."""

    def __init__(self) -> None:
        self.places = array("I")
        self.weights = array("f")
