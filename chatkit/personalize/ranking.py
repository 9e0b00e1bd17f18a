"""Pages found in several ways become one list, in which the neighbours of what was read lead.

Each way is a list of its own; a page counts for the weight of its list divided by its place there (weighted reciprocal
ranks). Equal weights did worse than the neighbours alone, see docs/recommendations.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from chatkit.personalize import levels
from chatkit.personalize.pages import SitePage
from chatkit.personalize.recommendation import Basis, Kind, Recommendation

WEIGHTS = {
    Kind.QUESTION: 1.0,
    Kind.SAVED_CHAT: 1.0,
    Kind.PAGE: 1.0,
    Kind.PREFERENCE: 0.8,
    Kind.NEXT: 0.45,
    Kind.ANSWERED_NOW: 0.4,
    Kind.RATED_DOWN: 0.3,
}


@dataclass(frozen=True)
class Candidate:
    """A page that might be recommended for one reason; ``strength`` compares it with others of its list.

    ``url`` and ``title`` are those of the section that fits, where it is not the page as a whole.
    """

    page: SitePage
    kind: Kind
    because: Basis | None
    strength: float
    url: str | None = None
    title: str | None = None

    def recommend(self) -> Recommendation:
        """Return it as it is sent."""
        title = self.title or self.page.plain_title
        return Recommendation(self.page.url, title, self.url or self.page.url, self.kind, self.because)


def fuse(lists: Sequence[Sequence[Candidate]], level: str | None = None) -> list[Candidate]:
    """Return each page once, best first, for the reason that counts most for it."""
    totals, best = dict[int, float](), dict[int, tuple[float, Candidate]]()
    for candidates in lists:
        own = [(levels.factor(each.page, level), each) for each in candidates]
        own.sort(key=lambda one: -one[1].strength * one[0])
        for place, (factor, each) in enumerate(own, 1):
            part = WEIGHTS[each.kind] * factor / place
            totals[each.page.id] = totals.get(each.page.id, 0.0) + part
            if each.page.id not in best or part > best[each.page.id][0]:
                best[each.page.id] = (part, each)
    return [best[page_id][1] for page_id in sorted(totals, key=lambda page_id: (-totals[page_id], page_id))]
