"""A folder as a source: Markdown and MDX as its generator reads them, and HTML as it was built."""

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path, PurePosixPath

from chatkit.ingest import unread_formats, urls
from chatkit.ingest.content_hash import content_hash
from chatkit.ingest.labels import are_versions, version_of, with_language
from chatkit.ingest.links import FileLinks, resolve_below
from chatkit.ingest.outcomes import (
    GENERATED_INDEX,
    NOINDEX,
    IndexedPage,
    Outcome,
    Skipped,
    Unchanged,
    Unreadable,
    parsed,
)
from chatkit.ingest.page_deadline import PageTimeout, page_deadline
from chatkit.ingest.page_source import MAX_PAGE_BYTES
from chatkit.ingest.parallel_map import parallel_map
from chatkit.ingest.path_filter import PathFilter
from chatkit.ingest.readers import includes
from chatkit.ingest.readers.html.encoding import decode, without_nul
from chatkit.ingest.readers.html.page import read_page
from chatkit.search.stated import NOTHING_STATED, Stated

HTML_SUFFIXES = (".html", ".htm")
NOT_PAGES = {"404.html": "it is what readers get where there is no page"}
# The second is where Sphinx keeps a copy of the sources beside what it made of them.
NOT_PAGE_FOLDERS = {"node_modules", "_sources"}
SEARCH_PAGE = "search.html"
# Stands beside the search page of Sphinx.
SEARCH_INDEX = "searchindex.js"


