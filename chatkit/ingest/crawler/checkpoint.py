"""What a crawl has done so far, kept on disk, so that one that was interrupted can go on."""

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from chatkit.ingest.chunking import Chunk
from chatkit.ingest.sources import READING, LeftOut, Parsed, Unchanged

# What was fetched longer ago is fetched again.
OLDEST_SECONDS = 24 * 3600


class Logbook:
    """One line for what became of each page, in a file of its own for each site.

    ``circumstances`` is what else decides what becomes of a page; made under others, a logbook is worth nothing.
    """

    def __init__(self, folder: Path, site: str, circumstances: Mapping[str, str]) -> None:
        self._heading = {"site": site, "reading": READING, **circumstances}
        self._path = folder / f"crawl-{hashlib.sha256(site.encode()).hexdigest()[:16]}.jsonl"
        self._file: IO[str] | None = None

    def read(self) -> list[Parsed | Unchanged | LeftOut]:
        """Return what an interrupted crawl of this site has done, unless that is too old, and begin to write."""
        try:
            lines = self._path.read_bytes().splitlines()
        except OSError:
            lines = []
        done = []
        usable = self._is_usable(lines)
        for line in lines[1:] if usable else []:
            try:
                done.append(_outcome(json.loads(line)))
            except (ValueError, LookupError, TypeError, AttributeError):
                # Cut off, or damaged: what follows it is not trusted either.
                break
        heading = lines[0] if usable else json.dumps({**self._heading, "begun": time.time()}).encode()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_bytes(b"".join(line + b"\n" for line in [heading, *lines[1 : len(done) + 1]]))
        self._file = self._path.open("a", encoding="utf-8")
        return done

    def _is_usable(self, lines: Sequence[bytes]) -> bool:
        try:
            heading = json.loads(lines[0])
            begun = heading.pop("begun")
            return bool(heading == self._heading and time.time() - begun <= OLDEST_SECONDS)
        except (ValueError, LookupError, TypeError, AttributeError):
            return False

    def add(self, outcome: Parsed | Unchanged | LeftOut) -> None:
        """Keep what became of a page, at once."""
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


def _outcome(found: dict[str, Any]) -> Parsed | Unchanged | LeftOut:
    kind, links = found.pop("kind"), tuple(found.pop("links"))
    if kind == "Parsed":
        passages = tuple(Chunk(**passage) for passage in found.pop("passages"))
        return Parsed(**found, passages=passages, links=links)
    return Unchanged(**found, links=links) if kind == "Unchanged" else LeftOut(**found, links=links)
