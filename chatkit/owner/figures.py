"""How figures are written: a share only where there are enough to speak of one."""

# Of fewer a percentage would say more than is known.
ENOUGH = 20


def percent(part: int, whole: int) -> str:
    """Return a share such as ``12 %``; nothing where the whole is less than 20."""
    return f"{100 * part / whole:.0f} %" if whole >= ENOUGH else ""


def count(number: int) -> str:
    """Return a whole number with a thin space between thousands."""
    return f"{number:,}".replace(",", "\u202f")
