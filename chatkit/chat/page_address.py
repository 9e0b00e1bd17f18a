"""Which addresses of readers' pages are kept: those that can be followed without running anything."""

import re
from urllib.parse import urlsplit

# Browsers leave some of these out before they look for a scheme, so that `java script:` is one.
CONTROL = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]")


def page_address(url: str | None) -> str | None:
    """Return an address as it was given if it is of http, https or a path; None for any other."""
    if not url or CONTROL.search(url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    is_page = (parts.scheme in {"http", "https"} and parts.netloc) or not (parts.scheme or _names_scheme(url))
    return url if is_page else None


def _names_scheme(url: str) -> bool:
    """Tell whether something stands before a colon where a scheme would: not all readers agree on what is one."""
    return ":" in re.split(r"[/?#]", url, maxsplit=1)[0]
