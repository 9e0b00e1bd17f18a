"""The pages of the room, in the order of its menu."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """A page as the menu names it."""

    endpoint: str
    label: str


ENTRIES = (
    Entry("owner_overview.index", "Overview"),
    Entry("owner_conversations.index", "Conversations"),
    Entry("owner_gaps.index", "Gaps"),
    Entry("owner_curated.index", "Curated answers"),
    Entry("owner_recommendations.index", "Recommendations"),
    Entry("owner_tests.index", "Test set"),
    Entry("owner_review.index", "Review"),
    Entry("owner_state.index", "Server"),
)
