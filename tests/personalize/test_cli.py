"""`flask recommendations`: what the owner decides of pages."""

from pathlib import Path

from flask import Flask

from chatkit.audit.models import AuditEntry
from tests import factories
from tests.personalize.conftest import BELL, HORN


def _run(app: Flask, *arguments: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["recommendations", *arguments])
    return result.exit_code, result.output


def test_pages_are_pinned_excluded_listed_and_reset(app: Flask, harbour: Path) -> None:
    assert _run(app, "list") == (0, "No page is pinned or excluded.\n")
    assert _run(app, "pin", HORN) == (0, f"{HORN} is pinned.\n")
    assert _run(app, "exclude", f"http://localhost{BELL}index.html") == (0, f"{BELL} is excluded.\n")
    assert _run(app, "list") == (0, f"pinned    {HORN}\nexcluded  {BELL}\n")
    assert _run(app, "exclude", HORN)[0] == 0
    assert _run(app, "reset", BELL)[0] == 0
    assert _run(app, "list") == (0, f"excluded  {HORN}\n")
    acts = [(row["action"], row["subject"]) for row in factories.rows(app, AuditEntry.__table__)]
    assert acts == [
        ("recommendation_pinned", HORN),
        ("recommendation_excluded", BELL),
        ("recommendation_excluded", HORN),
        ("recommendation_reset", BELL),
    ]


def test_a_page_that_is_not_there_is_a_sentence_and_no_act(app: Flask, harbour: Path) -> None:
    for arguments in (("pin", "/guide/nowhere"), ("exclude", "https://[broken"), ("reset", HORN)):
        code, output = _run(app, *arguments)
        assert code == 1
        assert output.startswith("Error: ")
        assert output.count("\n") == 1
    assert factories.rows(app, AuditEntry.__table__) == []


def test_what_was_decided_outlives_the_index(app: Flask, harbour: Path) -> None:
    _run(app, "pin", HORN)
    (harbour / "docs/fog/horn.md").write_text("# Foghorn\n\nIt is silent now.\n")
    factories.index(app, harbour, {})
    assert _run(app, "list") == (0, f"pinned    {HORN}\n")
