"""Addresses of pages: the one form they are compared in, base URLs, and what links are relative to."""

import mimetypes
import re
from urllib.parse import quote, urldefrag, urljoin, urlsplit, urlunsplit

# What a path, and a whole address, may hold as it is; anything else is percent-encoded, as browsers do.
SAFE_IN_PATH = "/:@!$&'()*+,;=~"
SAFE_IN_URL = f"{SAFE_IN_PATH}?%"
HTML_TYPES = {"text/html", "application/xhtml+xml"}
DEFAULT_PORTS = {"http": 80, "https": 443}
# A path on the site that shows the widget; two slashes lead to another.
PATH = re.compile(r"/(?![/\\])")
# What two addresses of one page may differ in.
ENDING = re.compile(r"(?:/index)?(?:\.html?)?/?\Z")
INDEX = re.compile(r"(?:/index(?:\.html?)?)?/?(?=\?|\Z)")
ENCODED = re.compile("%([0-9a-f]{2})", re.I)
# What means the same whether it is encoded or not (RFC 3986, section 2.3).
UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def normalize(url: str) -> str:
    """Return an address as it is compared: lower-case host, no default port, encoded in one way, no fragment.

    Raises ``ValueError`` for what is no address of a website.
    """
    parts = urlsplit(url)
    host, port = (parts.hostname or "").lower(), parts.port
    if parts.scheme not in DEFAULT_PORTS or not host:
        raise ValueError(f"{url} is no address of a website")
    if parts.username or parts.password:
        raise ValueError("an address must hold no user name and no password")
    netloc = f"[{host}]" if ":" in host else host
    if port is not None and port != DEFAULT_PORTS[parts.scheme]:
        netloc += f":{port}"
    path = urljoin("/", parts.path) if "/." in parts.path else parts.path or "/"
    path, query = (ENCODED.sub(_encoded, quote(part, safe=SAFE_IN_URL)) for part in (path, parts.query))
    return urlunsplit((parts.scheme, netloc, path, query, ""))


def _encoded(sign: re.Match[str]) -> str:
    char = chr(int(sign[1], 16))
    return char if char in UNRESERVED else sign[0].upper()


def normalize_base(url: str) -> str:
    """Return a base URL with the slash that paths are appended to. Raises ``ValueError`` for what is none."""
    if not url.lower().startswith(("http://", "https://")) and not PATH.match(url):
        raise ValueError(f"{url} is no base URL: it begins with https:// or, on the site that shows the widget, with /")
    if "?" in url or "#" in url:
        raise ValueError(f"{url} is no base URL: paths are appended to it, so it has no query and no fragment")
    return (url if PATH.match(url) else normalize(url)).rstrip("/") + "/"


def default_site(base_url: str) -> str:
    """Return what the site of a base URL is called unless its owner names it: its host, or `/` for a path."""
    return urlsplit(base_url).netloc or "/"


def origin(url: str) -> str:
    """Return scheme, host and port of a normalized address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def with_scheme_of(origin: str, url: str) -> str:
    """Return a normalized address of the same host under the scheme of an origin; any other as it is."""
    scheme, _, rest = url.partition("://")
    own, _, host = origin.partition("://")
    return f"{own}://{rest}" if scheme in DEFAULT_PORTS and rest.partition("/")[0] == host and ":" not in host else url


def without_index(url: str) -> str:
    """Return what the addresses `/a`, `/a/` and `/a/index.html` have in common."""
    return INDEX.sub("", url, 1)


def quote_path(path: str) -> str:
    """Return the path of a file as it stands in an address."""
    return quote(path, safe=SAFE_IN_PATH)


def document_base(page_url: str, base: str | None) -> str:
    """Return what the links of a page are relative to: the page, or what it says in ``<base href>``."""
    try:
        return urljoin(page_url, base or "")
    except ValueError:
        return page_url


def resolve(page_url: str, base: str | None, link: str | None) -> str | None:
    """Return where a link of a page leads, without a fragment; none for what is no address.

    ``base`` is the page's ``<base href>``, which may be relative to the page itself.
    """
    if link is None:
        return None
    try:
        return urldefrag(urljoin(urljoin(page_url, base or ""), link)).url
    except ValueError:
        return None


def is_same_page(one: str, another: str) -> bool:
    """Tell whether two addresses differ in nothing but what servers take for the same."""
    return ENDING.sub("", one, 1) == ENDING.sub("", another, 1)


def may_be_page(path: str) -> bool:
    """Tell whether the path of an address may be that of a page: it does not end like another kind of file."""
    return "." not in path.rpartition("/")[2] or mimetypes.guess_type(path)[0] in {None, *HTML_TYPES}
