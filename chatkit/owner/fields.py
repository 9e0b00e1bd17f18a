"""Reads what a form or a filter sends; what does not fit raises ``Invalid`` with a sentence for its field."""

import re
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime

from chatkit.errors import Invalid

# What no database stores and nobody types; a line break or a tab may be in a text.
UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")

# The most that the number of a row can be: a database refuses to look for more.
MOST_NUMBER = 2**31 - 1


def text(values: Mapping[str, str], name: str, most: int, *, required: bool = False) -> str:
    """Return a text without the space around it, of ``most`` characters at most."""
    found = values.get(name, "").replace("\r\n", "\n").strip()
    if UNSTORABLE.search(found):
        raise Invalid({name: ["Text may not hold control characters."]})
    if len(found) > most:
        raise Invalid({name: [f"Longer than {most} characters. Shorten it."]})
    if required and not found:
        raise Invalid({name: ["Nothing was entered."]})
    return found


def choice(values: Mapping[str, str], name: str, choices: Collection[str], default: str = "") -> str:
    """Return one of the ``choices``; the ``default`` where nothing is sent."""
    found = values.get(name, "")
    if not found:
        return default
    if found not in choices:
        raise Invalid({name: [f"Not one of: {', '.join(choices)}."]})
    return found


def number(values: Mapping[str, str], name: str, least: int, most: int, default: int | None = None) -> int:
    """Return a whole number within bounds."""
    found = values.get(name, "")
    if not found and default is not None:
        return default
    if not re.fullmatch(r"[0-9]{1,18}", found, re.ASCII) or not least <= int(found) <= most:
        raise Invalid({name: [f"Not a whole number from {least} to {most}."]})
    return int(found)


def day(values: Mapping[str, str], name: str) -> datetime | None:
    """Return the beginning of a day in UTC, None where none is sent."""
    found = values.get(name, "")
    if not found:
        return None
    try:
        return datetime.combine(date.fromisoformat(found), datetime.min.time(), UTC)
    except ValueError:
        raise Invalid({name: ["Not a day such as 2026-01-31."]}) from None
