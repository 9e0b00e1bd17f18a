"""What becomes of each page of a source, decided as its outcomes arrive: written, kept, reported or removed."""

from collections.abc import Mapping

from chatkit.ingest.outcomes import IndexedPage, Note, Outcome, Parsed, Skipped, Unchanged, Unreadable


class IndexPlan:
    """Decides which page a URL belongs to, and so what becomes of each page.

    A URL belongs to the first page that has it, except that an alias gives way to the page that stands there. The
    pages of other sources, ``owners`` by URL, give way to none. What is left when every outcome was added holds:

        plan = IndexPlan(indexed, owners)
        for outcome in source.pages(indexed):
            plan.add(outcome)
        delete(plan.outdated())
    """

    def __init__(self, indexed: Mapping[str, IndexedPage], owners: Mapping[str, str]) -> None:
        self._indexed = indexed
        self._owners = dict(owners)
        # The path of the alias that has a URL.
        self._aliases = dict[str, str]()
        # The paths of the pages to be written, with how many passages each has.
        self.written = dict[str, int]()
        self.unchanged = set[str]()
        # Reasons, by path.
        self.unreadable = dict[str, str]()
        self.skipped = dict[str, str]()
        self.notes = dict[str, str]()

    def add(self, outcome: Outcome) -> None:
        """Take the outcome of one page."""
        if isinstance(outcome, Note):
            self.notes[outcome.path] = outcome.text
        elif isinstance(outcome, Skipped):
            self.skipped[outcome.path] = outcome.reason
        elif self._claim(outcome):
            match outcome:
                case Parsed():
                    self.written[outcome.path] = len(outcome.passages)
                case Unchanged():
                    self.unchanged.add(outcome.path)
                case Unreadable():
                    self.unreadable[outcome.path] = outcome.reason

    def outdated(self) -> list[int]:
        """Return the ids of the rows that go: of pages that are gone, or are written anew."""
        return [page.id for path, page in self._indexed.items() if not self._stays(path)]

    def removed(self) -> int:
        """Return how many indexed pages go, and are not written anew."""
        return sum(not self._stays(path) and path not in self.written for path in self._indexed)

    def _stays(self, path: str) -> bool:
        return path in self.unchanged or path in self.unreadable

    def _claim(self, page: Parsed | Unchanged | Unreadable) -> bool:
        """Give a page its URL, when it has one, or skip the page; return whether it is not skipped."""
        url = self._url(page)
        if url is None:
            return True
        is_alias = not isinstance(page, Unreadable) and page.is_alias
        if url in self._aliases and not is_alias:
            displaced = self._aliases.pop(url)
            self._skip(displaced, url, page.path)
            self.unchanged.discard(displaced)
            self.written.pop(displaced, None)
        elif url in self._owners:
            self._skip(page.path, url, self._owners[url])
            return False
        self._owners[url] = page.path
        if is_alias:
            self._aliases[url] = page.path
        return True

    def _url(self, page: Parsed | Unchanged | Unreadable) -> str | None:
        if isinstance(page, Parsed):
            return page.url
        indexed = self._indexed.get(page.path)
        return indexed.url if indexed is not None else None

    def _skip(self, path: str, url: str, owner: str) -> None:
        self.skipped[path] = f"its address {url} is that of {owner}"
