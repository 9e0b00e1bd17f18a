"""Where a mailed link leads back to: a page of an allowed site that will not pass the reader on.

The link's token goes there behind the `#` of the address, and a redirect carries that along: a page of an allowed site
that redirects to an address in its own parameters would hand the token to anybody. So no part of the page's address
may hold an address of its own, however it is written.
"""

import re
import unicodedata
from urllib.parse import SplitResult, unquote_plus, urlsplit

from chatkit.config import settings

# As long as the column that keeps it.
MAX_LENGTH = 2000
# What takes a browser to another host: two slashes, which may be backslashes, or a scheme, with or without slashes.
ADDRESS = re.compile(r"\\|//|(?<![a-z0-9])(?:https?|wss?|ftp|file|blob|data|javascript|vbscript):", re.IGNORECASE)
# The value of a parameter may be a host's name alone, to which the redirecting page adds the scheme, or the end of one,
# which it adds to its own.
HOST = re.compile(
    r"(?:^|[=&;,@])(?:\.?(?:[^/?#&;,=@:.]+\.)+[^\W\d_][\w-]|\d{1,3}(?:\.\d{1,3}){3}(?![\w-])|\[[0-9a-f:.]+\])"
)
# Browsers take these for nothing, and these for a dot.
IGNORED, DOTS = re.compile(r"[\x00-\x20\x7f]"), re.compile("[\u3002\uff61]")
MAX_ENCODINGS = 8


def is_on_allowed_site(url: str) -> bool:
    """Tell whether a page is one of this server or of a site in CORS_ORIGINS."""
    parts = _split(url)
    return parts is not None and f"{parts.scheme}://{parts.netloc}".lower() in settings().allowed_origins


def holds_address(url: str) -> bool:
    """Tell whether the path, the query or the fragment of a URL holds another address, encoded once or more."""
    parts = _split(url)
    if parts is None:
        return True
    return any(_is_found(ADDRESS, part) for part in (parts.path, parts.query, parts.fragment)) or _is_found(
        HOST, parts.query
    )


def asking_page(*named: str | None) -> str | None:
    """Return the first of the addresses that a request names as its origin which a link may lead back to."""
    pages = [url for url in named if url and len(url) <= MAX_LENGTH and url.isascii() and url.isprintable()]
    return next((url for url in pages if is_on_allowed_site(url) and not holds_address(url)), None)


def _is_found(pattern: re.Pattern[str], encoded: str) -> bool:
    """Tell whether a text holds the pattern at any depth of its encoding. One that is encoded too deeply does."""
    for _ in range(MAX_ENCODINGS):
        text = DOTS.sub(".", unicodedata.normalize("NFKC", IGNORED.sub("", encoded)))
        if pattern.search(text):
            return True
        decoded = unquote_plus(encoded)
        if decoded == encoded:
            return False
        encoded = decoded
    return True


def _split(url: str) -> SplitResult | None:
    """Return the parts of a URL, None for one whose host cannot be told."""
    try:
        return urlsplit(url)
    except ValueError:
        return None
