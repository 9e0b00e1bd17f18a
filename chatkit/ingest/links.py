"""Where the links of a page lead: to pages of its own site, by the addresses that readers get."""

import re
from collections.abc import Callable, Iterable
from pathlib import PurePosixPath
from posixpath import normpath
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

from chatkit.ingest import urls
from chatkit.ingest.readers.generator import MARKDOWN_SUFFIXES, Generator

# No page's own address is longer.
MAX_LENGTH = 1_000
# What a template engine would have replaced, also as parsers of Markdown encode it.
TEMPLATE = re.compile(r"(?:\{|%7B)(?:[{%]|%7B|%25)", re.I)

# What an absolute address begins with.
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


def resolve_below(base_url: str, page_url: str, link: str) -> str | None:
    """Return where a link of a page leads, with its fragment, or None when that is no page below ``base_url``.

    A base URL that is a path yields paths, which lead nowhere but to the site that shows the widget.
    """
    # Most links lead elsewhere, which is cheaper to see than to resolve.
    is_elsewhere = SCHEME.match(link) is not None and not link.lower().startswith(urls.origin(base_url).lower())
    if link == "#" or is_elsewhere or TEMPLATE.search(link):
        return None
    try:
        parts = urlsplit(urljoin(page_url, link))
        path = urljoin("/", parts.path) if "/." in parts.path else parts.path
        url = urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))
        url = urls.normalize(url) if parts.netloc else quote(url, safe=urls.SAFE_IN_URL)
    except ValueError:
        return None
    if f"{url}/" == base_url:
        url = base_url
    if not url.startswith(base_url) or url.startswith("//") or not urls.may_be_page(path):
        return None
    url = with_fragment(url, parts.fragment)
    return url if len(url) <= MAX_LENGTH else None


def with_fragment(url: str, fragment: str) -> str:
    """Return the address of a part of a page, or of the page when the fragment is empty."""
    return f"{url}#{quote(fragment, safe=urls.SAFE_IN_URL)}" if fragment else url


class FileLinks:
    """Resolves the links between the files of a folder as its generator does, a link to a file by the file's address.

    ``files`` are the paths of the pages; ``url_of`` returns the address at which one is published below ``base_url``,
    or None for one that is not.
    """

    def __init__(
        self, generator: Generator, files: Iterable[str], url_of: Callable[[str], str | None], base_url: str
    ) -> None:
        self._generator = generator
        self._files = frozenset(files)
        self._url_of = url_of
        self._base_url = base_url
        # The site's address as its configuration says it, which the folder may be published under another than.
        self._site_url = f"{generator.site_url.rstrip('/')}/" if generator.site_url else None

    def resolve(self, page: PurePosixPath, url: str, link: str) -> str | None:
        """Return where a link of a page of Markdown leads, which is published at ``url``, or None."""
        if self._site_url and link.startswith(self._site_url):
            link = self._base_url + link.removeprefix(self._site_url)
        try:
            parts = urlsplit(link)
        except ValueError:
            return None
        if parts.fragment and not (parts.scheme or parts.netloc or parts.path or parts.query):
            return with_fragment(url, parts.fragment)
        path = unquote(parts.path)
        is_markdown = path.lower().endswith(MARKDOWN_SUFFIXES)
        is_on_host = path.startswith("/") and not (is_markdown or self._generator.has_links_from_base)
        if parts.scheme or parts.netloc or not path or is_on_host:
            return resolve_below(self._base_url, url, link)
        candidates = [normpath(place) for place in self._generator.linked_files(page, path)]
        target = next((place for place in candidates if place in self._files), None)
        if target is not None:
            found = self._url_of(target)
            return with_fragment(found, parts.fragment) if found is not None else None
        if is_markdown or not self._generator.has_relative_addresses:
            return None
        if any((self._generator.folder / place).is_file() for place in candidates):
            return None
        return resolve_below(self._base_url, url, link)
