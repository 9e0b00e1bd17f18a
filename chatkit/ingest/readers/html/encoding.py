"""Bytes in, text out: how a page of HTML is encoded, as its server, the page itself or the standard says."""

import codecs
import re

CHARSET = re.compile(rb"<meta[^>]{1,200}charset=[\"']?([\w-]+)", re.I)
# How many bytes of a page may say how it is encoded.
PRESCAN_BYTES = 2_048
# What browsers read in place of these: a larger encoding, and no mark at the beginning.
BROWSER_CODECS = {"ascii": "cp1252", "iso8859-1": "cp1252", "utf-8": "utf-8-sig"}


def decode(content: bytes, charset: str | None, errors: str) -> str:
    """Return HTML as text: encoded as its server said in ``charset``, or as it says itself, or in UTF-8.

    ``errors`` is for UTF-8; in any other encoding what is no character is replaced.
    """
    declared = CHARSET.search(content[:PRESCAN_BYTES])
    label = charset or (declared.group(1).decode("ascii") if declared else "utf-8")
    try:
        name = codecs.lookup(label).name
    except LookupError:
        name = "utf-8"
    codec = BROWSER_CODECS.get(name, name)
    return without_nul(content.decode(codec, errors if name == "utf-8" else "replace"))


def without_nul(text: str) -> str:
    """Return text that PostgreSQL takes; no page needs what it does not."""
    return text.replace("\0", "\ufffd")
