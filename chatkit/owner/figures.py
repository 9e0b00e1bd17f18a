"""How figures and times are written: a share only where there are enough to speak of one, times in UTC."""

from datetime import date, datetime

from markupsafe import Markup

# Of fewer a percentage would say more than is known.
ENOUGH = 20


def percent(part: int, whole: int) -> str:
    """Return a share such as ``12 %``: ``< 1 %`` of what is not none, and nothing where the whole is less than 20."""
    if whole < ENOUGH:
        return ""
    rounded = round(100 * part / whole)
    return "< 1 %" if part and not rounded else "> 99 %" if part < whole and rounded == 100 else f"{rounded} %"


def share(part: int, whole: int) -> str:
    """Return of how many a part is, with its share where there is one: ``12 % of 413``, ``of 7``; nothing of none."""
    return f"{percent(part, whole)} of {count(whole)}".strip() if whole else ""


def count(number: int) -> str:
    """Return a whole number with a thin space between thousands."""
    return f"{number:,}".replace(",", "\u202f")


def plural(number: int, thing: str) -> str:
    """Return how many things there are: ``1 time``, ``2 times``."""
    return f"{count(number)} {thing}{'s' * (number != 1)}"


def day(time: date) -> Markup:
    """Return the day of a time in UTC, such as ``2026-01-31``, as an element."""
    return Markup('<time datetime="{0}">{0}</time>').format(f"{time:%Y-%m-%d}")


def minute(time: datetime) -> Markup:
    """Return a time in UTC to the minute, likewise; its zone stands in the sentence, or in the heading above it."""
    return Markup('<time datetime="{:%Y-%m-%dT%H:%MZ}">{:%Y-%m-%d %H:%M}</time>').format(time, time)
