"""What tells whether a page has changed: a hash of its content and of all that decides how it is read."""

import hashlib

# Changes when the same page would be read or cut differently, so that every page is read anew once.
PARSER_VERSION = "7"
HASH_LENGTH = 60


def content_hash(content: bytes, *read_with: str) -> str:
    """Return the hash of a page; ``read_with`` is what else decides how it is read and where it stands."""
    digest = hashlib.sha256("\n".join([*read_with, ""]).encode() + content).hexdigest()
    return f"{PARSER_VERSION}-{digest[:HASH_LENGTH]}"


def is_current(stored: str) -> bool:
    """Tell whether a page that has not changed would be read today as it was when ``stored`` was made of it."""
    return stored.startswith(f"{PARSER_VERSION}-")
