"""How figures and times are written: a share only where there are enough to speak of one, times in UTC."""

from datetime import datetime

# Of fewer a percentage would say more than is known.
ENOUGH = 20


def percent(part: int, whole: int) -> str:
    """Return a share such as ``12 %``; nothing where the whole is less than 20."""
    return f"{100 * part / whole:.0f} %" if whole >= ENOUGH else ""


def share(part: int, whole: int) -> str:
    """Return of how many a part is, with its share where there is one: ``12 % of 413``, ``of 7``; nothing of none."""
    return f"{percent(part, whole)} of {count(whole)}".strip() if whole else ""


def count(number: int) -> str:
    """Return a whole number with a thin space between thousands."""
    return f"{number:,}".replace(",", "\u202f")


def plural(number: int, thing: str) -> str:
    """Return how many things there are: ``1 time``, ``2 times``."""
    return f"{count(number)} {thing}{'s' * (number != 1)}"


def day(time: datetime) -> str:
    """Return the day of a time in UTC, such as ``2026-01-31``."""
    return f"{time:%Y-%m-%d}"


def minute(time: datetime) -> str:
    """Return a time in UTC to the minute, without its zone: a heading above it, or the sentence, says that."""
    return f"{time:%Y-%m-%d %H:%M}"
