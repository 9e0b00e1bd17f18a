"""Rows as CSV, in which a spreadsheet runs no cell, and as lines of JSON; piece by piece, however many they are."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from chatkit.web.times import format_utc

# With these a spreadsheet takes a cell for a formula, also after space that it leaves out.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
PIECE_CHARACTERS = 64_000

Row = dict[str, object]


def as_csv(names: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    """Yield a CSV file of RFC 4180 with a line of ``names`` before the rows."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
    writer.writerow(names)

    def line(row: Row) -> str:
        writer.writerow([cell(row[name]) for name in names])
        text = buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
        return text

    return _pieces(rows, line)


def as_jsonl(rows: Iterable[Row]) -> Iterator[str]:
    """Yield a file with an object of JSON in each line."""
    return _pieces(rows, lambda row: json.dumps(row, ensure_ascii=False, default=_plain) + "\n")


def cell(value: object) -> str:
    """Return a value as a cell that a spreadsheet shows and never runs: before what looks like a formula is a quote."""
    text = " ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" \u00a0\ufeff").startswith(FORMULA_STARTS) else text


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return format_utc(value)
    raise TypeError(type(value).__name__)


def _pieces(rows: Iterable[Row], line: Callable[[Row], str]) -> Iterator[str]:
    written, size = list[str](), 0
    for row in rows:
        written.append(line(row))
        size += len(written[-1])
        if size >= PIECE_CHARACTERS:
            yield "".join(written)
            written, size = [], 0
    yield "".join(written)
