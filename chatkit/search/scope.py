"""The scope of a question: the pages of one site, in one version and one language, that it is answered from.

Another site never answers. Another version or language of the same site answers where the own pages do not, and the
answer says so.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

from sqlalchemy import bindparam, select

from chatkit.database.orm import db, table
from chatkit.search import versions
from chatkit.search.catalog import IndexedScope
from chatkit.search.models import Page
from chatkit.search.stated import Stated

# What two addresses of one page may differ in.
ENDING = re.compile(r"(?:/index)?(?:\.html?)?/?\Z")
ENDINGS = ("", "/", ".html", "/index", "/index.html", ".htm", "/index.htm")


@dataclass(frozen=True)
class ReaderPage:
    """The page that a question is asked on: its rows in the index by their ids, and what the first of them says."""

    url: str
    ids: tuple[int, ...] = ()
    source_id: int | None = None
    version: str | None = None
    language: str | None = None


@dataclass(frozen=True)
class Scope:
    """The scopes of the index that a question is answered from, by their ids; all of them where ``ids`` is None.

    ``others`` are those of the same site in other versions and languages than ``versions`` and ``languages``, which
    hold an empty name for pages without one. ``is_mixed`` tells that a section may stand in it in several versions.
    """

    ids: frozenset[int] | None = None
    others: frozenset[int] = frozenset()
    versions: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    is_mixed: bool = False

    def holds(self, scope_id: int) -> bool:
        """Tell whether pages of this scope of the index are among them."""
        return self.ids is None or scope_id in self.ids

    @property
    def elsewhere(self) -> "Scope | None":
        """The scope of the other versions and languages, None where there are none."""
        return Scope(self.others, is_mixed=True) if self.others else None


EVERYTHING = Scope()


@dataclass(frozen=True)
class Surroundings:
    """The scopes of the sites that a question is asked of, and the page and the text it comes with."""

    text: str
    stated: Stated
    page: ReaderPage
    scopes: tuple[IndexedScope, ...]
    # Whether these are all there are.
    is_all: bool = True

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The tags of their pages, that of most pages first; an empty one for pages without."""
        counts = Counter[str]()
        for scope in self.scopes:
            counts[scope.language] += scope.pages
        return tuple(tag for tag, _ in counts.most_common())

    @property
    def page_language(self) -> str | None:
        """The language that is stated, or else that of the page."""
        return self.stated.language or self.page.language or _language_of_address(self.page.url, self.languages)

    def choose(self, question_language: str) -> Scope:
        """Return the scope of a question that is written in this language."""
        if len(self.scopes) == 1 and self.is_all:
            return EVERYTHING
        chosen, names, tags = set[int](), set[str](), set[str]()
        for site in dict.fromkeys(scope.site for scope in self.scopes):
            own = [scope for scope in self.scopes if scope.site == site]
            own_names = self._versions(own)
            in_version = [scope for scope in own if scope.version in own_names]
            own_tags = self._languages(in_version, question_language)
            chosen |= {scope.id for scope in in_version if scope.language in own_tags}
            names |= own_names
            tags |= own_tags
        if len(chosen) == len(self.scopes) and self.is_all:
            return EVERYTHING
        others = self._others(tags, question_language) - chosen
        return Scope(frozenset(chosen), others, frozenset(names), frozenset(tags))

    def _others(self, own_tags: Set[str], question_language: str) -> frozenset[int]:
        """Return the scopes that may answer too: of all languages, unless the question is in one of them itself."""
        asked = set(matching_tags(question_language, self.languages))
        possible = asked | own_tags if asked - own_tags else set(self.languages)
        return frozenset(scope.id for scope in self.scopes if scope.language in possible)

    def _versions(self, own: Sequence[IndexedScope]) -> set[str]:
        """Return the names under which the pages of a site stand in the version that is asked about."""
        names = {scope.version for scope in own}
        current = {scope.version for scope in own if scope.is_current}
        # Pages without a version belong to every one, unless they are one themselves.
        named = names if "" in current else names - {""}
        if len(named) <= 1:
            return names

        def known(version: str | None) -> str | None:
            return next((name for name in named if version and versions.bare(name) == versions.bare(version)), None)

        chosen = versions.named_in(self.text, named - {""}) or known(self.stated.version)
        if chosen is None:
            chosen = known(self.page.version if self.page.ids else _version_of_address(self.page.url))
        if chosen is None:
            chosen = next(iter(current), None)
        if chosen is None:
            chosen = max(named, key=versions.release_order)
        alike = {name for name in named if versions.bare(name) == versions.bare(chosen)}
        return alike if "" in named else alike | {""}

    def _languages(self, own: Sequence[IndexedScope], question_language: str) -> set[str]:
        """Return the tags under which these pages of a site stand in the language that is asked in."""
        tags = [tag for tag in self.languages if any(scope.language == tag for scope in own)]
        for wanted in (self.page_language, question_language):
            if wanted and (found := matching_tags(wanted, tags)):
                return {*found, ""}
        return {*tags[:1], ""}


