"""The file of a backup: lines of JSON under gzip, the same for both databases, with a hash of each table.

The first line says what it is, of which revision and when. Then, for each table, a line with its name and the kinds of
its columns, a line for each row, and one with their number and their hash. The last line is the number of tables: a
file without it broke off.
"""

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, BinaryIO

from chatkit.backup.portable import Digest, Kind, Row, Shape, Source, encode
from chatkit.errors import BackupError
from chatkit.version import VERSION

HEADER = b"\x1f\x8b"
FORMAT = 1
GZIP_LEVEL = 3
# No row is longer: a saved chat has 256 KiB, and no page's passages come near that.
MAX_LINE_BYTES = 64 * 1024**2
FORMER = (b"SQLite format 3\0", b"PGDMP")


def write(source: Source, file: BinaryIO) -> dict[str, int]:
    """Write everything a source holds; return how many rows each table has."""
    counts = {}
    with gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=GZIP_LEVEL) as packed:

        def line(value: object) -> None:
            packed.write(encode(value) + b"\n")

        made_at = datetime.now(UTC).isoformat(timespec="seconds")
        line({"chatkit_backup": FORMAT, "revision": source.revision, "version": VERSION, "made_at": made_at})
        for shape, rows in source.tables():
            line({"table": shape.name, "columns": shape.columns, "next_id": shape.next_id})
            digest = Digest()
            for row in rows:
                encoded = encode(row)
                digest.add(encoded)
                packed.write(encoded + b"\n")
            line({"rows": digest.rows, "sha256": digest.sha256})
            counts[shape.name] = digest.rows
        line({"tables": len(counts)})
    return counts


class Archive:
    """A backup that is read from its beginning to its end, once; its file must outlive it."""

    def __init__(self, file: BinaryIO) -> None:
        self._lines = _lines(file)
        head = self._next()
        if not isinstance(head, dict) or not isinstance(head.get("chatkit_backup"), int):
            raise BackupError("This file is no backup of ChatKit.")
        if head["chatkit_backup"] > FORMAT:
            raise BackupError(f"This backup was made by a newer version of ChatKit, {head.get('version')}.")
        self.revision = str(head.get("revision"))

    def tables(self) -> Iterator[tuple[Shape, Iterable[Row]]]:
        """Yield each table with its rows. Raises ``BackupError`` where the file is damaged, or ends early."""
        count = 0
        while "tables" not in (head := self._object()):
            try:
                columns = {name: Kind(kind) for name, kind in head["columns"].items()}
                shape = Shape(head["table"], columns, head["next_id"])
            except (AttributeError, KeyError, ValueError):
                raise BackupError("The backup is damaged: what should be a table is none.") from None
            yield shape, self._rows(shape)
            count += 1
        if head["tables"] != count or next(self._lines, None) is not None:
            raise BackupError("The backup is damaged: it does not hold the tables that it says.")

    def _rows(self, shape: Shape) -> Iterator[Row]:
        digest = Digest()
        while isinstance(row := self._next(), list):
            if len(row) != len(shape.columns):
                break
            digest.add(encode(row))
            yield row
        if row != {"rows": digest.rows, "sha256": digest.sha256}:
            raise BackupError(f"The backup is damaged: the rows of {shape.name} are not those that were written.")

    def _object(self) -> dict[str, Any]:
        found = self._next()
        if not isinstance(found, dict):
            raise BackupError("The backup is damaged: a row stands in no table.")
        return found

    def _next(self) -> object:
        line = next(self._lines, None)
        if line is None:
            raise BackupError("The backup is damaged: it ends early.")
        try:
            return json.loads(line)
        except ValueError:
            raise BackupError("The backup is damaged: a line of it cannot be read.") from None


def _lines(file: BinaryIO) -> Iterator[bytes]:
    with gzip.GzipFile(fileobj=file, mode="rb") as packed:
        try:
            while line := packed.readline(MAX_LINE_BYTES):
                yield line
        except (EOFError, gzip.BadGzipFile, zlib.error):
            raise BackupError("The backup is damaged, or ends early.") from None
