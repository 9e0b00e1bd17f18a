"""`flask gaps`, `flask answers` and `flask testset`."""

from pathlib import Path

from flask import Flask

from chatkit.audit.models import AuditEntry
from chatkit.database.orm import table
from tests import factories
from tests.gaps.test_clustering import record


def _run(app: Flask, *words: str, given: str = "") -> tuple[int, str]:
    done = app.test_cli_runner().invoke(args=words, input=given)
    return done.exit_code, done.output


def test_gaps_are_listed_shown_and_taken_on(app: Flask) -> None:
    assert _run(app, "gaps", "list") == (0, "There is none.\n")
    record(app, "Is there a \x1b[31mzebra?", page="https://docs.example.com/zoo")
    assert _run(app, "gaps", "list") == (0, "1  new  Is there a \ufffd[31mzebra?  (1 asked)\n")
    assert "https://docs.example.com/zoo" in _run(app, "gaps", "show", "1")[1]
    assert _run(app, "gaps", "set", "1", "drafting") == (0, "1 is drafting.\n")
    assert _run(app, "gaps", "set", "1", "verified")[0] == 1
    assert _run(app, "gaps", "set", "7", "ignored") == (1, "Error: There is no such cluster of questions.\n")
    [act] = factories.rows(app, table(AuditEntry))
    assert (act["action"], act["actor"].partition(":")[0]) == ("gap_state", "os")


def test_answers_are_written_listed_and_removed(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "answer.md"
    file.write_text("It costs nothing.")
    write = ("answers", "write", "--question", "What does it cost?")
    assert _run(app, *write, str(file)) == (0, "Answer 1 is given within seconds.\n")
    assert _run(app, *write)[0] == 1
    file.write_bytes(b"\xff")
    assert _run(app, *write, str(file)) == (1, "Error: The file is not encoded as UTF-8.\n")
    assert _run(app, "answers", "list") == (0, "1  What does it cost?  (0 given)\n")
    assert _run(app, "answers", "remove", "1") == (0, "Answer 1 is removed.\n")
    assert _run(app, "answers", "remove", "1")[0] == 1


def test_the_test_set_is_exchanged_and_run(app: Flask, tmp_path: Path) -> None:
    factories.index(app, tmp_path / "guide")
    lines = (
        '{"question": "How do I knit?", "answered_by": []}\n{"question": "Knit?", "answered_by": ["/guide/install"]}\n'
    )
    assert _run(app, "testset", "import", "-", given=lines) == (0, "2 added, 0 known already.\n")
    assert _run(app, "testset", "export") == (0, lines)
    failed, said = _run(app, "testset", "run")
    assert (failed, said.startswith("1 of 2 pass")) == (1, True)
    assert _run(app, "testset", "list")[1].splitlines() == [
        "1  passes  How do I knit? (no page answers this)",
        "2  fails (not_covered)  Knit? (/guide/install)",
    ]
    assert _run(app, "testset", "import", "-", given="x")[0] == 1
    assert _run(app, "testset", "remove", "2") == (0, "1 removed.\n")
    assert _run(app, "testset", "run")[0] == 0
