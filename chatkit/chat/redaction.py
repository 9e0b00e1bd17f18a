"""What is taken out of the words of readers before they are stored: e-mail and network addresses."""

import re
import unicodedata
from urllib.parse import unquote, urlsplit

from chatkit.chat.page_address import page_address

MAX_PAGE_LENGTH = 2_000
# What an index of PostgreSQL takes in any case.
MAX_INDEXED_BYTES = 1_000
# Also a host without a dot, such as `localhost`, and the credentials before a host.
EMAIL = re.compile(r"(?<![^\s@<>()\[\]/])[^\s@<>()\[\]/]++@[^\s@<>()\[\]/]+")
_GROUPS = r"[0-9A-F]{1,4}(?::[0-9A-F]{1,4})"
_IPV4 = r"\b\d{1,3}(?:\.\d{1,3}){3}\b"
# Short or in full, with IPv4 at its end, with a zone; what has no digit is a name such as std::vector.
_IPV6 = rf"""(?<!\w)(?=[A-F:]*\d)(?:(?:{_GROUPS}*)?::(?:{_GROUPS}*)?|{_GROUPS}{{3,7}})
    (?:(?:\.\d{{1,3}}){{3}})?(?!:?\w)(?:%\w+)?"""
ADDRESS = re.compile(rf"{_IPV4}|{_IPV6}", re.ASCII | re.IGNORECASE | re.VERBOSE)


def redact(text: str) -> str:
    """Redact addresses however they are spelled: encoded for a link, or in letters of another width."""
    plain = unicodedata.normalize("NFKC", unquote(text)).replace("\0", "")
    redacted = ADDRESS.sub("[address]", EMAIL.sub("[e-mail]", plain))
    return text if redacted == plain else redacted


def redact_page(url: str | None) -> str:
    """Return an address without credentials, query and fragment; nothing for one that cannot be read or would run."""
    parts = urlsplit(page_address(url) or "")
    host = parts.netloc.rpartition("@")[2]
    return redact(f"{parts.scheme}://{host}{parts.path}" if host else parts.path)[:MAX_PAGE_LENGTH]


def indexable(text: str) -> str:
    """Return as much of a text as an index takes on both databases."""
    return text.encode("utf-8", "replace")[:MAX_INDEXED_BYTES].decode("utf-8", "ignore")
