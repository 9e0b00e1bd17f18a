"""Where pages come from, and what becomes of each; a folder is one such place, a site another."""

import codecs
import hashlib
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Protocol
from urllib.parse import quote, urldefrag, urljoin

from chatkit.ingest import parallel
from chatkit.ingest.chunking import Chunk, chunks
from chatkit.ingest.crawler.fetch import normalized
from chatkit.ingest.document import Document
from chatkit.ingest.readers import html, registry

# Part of each digest; changes when the same page would be read or cut differently.
READING = "4"
MARKDOWN = (".md", ".markdown", ".mdx")
HTML = (".html", ".htm")
NOT_PAGES = {"404.html"}
SEARCH_PAGE = "search.html"
# Stands beside the search page of Sphinx.
SEARCH_INDEX = "searchindex.js"
CHARSET = re.compile(rb"<meta[^>]{1,200}charset=[\"']?([\w-]+)", re.I)
# What browsers read in place of these: a larger encoding, and no mark at the beginning.
CODECS = {"ascii": "cp1252", "iso8859-1": "cp1252", "utf-8": "utf-8-sig"}
NOT_SOURCES = {"node_modules"}
NOINDEX = "it asks not to be indexed"
# What a path may hold as it is; anything else is percent-encoded, as browsers do.
SAFE = "/:@!$&'()*+,;=~"
MOST_BYTES = 5_000_000
PATH_LENGTH, URL_LENGTH, NAME_LENGTH = 500, 1_000, 1_000
# A path on the site that shows the widget; two slashes lead to another.
PATH = re.compile(r"/(?![/\\])")
# What two addresses of one page may differ in.
ENDING = re.compile(r"(?:/index)?(?:\.html?)?/?\Z")


@dataclass(frozen=True)
class Known:
    """A page as last indexed."""

    id: int
    url: str
    digest: str
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True)
class Parsed:
    """A page that is new or has changed; ``borrowed`` as in ``Unchanged``."""

    path: str
    url: str
    title: str
    digest: str
    passages: tuple[Chunk, ...]
    etag: str | None = None
    last_modified: str | None = None
    links: tuple[str, ...] = ()
    borrowed: bool = False


@dataclass(frozen=True)
class Unchanged:
    """A page that is as it was indexed.

    Its address is ``borrowed`` when it says that it is a copy of the page there, to which the address goes.
    """

    path: str
    links: tuple[str, ...] = ()
    borrowed: bool = False


@dataclass(frozen=True)
class Unreadable:
    """A page that could not be read now; what is indexed of it stays."""

    path: str
    reason: str


@dataclass(frozen=True)
class LeftOut:
    """A page that shall not be indexed, or not any more."""

    path: str
    reason: str
    links: tuple[str, ...] = ()


Outcome = Parsed | Unchanged | Unreadable | LeftOut


class Source(Protocol):
    """A place whose pages are indexed together; what is gone from it is removed."""

    @property
    def name(self) -> str:
        """Return what it is known by in the index."""

    @property
    def base_url(self) -> str:
        """Return what its pages' addresses begin with."""

    @property
    def generator(self) -> str:
        """Return how its pages are read."""

    def expected(self) -> int | None:
        """Return how many pages there are, where that is known by now."""

    def pages(self, known: Mapping[str, Known]) -> Iterator[Outcome]:
        """Yield what becomes of each page, given those that are indexed, by their paths."""

    def indexed(self) -> None:
        """Hear that what was read is in the index."""