class Folder:
    """A folder of Markdown, MDX and HTML.

    Raises ``ValueError`` when nothing says where its pages are published, and when they lie elsewhere.
    """

    def __init__(
        self,
        folder: Path,
        base_url: str | None,
        generator: str = "auto",
        name: str | None = None,
        paths: PathFilter | None = None,
        stated: Stated = NOTHING_STATED,
    ) -> None:
        # Every reader is loaded to choose one; the processes that read pages need the one alone.
        from chatkit.ingest.readers import registry

        recognised = registry.choose(generator, folder)
        self._generator = recognised.generator
        _refuse_outside(self._generator.roots, folder)
        # What the generator was told by.
        self.reason = recognised.reason
        base = base_url or self._generator.site_url
        if base is None:
            raise ValueError(f"nothing says where the pages of {folder} are published: add --base-url")
        self.name = name or str(folder.resolve())
        self.base_url = urls.normalize_base(base)
        self.site = stated.site or urls.default_site(self.base_url)
        self._stated = stated
        self._root = self._generator.folder
        self._paths = paths or PathFilter()
        self._unreadable_folders = dict[str, str]()
        # Files that are no pages but may be taken for some, with why they are none.
        self._passed_over = dict[str, str]()
        self._files = sorted(self._find_files())
        self._links = FileLinks(self._generator, self._files, self._url_of_file, self.base_url)
        # The addresses of files that pages link to.
        self._linked = dict[str, str | None]()

    @property
    def generator(self) -> str:
        return self._generator.name

    def expected(self) -> int:
        return len(self._files)

    def pages(self, indexed: Mapping[str, IndexedPage]) -> Iterator[Outcome]:
        changed = []
        for path in self._files:
            if unwanted := self._paths.skip_reason(path):
                yield Skipped(path, unwanted)
                continue
            # A page that the generator has come to leave out is looked at again, though it has not changed itself.
            stays = path in indexed and self._generator.skip_reason(PurePosixPath(path), {}) is None
            if stays and self._hash_of_file(path) == indexed[path].content_hash:
                yield Unchanged(path, is_alias=self._is_alias(path, indexed[path].url))
            else:
                changed.append(path)
        yield from parallel_map(self._outcome, changed, [type(self._generator).__module__])
        for path, reason in self._passed_over.items():
            yield Skipped(path, reason)
        for folder, reason in self._unreadable_folders.items():
            yield Unreadable(folder, reason)
            for path in indexed:
                if PurePosixPath(path).is_relative_to(folder):
                    yield Unreadable(path, f"its folder cannot be read: {reason}")

    def committed(self) -> None:
        return

    def _find_files(self) -> Iterator[str]:
        """Yield the paths of the pages, those of hidden folders left out; keep what cannot be read."""
        suffixes = (*self._generator.suffixes, *HTML_SUFFIXES)

        def refuse(error: OSError) -> None:
            folder = Path(error.filename).relative_to(self._root).as_posix()
            self._unreadable_folders[folder] = error.strerror or str(error)

        for root in self._generator.roots:
            for folder, folders, names in os.walk(root, onerror=refuse):
                # In one order, whatever the file system's is.
                folders[:] = [
                    name for name in sorted(folders) if not name.startswith(".") and name not in NOT_PAGE_FOLDERS
                ]
                for name in sorted(names):
                    path = (Path(folder) / name).relative_to(self._root).as_posix()
                    if name.startswith("."):
                        continue
                    reason = NOT_PAGES.get(name) or unread_formats.skip_reason(name)
                    if name.lower().endswith(suffixes) and name not in NOT_PAGES:
                        yield path
                    elif reason is not None:
                        self._passed_over[path] = reason

    def _hash_of_file(self, path: str) -> str | None:
        file = PurePosixPath(path)
        try:
            with page_deadline():
                return self._hash(path, self._text(file).encode() if self._is_source(file) else self._content(path))
        except (OSError, ValueError, PageTimeout):
            return None

    def _outcome(self, path: str) -> Outcome:
        try:
            with page_deadline():
                return self._read(PurePosixPath(path))
        except UnicodeDecodeError:
            return Unreadable(path, "it is not UTF-8")
        except (OSError, ValueError, PageTimeout) as error:
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
        if status.st_size > MAX_PAGE_BYTES:
            raise ValueError(f"it is larger than {MAX_PAGE_BYTES // 1_000_000} MB")
        return file.read_bytes()

    def _hash(self, path: str, content: bytes) -> str:
        labels = self._stated.version or "", self._stated.language or ""
        return content_hash(content, self._generator.fingerprint, self.base_url, path, *labels)

    def _is_source(self, path: PurePosixPath) -> bool:
        """Tell whether the generator makes a page of a file, which else is HTML as it was built."""
        return path.name.lower().endswith(self._generator.suffixes)

    def _text(self, path: PurePosixPath) -> str:
        """Return a file that the generator makes a page of, with what it includes."""
        return self._generator.expand(path, without_nul(self._content(str(path)).decode("utf-8")))

    def _read(self, path: PurePosixPath) -> Outcome:
        generator = self._generator
        if reason := generator.skip_reason(path, {}):
            return Skipped(str(path), reason)
        if not self._is_source(path):
            content = self._content(str(path))
            return self._read_html(path, decode(content, None, "strict"), self._hash(str(path), content))
        text = self._text(path)
        metadata, document = generator.parse(path, text)
        if reason := generator.skip_reason(path, metadata):
            return Skipped(str(path), reason)
        url = self._url(generator.address(path, metadata))
        document = with_language(document, url, self.base_url, self._stated, generator.language(path))
        return parsed(
            str(path),
            url,
            document,
            self._hash(str(path), text.encode()),
            partial(self._links.resolve, path, url),
            version=version_of(url, self._stated, generator.version(path)),
            order_key=generator.order_key(path, metadata),
        )

    def _read_html(self, path: PurePosixPath, text: str, digest: str) -> Outcome:
        head, document = read_page(text, path.stem)
        if "noindex" in head.robots:
            return Skipped(str(path), NOINDEX)
        if path.name == SEARCH_PAGE and (len(path.parts) == 1 or (self._root / path.parent / SEARCH_INDEX).exists()):
            return Skipped(str(path), "it is the page that searches the site")
        if head.is_generated_index:
            return Skipped(str(path), GENERATED_INDEX)
        if head.is_template:
            return Skipped(str(path), "it is a template of pages")
        own = self._html_url(path)
        leads_to = urls.resolve(own, head.base, head.refresh)
        if leads_to not in {None, own}:
            return Skipped(str(path), f"it leads to {leads_to}")
        canonical = urls.resolve(own, head.base, head.canonical)
        is_own = canonical is not None and canonical.startswith(self.base_url) and not are_versions(canonical, own)
        url = canonical if canonical and is_own else own
        base = urls.document_base(own, head.base)
        resolve = partial(resolve_below, self.base_url, base)
        return parsed(
            str(path),
            url,
            with_language(document, url, self.base_url, self._stated, self._generator.language(path)),
            digest,
            resolve,
            is_alias=self._is_alias(str(path), url),
            version=version_of(url, self._stated, self._generator.version(path)),
        )

    def _url_of_file(self, path: str) -> str | None:
        """Return the address of a file that is linked to, or None when it is not published."""
        if path not in self._linked:
            self._linked[path] = self._find_url(PurePosixPath(path))
        return self._linked[path]

    def _find_url(self, path: PurePosixPath) -> str | None:
        if not self._is_source(path):
            return self._html_url(path)
        try:
            metadata, _ = self._generator.split(self._content(str(path)).decode("utf-8"))
        except (OSError, ValueError):
            return None
        is_published = self._generator.skip_reason(path, metadata) is None
        return self._url(self._generator.address(path, metadata)) if is_published else None

    def _html_url(self, path: PurePosixPath) -> str:
        return self._url(str(path).removesuffix(path.name) if path.name == "index.html" else str(path))

    def _is_alias(self, path: str, url: str) -> bool:
        file = PurePosixPath(path)
        return not self._is_source(file) and not urls.is_same_page(url, self._html_url(file))

    def _url(self, address: str) -> str:
        return self.base_url + urls.quote_path(address)


def _refuse_outside(roots: Iterable[Path], folder: Path) -> None:
    """Raise ``ValueError`` when a site's configuration takes pages from elsewhere on this machine.

    That is from outside of its repository; without one, of the folder beside it, where some keep theirs.
    """
    place = includes.site_root(folder / "config")
    allowed = place if (place / ".git").exists() else place.parent
    for root in roots:
        if not root.resolve().is_relative_to(allowed):
            raise ValueError(f"the configuration in {folder} takes pages from {root}, outside of {allowed}")
