"""Which pages of a source its owner wants: patterns as in .gitignore, over the paths of its files or addresses."""

from collections.abc import Sequence

from pathspec import GitIgnoreSpec

EXCLUDED, NOT_INCLUDED = "--exclude names it", "no --include names it"


class PathFilter:
    """Admits what a pattern of ``include`` names, or everything where there is none, less what ``exclude`` names.

    Raises ``ValueError`` for what is no pattern.
    """

    def __init__(self, include: Sequence[str] = (), exclude: Sequence[str] = ()) -> None:
        self._patterns = f"{list(include)}, less {list(exclude)}"
        self._include = GitIgnoreSpec.from_lines(include) if include else None
        self._exclude = GitIgnoreSpec.from_lines(exclude)

    def __str__(self) -> str:
        return self._patterns

    def is_excluded(self, path: str) -> bool:
        """Tell whether a path is named by what shall be left out."""
        return bool(self._exclude.match_file(path))

    def skip_reason(self, path: str) -> str | None:
        """Return why a page at a path, written without a slash before it, is left out, or None."""
        if self.is_excluded(path):
            return EXCLUDED
        if self._include is not None and not self._include.match_file(path):
            return NOT_INCLUDED
        return None