class Folder:
    """A folder of Markdown, MDX and HTML. Raises ``ValueError`` when nothing says where its pages are published."""

    def __init__(self, folder: Path, base_url: str | None, generator: str = "auto", name: str | None = None) -> None:
        self._generator = registry.choose(generator, folder)
        base = base_url or self._generator.site_url
        if base is None:
            raise ValueError(f"nothing says where the pages of {folder} are published: add --base-url")
        self.name = name or str(folder.resolve())
        self.base_url = base_of(base)
        self._root = self._generator.folder
        self._closed = dict[str, str]()
        self._files = sorted(self._found())

    @property
    def generator(self) -> str:
        return self._generator.name

    def expected(self) -> int:
        return len(self._files)

    def pages(self, known: Mapping[str, Known]) -> Iterator[Outcome]:
        changed = []
        for path in self._files:
            # A page that the generator has come to leave out is looked at again, though it has not changed itself.
            kept = path in known and self._generator.skips(PurePosixPath(path), {}) is None
            if kept and self._digest(path) == known[path].digest:
                yield Unchanged(path, borrowed=self._is_borrowed(path, known[path].url))
            else:
                changed.append(path)
        yield from parallel.spread(self._outcome, changed)
        for folder, reason in self._closed.items():
            yield Unreadable(folder, reason)
            for path in known:
                if PurePosixPath(path).is_relative_to(folder):
                    yield Unreadable(path, f"its folder cannot be read: {reason}")

    def indexed(self) -> None:
        return

    def _found(self) -> Iterator[str]:
        """Yield the paths of the pages, those of hidden folders left out; keep which folders cannot be read."""

        def refuse(error: OSError) -> None:
            self._closed[Path(error.filename).relative_to(self._root).as_posix()] = error.strerror or str(error)

        for folder, folders, names in os.walk(self._root, onerror=refuse):
            folders[:] = [name for name in folders if not name.startswith(".") and name not in NOT_SOURCES]
            for name in names:
                if name.lower().endswith((*MARKDOWN, *HTML)) and not name.startswith(".") and name not in NOT_PAGES:
                    yield (Path(folder) / name).relative_to(self._root).as_posix()

    def _digest(self, path: str) -> str | None:
        try:
            return self._digest_of(path, self._content(path))
        except (OSError, ValueError):
            return None

    def _outcome(self, path: str) -> Outcome:
        try:
            return self._page(PurePosixPath(path))
        except UnicodeDecodeError:
            return Unreadable(path, "it is not UTF-8")
        except (OSError, ValueError) as error:
            return Unreadable(path, getattr(error, "strerror", None) or str(error))
        except Exception as error:  # A page that breaks a parser must not keep the others from being indexed.
            return Unreadable(path, f"its parser failed: {type(error).__name__}: {error}")

    def _content(self, path: str) -> bytes:
        file = self._root / path
        if file.is_symlink() and not file.resolve().is_relative_to(self._root.resolve()):
            raise ValueError("it is a link that leads out of the folder")
        status = file.stat()
        if not stat.S_ISREG(status.st_mode):
            raise ValueError("it is no regular file")
        if status.st_size > MOST_BYTES:
            raise ValueError(f"it is larger than {MOST_BYTES // 1_000_000} MB")
        return file.read_bytes()

    def _digest_of(self, path: str, content: bytes) -> str:
        return digest_of(content, self._generator.fingerprint, self.base_url, path)

    def _page(self, path: PurePosixPath) -> Outcome:
        content = self._content(str(path))
        digest = self._digest_of(str(path), content)
        if path.suffix.lower() in HTML:
            return self._html_page(path, html_text(content, None, "strict"), digest)
        # What PostgreSQL does not take, no page needs.
        text = content.decode("utf-8").replace("\0", "\ufffd")
        matter, document = self._generator.parse(text, path.stem)
        if reason := self._generator.skips(path, matter):
            return LeftOut(str(path), reason)
        return parsed(str(path), self._url(self._generator.address(path, matter)), document, digest)

    def _html_page(self, path: PurePosixPath, text: str, digest: str) -> Outcome:
        head, document = html.read(text, path.stem)
        if "noindex" in head.robots:
            return LeftOut(str(path), NOINDEX)
        if path.name == SEARCH_PAGE and (len(path.parts) == 1 or (self._root / path.parent / SEARCH_INDEX).exists()):
            return LeftOut(str(path), "it is the page that searches the site")
        if head.is_template:
            return LeftOut(str(path), "it is a template of pages")
        own = self._html_url(path)
        leads_to = resolved(own, head, head.refresh)
        if leads_to not in {None, own}:
            return LeftOut(str(path), f"it leads to {leads_to}")
        stated = resolved(own, head, head.canonical)
        url = stated if stated and stated.startswith(self.base_url) else own
        return parsed(str(path), url, document, digest, borrowed=self._is_borrowed(str(path), url))

    def _html_url(self, path: PurePosixPath) -> str:
        return self._url(str(path).removesuffix(path.name) if path.name == "index.html" else str(path))

    def _is_borrowed(self, path: str, url: str) -> bool:
        file = PurePosixPath(path)
        return file.suffix.lower() in HTML and not is_same_place(url, self._html_url(file))

    def _url(self, place: str) -> str:
        return self.base_url + quote(place, safe=SAFE)


def base_of(url: str) -> str:
    """Return a base URL with the slash that paths are appended to. Raises ``ValueError`` for what is none."""
    if not url.lower().startswith(("http://", "https://")) and not PATH.match(url):
        raise ValueError(f"{url} is no base URL: it begins with https:// or, on the site that shows the widget, with /")
    if "?" in url or "#" in url:
        raise ValueError(f"{url} is no base URL: paths are appended to it, so it has no query and no fragment")
    return (url if PATH.match(url) else normalized(url)).rstrip("/") + "/"


def html_text(content: bytes, charset: str | None, errors: str) -> str:
    """Return HTML as text: encoded as its server said in ``charset``, or as it says itself, or in UTF-8.

    ``errors`` is for UTF-8; in any other encoding what is no character is replaced.
    """
    declared = CHARSET.search(content[:2_048])
    said = charset or (declared.group(1).decode("ascii") if declared else "utf-8")
    try:
        name = codecs.lookup(said).name
    except LookupError:
        name = "utf-8"
    codec = CODECS.get(name, name)
    # What PostgreSQL does not take, no page needs.
    return content.decode(codec, errors if name == "utf-8" else "replace").replace("\0", "\ufffd")


def resolved(address: str, head: html.Head, link: str | None) -> str | None:
    """Return where a link of the page at ``address`` leads, without a fragment; none for what is no address."""
    if link is None:
        return None
    try:
        return urldefrag(urljoin(urljoin(address, head.base or ""), link)).url
    except ValueError:
        return None


def is_same_place(one: str, another: str) -> bool:
    """Return whether two addresses differ in nothing but what servers take for the same."""
    return ENDING.sub("", one, 1) == ENDING.sub("", another, 1)


def digest_of(content: bytes, *circumstances: str) -> str:
    """Return what a page is recognized by: its content, and all that decides how it is read and where it stands."""
    digest = hashlib.sha256("\n".join([*circumstances, ""]).encode() + content).hexdigest()
    return f"{READING}-{digest[:60]}"


def parsed(path: str, url: str, document: Document, digest: str, **more: Any) -> Parsed | Unreadable:
    """Return a page with its passages, or why it cannot be kept; ``more`` is what else is known of it."""
    if len(path) > PATH_LENGTH or len(url) > URL_LENGTH:
        return Unreadable(path[:PATH_LENGTH], "its address is too long")
    return Parsed(path, url, document.title, digest, tuple(chunks(url, document)), **more)
