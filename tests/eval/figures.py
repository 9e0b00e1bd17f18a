"""How good the answers to questions are, in shares."""

from collections.abc import Sequence
from dataclasses import dataclass

from chatkit.answers.extractive import Outcome
from chatkit.evaluation.questions import Asked

# Readers look at few sections, so a right one must be among the first.
FIRST = 3


@dataclass(frozen=True)
class Share:
    """How many of how many."""

    part: int
    whole: int

    def __str__(self) -> str:
        return f"{self.part / self.whole:.3f} ({self.whole})" if self.whole else "–"


@dataclass(frozen=True)
class Figures:
    """How questions did.

    ``in_three`` and ``first`` tell of the questions with an answer how many show a right section among the first three
    and as the first, whatever the outcome; ``helps`` and ``helps_first`` of those with ``shows`` how many show these
    words. ``answered_rightly`` is the share of what is presented as answered that is right, ``answered_wrongly`` that
    of the questions without an answer that are presented as answered, ``nearest`` that of those with one that are not.
    """

    in_three: Share
    first: Share
    helps: Share
    helps_first: Share
    answered_rightly: Share
    answered_wrongly: Share
    nearest: Share


def figures(asked: Sequence[Asked]) -> Figures:
    """Return how questions did."""
    answerable = [one for one in asked if one.right]
    others = [one for one in asked if not one.right]
    judged = [one for one in answerable if one.line.shows]
    answered = [one for one in asked if one.outcome is Outcome.ANSWERED]
    return Figures(
        Share(sum(one.place is not None and one.place <= FIRST for one in answerable), len(answerable)),
        Share(sum(one.place == 1 for one in answerable), len(answerable)),
        Share(sum(one.helps for one in judged), len(judged)),
        Share(sum(one.helps_first for one in judged), len(judged)),
        Share(sum(one.place == 1 for one in answered), len(answered)),
        Share(sum(one.outcome is Outcome.ANSWERED for one in others), len(others)),
        Share(sum(one.outcome is not Outcome.ANSWERED for one in answerable), len(answerable)),
    )
