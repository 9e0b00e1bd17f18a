"""What the workers of a server count, in files that each of them can add up, and never at the price of its life.

prometheus-client maps a file that has a size and no blocks. Where the disk is full, the first write into such a page
ends the process with SIGBUS, and so it does in each worker that takes its place. Here a file's blocks are allocated
before they are mapped, which fails with an error instead. What is counted meanwhile stays in the memory of its
process, and goes into the file when there is room.
"""

import mmap
import os
import struct
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import structlog
from prometheus_client import values
from prometheus_client.mmap_dict import mmap_key

from chatkit.config import metrics_folder

# Doubled each time that the file is full.
INITIAL_BYTES = 1 << 16
# How soon a file that could not be allocated is tried again.
RETRY_SECONDS = 10.0
REMEDY = "Make room in the temp directory, or set TMPDIR to one with room and restart."

log = structlog.get_logger()


class MetricsFile:
    """One file of numbers with their names, as ``prometheus_client.multiprocess`` reads it.

    It begins with the number of bytes in use and four bytes of nothing. Each entry is the length of its name, the
    name padded with spaces so that all entries are aligned to 8 bytes, the value, and the time it was set. Raises
    ``OSError`` where no room can be had; what the file holds stays as it was.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        # Under another name until it has a beginning: a worker that adds up the files meanwhile could not read it.
        unfinished = path.with_suffix(".new")
        self._file = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            self._map = self._allocate(INITIAL_BYTES)
            self._used = 8
            self._note_used()
            unfinished.rename(path)
        except OSError:
            os.close(self._file)
            raise

    def add(self, name: str) -> int:
        """Add a number and return its place."""
        encoded = name.encode()
        padded = encoded.ljust(len(encoded) + 8 - (len(encoded) + 4) % 8)
        entry = struct.pack(f"i{len(padded)}sdd", len(encoded), padded, 0.0, 0.0)
        while self._used + len(entry) > len(self._map):
            self._map = self._allocate(2 * len(self._map))
        self._map[self._used : self._used + len(entry)] = entry
        self._used += len(entry)
        self._note_used()
        return self._used - 16

    def write(self, place: int, value: float, timestamp: float) -> None:
        """Write a number; in one step, since others read the file at any time."""
        self._map[place : place + 16] = struct.pack("dd", value, timestamp)

    def _note_used(self) -> None:
        self._map[:4] = struct.pack("i", self._used)

    def _allocate(self, size: int) -> mmap.mmap:
        os.posix_fallocate(self._file, 0, size)
        return mmap.mmap(self._file, size)


class _Process:
    """What this process counts, its files by kind, and whether one of them could not be written."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.files: dict[str, MetricsFile] = {}
        self.unwritten: list[SharedValue] = []
        self.retry_at = 0.0
        self.failed = False

    def write_rest(self) -> None:
        """Try to write what has no place in a file yet; one log line says when that begins to fail, and when it ends.

        The caller holds the lock.
        """
        if not self.unwritten or time.monotonic() < self.retry_at:
            return
        try:
            while self.unwritten:
                self.unwritten[-1].take_place(self.files)
                self.unwritten.pop()
        except OSError as error:
            self.retry_at = time.monotonic() + RETRY_SECONDS
            if not self.failed:
                log.error("metrics_not_written", error=str(error), remedy=REMEDY)
            self.failed = True
        else:
            if self.failed:
                log.warning("metrics_written_again")
            self.failed = False


class SharedValue:
    """One number of this process, as prometheus-client counts with it."""

    _multiprocess = True

    def __init__(
        self,
        typ: str,
        metric_name: str,
        name: str,
        labelnames: Sequence[str],
        labelvalues: Sequence[str],
        help_text: str,
        multiprocess_mode: str = "",
        **options: Any,
    ) -> None:
        self._kind = f"{typ}_{multiprocess_mode}" if typ == "gauge" else typ
        self._key = mmap_key(metric_name, name, list(labelnames), list(labelvalues), help_text)
        self._value = self._timestamp = 0.0
        self._file: MetricsFile | None = None
        self._place = 0
        with _process.lock:
            _process.unwritten.append(self)

    def inc(self, amount: float) -> None:
        with _process.lock:
            self._value += amount
            self._timestamp = 0.0
            self._write()

    def set(self, value: float, timestamp: float | None = None) -> None:
        with _process.lock:
            self._value = value
            self._timestamp = timestamp or 0.0
            self._write()

    def get(self) -> float:
        return self._value

    def set_exemplar(self, exemplar: object) -> None:
        """Do nothing: the files have no room for examples."""

    def get_exemplar(self) -> None:
        return None

    def take_place(self, files: dict[str, MetricsFile]) -> None:
        """Give the number a place in the file of its kind and write it there. Raises ``OSError`` without room."""
        if self._kind not in files:
            files[self._kind] = MetricsFile(metrics_folder() / f"{self._kind}_{os.getpid()}.db")
        file = files[self._kind]
        self._place = file.add(self._key)
        self._file = file
        file.write(self._place, self._value, self._timestamp)

    def _write(self) -> None:
        if self._file is not None:
            self._file.write(self._place, self._value, self._timestamp)
        _process.write_rest()


_process = _Process()


def install() -> None:
    """Let every metric made from now on be counted here; its files are made when something is counted or shown."""
    values.ValueClass = SharedValue


def write_rest() -> None:
    """Try to write what has no place in a file yet, such as metrics that were never counted."""
    with _process.lock:
        _process.write_rest()
