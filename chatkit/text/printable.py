"""What strangers wrote, as it may be printed: on one line, and without what would steer a terminal."""


def printable(text: str) -> str:
    """Return a text on one line, without what would steer a terminal or turn its text around."""
    return "".join(letter if letter.isprintable() else "�" for letter in " ".join(text.split()))


def shortened(text: str, length: int) -> str:
    """Return a text as it may be printed, in so many characters at most."""
    text = printable(text)
    return text if len(text) <= length else f"{text[: length - 1]}…"
