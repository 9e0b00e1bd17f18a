"""The checkpoint of a crawl: what it has done so far, on disk, so that one that was interrupted can go on."""

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from chatkit.ingest.chunking import Chunk
from chatkit.ingest.content_hash import PARSER_VERSION
from chatkit.ingest.outcomes import Parsed, Skipped, Unchanged

# An older checkpoint is not used: its pages are fetched again.
MAX_AGE_SECONDS = 24 * 3600


class Checkpoint:
    """A header and one line for the outcome of each page, in a file of its own for each site.

    ``options`` is what else decides the outcome of a page: a checkpoint made with others is not used.
    """

    def __init__(self, folder: Path, site: str, options: Mapping[str, str]) -> None:
        self._header = {"site": site, "parser_version": PARSER_VERSION, **options}
        self._path = folder / f"crawl-{hashlib.sha256(site.encode()).hexdigest()[:16]}.jsonl"
        self._file: IO[str] | None = None

    def read(self) -> list[Parsed | Unchanged | Skipped]:
        """Return the outcomes of an interrupted crawl of this site, if any can be used, and begin to write."""
        try:
            lines = self._path.read_bytes().splitlines()
        except OSError:
            lines = []
        outcomes = []
        usable = self._is_usable(lines)
        for line in lines[1:] if usable else []:
            try:
                outcomes.append(_outcome(json.loads(line)))
            except (ValueError, LookupError, TypeError, AttributeError):
                # Cut off, or damaged: what follows it is not trusted either.
                break
        header = lines[0] if usable else json.dumps({**self._header, "begun": time.time()}).encode()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_bytes(b"".join(line + b"\n" for line in [header, *lines[1 : len(outcomes) + 1]]))
        self._file = self._path.open("a", encoding="utf-8")
        return outcomes

    def _is_usable(self, lines: Sequence[bytes]) -> bool:
        try:
            header = json.loads(lines[0])
            begun = header.pop("begun")
            return bool(header == self._header and time.time() - begun <= MAX_AGE_SECONDS)
        except (ValueError, LookupError, TypeError, AttributeError):
            return False

    def add(self, outcome: Parsed | Unchanged | Skipped) -> None:
        """Write the outcome of a page, at once."""
        if self._file is not None:
            self._file.write(json.dumps({"kind": type(outcome).__name__, **asdict(outcome)}) + "\n")
            self._file.flush()

    def close(self) -> None:
        """Keep the file for the next crawl."""
        if self._file is not None:
            self._file.close()

    def discard(self) -> None:
        """Remove the file: what it holds is in the index."""
        self.close()
        self._path.unlink(missing_ok=True)


def _outcome(found: dict[str, Any]) -> Parsed | Unchanged | Skipped:
    kind, links = found.pop("kind"), tuple(found.pop("links"))
    if kind == "Parsed":
        passages = tuple(Chunk(**passage) for passage in found.pop("passages"))
        return Parsed(**found, passages=passages, links=links)
    return Unchanged(**found, links=links) if kind == "Unchanged" else Skipped(**found, links=links)
