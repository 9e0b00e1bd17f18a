"""Whether the first of the sections found says what was asked, as far as that can be told.

Words and meaning make it likely and never certain: a page may speak of just this and leave the answer out. So an answer
is claimed only on such evidence as was right nearly nine times in ten on the question sets, and else the nearest
sections are shown. `python -m tests.eval --sure THRESHOLD` prints what another threshold would give.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from chatkit.answers.lines import Lines, unit_at
from chatkit.search.query import Query

SURE_BY_WORDS, SURE_BY_MEANING = 1.08, 1.65
# What every answerable question passes: better a section too many than a link that a reader does not get.
NEAR_BY_WORDS, NEAR_BY_MEANING = 0.06, 0.36
# A question of more terms says much that no page repeats, so each of them that a section holds speaks for it.
LONG_QUESTION = 12


@dataclass(frozen=True)
class Evidence:
    """What speaks for a section, each 0 to 1.

    ``shown`` and ``heading`` are how much of the query its lines and its headings cover, ``section`` how much all of it
    does. ``meaning`` and ``line`` say how near the meaning of the section and of its best line is, and ``lead`` how
    far it is ahead of the next section; None where meaning is not compared.
    """

    shown: float
    heading: float
    section: float
    meaning: float | None = None
    line: float = 0.0
    lead: float = 0.0
    is_long: bool = False

    @property
    def is_sure(self) -> bool:
        """Tell whether the section is right so likely that it may be called the answer."""
        if self.meaning is None:
            return self.shown + 0.5 * self.heading >= SURE_BY_WORDS
        by_meaning = self.meaning + 0.65 * self.line + 1.2 * self.lead
        return by_meaning + 0.3 * self.shown + 0.45 * self.heading >= SURE_BY_MEANING

    @property
    def is_near(self) -> bool:
        """Tell whether the section has anything to do with what was asked."""
        if self.meaning is None:
            return self.section >= (0.0 if self.is_long else NEAR_BY_WORDS)
        return self.meaning + 0.3 * self.section >= NEAR_BY_MEANING


def weigh(query: Query, chosen: Sequence[Lines]) -> Evidence:
    """Return what speaks for the first of the sections found, of which these lines would be shown."""
    passage = chosen[0].passage
    shown = passage.heading_stems.union(*(unit_at(passage, place).stems for place in chosen[0].places))
    is_long = len(query.weights) > LONG_QUESTION
    shown_part, section = query.coverage(shown), query.coverage(passage.stems)
    if passage.meaning is None:
        return Evidence(shown_part, query.coverage(passage.heading_stems), section, is_long=is_long)
    # Beside meaning only its own heading tells more: the page's title is that of sections which answer nothing, too.
    heading = query.coverage(passage.section_stems)
    line = max((score for block in passage.unit_scores or () for score in block), default=0.0)
    following = chosen[1].passage.rank if len(chosen) > 1 else 0.0
    return Evidence(shown_part, heading, section, passage.meaning, line, max(passage.rank - following, 0.0), is_long)
