"""How many inputs Hypothesis invents for a property."""

from hypothesis import settings


def tries(count: int) -> settings:
    """Return the settings of a property that is tried so many times, in a quick run a tenth of them, or ten."""
    share = count * settings().max_examples // 100
    return settings(max_examples=max(min(count, 10), share))