def surroundings(text: str, stated: Stated, page: ReaderPage, scopes: tuple[IndexedScope, ...]) -> Surroundings:
    """Return what a question is asked of: the named site, or else that of its page, or else all."""
    own = _sites(stated.site, page, scopes) if scopes else scopes
    return Surroundings(text, stated, page, own, len(own) == len(scopes))


def page_at(url: str | None) -> ReaderPage:
    """Return the page at an address, whatever its query and fragment, in any spelling that servers take for the same.

    An index may know the page by its path alone.
    """
    parts = _split(url)
    if parts is None:
        return ReaderPage("")
    scheme, host, path = parts
    stem = ENDING.sub("", path, 1)
    paths = [f"{stem}{ending}" for ending in ENDINGS]
    whole = [f"{scheme}://{host}{path}" for path in paths] if host else []
    rows = db.session.execute(_PAGES, {"urls": [*whole, *paths]}).all()
    # What knows the whole address knows the page better.
    rows = sorted(rows, key=lambda row: row.url.startswith("/"))
    if not rows:
        return ReaderPage(url or "")
    first = rows[0]
    return ReaderPage(url or "", tuple(row.id for row in rows), first.source_id, first.version, first.language)


def matching_tags(wanted: str, tags: Iterable[str]) -> list[str]:
    """Return the tags that are just this language, or else those of the same primary language."""
    same = [tag for tag in tags if tag.lower() == wanted.lower()]
    return same or [tag for tag in tags if tag and _primary(tag) == _primary(wanted)]


def _sites(named: str | None, page: ReaderPage, scopes: tuple[IndexedScope, ...]) -> tuple[IndexedScope, ...]:
    """Return the scopes of the sites to ask: one that is named and not indexed has none."""
    if named is not None:
        sites = {named}
    elif own := {scope.site for scope in scopes if scope.source_id == page.source_id}:
        sites = own
    else:
        sites = _sites_around(page.url, scopes)
    return tuple(scope for scope in scopes if scope.site in sites)


def _sites_around(url: str, scopes: Sequence[IndexedScope]) -> set[str]:
    """Return the site whose base URL is the longest that an address begins with, else those of its host, else all."""
    parts = _split(url)
    if parts is not None:
        _, host, path = parts
        # A whole address says more than a path of the same length.
        depths = {scope.site: _depth(host, path, scope.base_url) for scope in scopes}
        deepest = max(depths, key=lambda site: depths[site])
        if any(depths[deepest]):
            return {deepest}
        # A base URL without a host is on the site that shows the widget.
        for place in (host, ""):
            if found := {scope.site for scope in scopes if _host(scope.base_url) == place}:
                return found
    return {scope.site for scope in scopes}


def _depth(host: str, path: str, base_url: str) -> tuple[int, bool]:
    """Return how much of the path of an address a base URL covers, and whether it names the host too."""
    _, base_host, base_path = _split(base_url) or ("", "", "")
    is_below = base_host in {"", host} and base_path and f"{path}/".startswith(base_path)
    return (len(base_path), bool(base_host)) if is_below else (0, False)


def _split(url: str | None) -> tuple[str, str, str] | None:
    """Return scheme, host and path of an address; None for one that cannot be read."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    default = {"http": ":80", "https": ":443"}.get(parts.scheme)
    netloc = parts.netloc.lower()
    return (parts.scheme, netloc.removesuffix(default) if default else netloc, parts.path) if url else None


def _host(url: str) -> str:
    return (_split(url) or ("", "", ""))[1]


def _version_of_address(url: str) -> str | None:
    try:
        return versions.read_address(url).version or None
    except ValueError:
        return None


def _language_of_address(url: str, tags: Iterable[str]) -> str | None:
    """Return the language that a part of an address names, of those that the site has."""
    parts = _split(url)
    known = {tag.lower(): tag for tag in tags if tag}
    segments = parts[2].lower().split("/") if parts is not None else []
    return next((known[segment] for segment in segments if segment in known), None)


def _primary(tag: str) -> str:
    return tag.partition("-")[0].lower()


_PAGES = select(*(table(Page).c[name] for name in ("id", "source_id", "url", "version", "language"))).where(
    table(Page).c.url.in_(bindparam("urls", expanding=True))
)
