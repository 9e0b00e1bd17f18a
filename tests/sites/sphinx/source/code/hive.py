"""Counting and weighing a hive."""


class Hive:
    """A hive with its frames."""

    def weigh(self, unit: str = "kg") -> float:
        """Return the weight of the hive.

        :param unit: ``kg`` or ``lb``.
        """
        return 40.0 if unit == "kg" else 88.2


def count(frames: list[int]) -> int:
    """Return how many cells the frames have.

    >>> count([1, 2])
    3
    """
    return sum(frames)
