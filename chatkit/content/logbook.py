"""What a crawl has done so far, kept on disk, so that one that was interrupted can go on."""

import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from chatkit.content.passages import Chunk
from chatkit.content.sources import READING, LeftOut, Parsed, Unchanged

# What was fetched longer ago is fetched again.
OLDEST_SECONDS = 24 * 3600


class Logbook:
    """One line for what became of each page, in a file of its own for each site."""

    def __init__(self, folder: Path, site: str) -> None:
        self._site = site
        self._path = folder / f"crawl-{hashlib.sha256(site.encode()).hexdigest()[:16]}.jsonl"
        self._file: IO[str] | None = None

    def read(self) -> Iterator[Parsed | Unchanged | LeftOut]:
        """Yield what an interrupted crawl of this site has done, unless that is too old; then begin to write."""
        try:
            lines = self._path.read_bytes().split(b"\n")
            heading = json.loads(lines[0])
        except (OSError, ValueError):
            lines, heading = [], {}
        usable = heading.get("site") == self._site and heading.get("reading") == READING
        if not usable or time.time() - heading.get("begun", 0.0) > OLDEST_SECONDS:
            lines = [json.dumps({"site": self._site, "reading": READING, "begun": time.time()}).encode()]
        # The last line has no end when the crawl was interrupted in it.
        whole = lines[:-1] if len(lines) > 1 else lines
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_bytes(b"".join(line + b"\n" for line in whole))
        self._file = self._path.open("a", encoding="utf-8")
        for line in whole[1:]:
            yield _outcome(json.loads(line))

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
