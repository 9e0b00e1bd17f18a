"""The pages about gaps, curated answers, the test set and the review."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete

from chatkit.chat.models import Gap
from chatkit.curated.service import Draft, save
from chatkit.database.orm import db, table
from chatkit.gaps import clustering
from chatkit.gaps import service as gaps
from chatkit.ingest import follow_ups
from chatkit.owner import gaps_routes
from tests import factories
from tests.chat.conftest import ask, rate
from tests.factories import MakeApp
from tests.gaps.test_clustering import record
from tests.owner import room
from tests.owner.room import OWNERS, Room

HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(2)>'{{ 7 * 7 }}{% raw %}"
PAGES = ("/gaps", "/gaps/1", "/answers", "/answers/new", "/answers/1", "/tests", "/review")


class _Markup(HTMLParser):
    """Collects what a page would run or load from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name: value or "" for name, value in attrs}
        runs = [name for name in names if name.startswith("on") or name in {"style", "srcdoc"}]
        links = [names[name] for name in ("href", "src", "action", "formaction") if name in names]
        bad = [link for link in links if not link.startswith(("/", "#", "https://", "http://"))]
        if tag in {"script", "iframe", "object", "embed"} or runs or bad:
            self.found.append(self.get_starttag_text() or tag)


def _dangers(page: str) -> list[str]:
    parser = _Markup()
    parser.feed(page)
    return parser.found


@pytest.fixture
def owned(make_app: MakeApp, tmp_path: Path) -> Flask:
    """Return an application with an owner's room that knows the guide."""
    app = make_app(OWNERS=OWNERS, FORGE_URL="https://github.com/zoo/docs")
    factories.index(app, tmp_path / "guide")
    return app


def test_a_gap_is_taken_through_its_states_on_its_page(owned: Flask) -> None:
    record(owned, "Is there a zebra?", page="https://docs.example.com/zoo")
    entered = room.enter(owned)
    assert "Is there a zebra?" in entered.get("/gaps")
    page = entered.get("/gaps/1")
    assert "https://github.com/zoo/docs/issues/new?" in page
    assert "I am drafting it" in page
    answer = entered.post("/gaps/1/state", state="drafting")
    assert answer.headers["Location"] == "/owner/gaps/1?done=set"
    assert "It is published" in entered.get("/gaps/1", done="set")
    assert "Is there a zebra?" in entered.get("/gaps", state="drafting")
    assert "Is there a zebra?" not in entered.get("/gaps", state="new")
    assert entered.post("/gaps/1/state", state="verified").status_code == 422
    assert entered.post("/gaps/7/state", state="ignored").status_code == 404


def test_a_page_of_gaps_leads_on_also_when_a_cluster_has_no_questions_left(
    owned: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gaps_routes, "PAGE", 1)
    record(owned, "Is there a zebra?", "How do I paint the lighthouse?", "Where is the mayor's submarine?")
    with owned.app_context():
        db.session.execute(delete(table(Gap)).where(table(Gap).c.cluster_id == 1))
        db.session.commit()
    entered = room.enter(owned)
    assert "start=1" in entered.get("/gaps")
    assert "submarine" in entered.get("/gaps", start=1)


@pytest.mark.parametrize("number", [2**31, 2**63, 10**40])
def test_a_number_that_no_row_can_have_is_not_found(owned: Flask, number: int) -> None:
    entered = room.enter(owned)
    for path in ("gaps", "answers", "review", "conversations"):
        assert entered.client.get(f"/owner/{path}/{number}").status_code == 404
    acts = (f"gaps/{number}/state", f"answers/{number}", f"answers/{number}/confirm", f"answers/{number}/remove")
    for path in (*acts, f"review/{number}", f"server/limits/bans/{number}/lift"):
        assert entered.post(f"/{path}", state="drafting", verdict="right").status_code in {404, 405}


def test_the_list_of_gaps_says_when_it_is_full(owned: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    record(owned, "Is there a zebra?")
    entered = room.enter(owned)
    assert "as many as there may be" not in entered.get("/gaps")
    monkeypatch.setattr(clustering, "MAX_CLUSTERS", 1)
    assert "1 are new and not worked on, as many as there may be" in entered.get("/gaps")


def test_a_curated_answer_is_written_from_a_gap_changed_and_removed(owned: Flask, tmp_path: Path) -> None:
    record(owned, "Is there a zebra?")
    entered = room.enter(owned)
    assert "Is there a zebra?</textarea>" in entered.get("/answers/new", gap=1)
    form = {"questions": "Is there a zebra?\r\nAny zebras?", "markdown": "**None.**", "section": "/guide/install"}
    assert entered.post("/answers/new", **form).headers["Location"] == "/owner/answers/1?done=saved"
    page = entered.get("/answers/1")
    assert "Any zebras?</textarea>" in page
    assert "**None.**</textarea>" in page
    assert "<strong>None.</strong>" in page
    assert "/guide/install" in entered.get("/answers")
    refused = entered.post("/answers/1", questions="x", markdown="<b>x</b>")
    assert refused.status_code == 422
    assert "HTML cannot be shown" in refused.get_data(as_text=True)
    assert entered.post("/answers/1", **form | {"markdown": "One."}).status_code == 303
    assert entered.post("/answers/1/confirm").status_code == 422
    factories.index(owned, tmp_path / "guide", {"install.md": "# Install\n\nTurn the key.\n"})
    with owned.app_context():
        follow_ups.run_due()
    [seen] = re.findall(r'name="seen" value="(\w{64})"', entered.get("/answers/1"))
    assert entered.post("/answers/1/confirm", seen=seen).status_code == 303
    assert entered.post("/answers/1/remove").headers["Location"] == "/owner/answers/?done=removed"
    assert entered.client.get("/owner/answers/1").status_code == 404


def test_the_test_set_is_kept_on_its_page(owned: Flask) -> None:
    entered = room.enter(owned)
    form = {"question": "How often does it sound?", "answered_by": "/guide/foghorn\r\n/guide/install"}
    assert entered.post("/tests/add", **form).status_code == 303
    exported = entered.client.get("/api/v1/owner/tests").get_data(as_text=True)
    assert json.loads(exported) == {"question": form["question"], "answered_by": ["/guide/foghorn", "/guide/install"]}
    assert entered.post("/tests/import", lines=exported).headers["Location"] == "/owner/tests/?done=known"
    refused = entered.post("/tests/import", lines=f"\r\n\r\n{exported}\r\nnonsense")
    assert "Line 5 is no question" in refused.get_data(as_text=True)
    assert entered.post("/tests/run").status_code == 303
    with owned.app_context():
        follow_ups.run_due()
    page = entered.get("/tests")
    assert "1 of 1" in page
    assert "No question fails" in entered.get("/tests", show="failing")
    assert entered.post("/tests/remove", id=1).status_code == 303
    assert "There is none yet" in entered.get("/tests")


def test_an_answer_is_judged_on_its_page(owned: Flask) -> None:
    question = "How do I install the package?"
    rate(owned.test_client(), ask(owned.test_client(), question))
    entered = room.enter(owned)
    page = entered.get("/review")
    assert question in page
    assert "Install the package with pip install lighthouse. It needs Python 3.11." in page
    [number] = {part.partition("?")[0] for part in page.split('"/owner/review/')[1:] if part[0].isdigit()}
    item = entered.get(f"/review/{number}")
    assert "<strong>Install the package with <code>pip install lighthouse</code></strong>" in item
    assert "rated not helpful" in item
    form = {"verdict": "wrong", "section": "/guide/foghorn", "to_test_set": "yes", "kind": "negative"}
    assert entered.post(f"/review/{number}", **form).headers["Location"].startswith("/owner/review/?")
    assert "Nothing is left to judge" in entered.get("/review")
    assert question in entered.get("/tests")
    assert entered.post(f"/review/{number}").status_code == 422


def _fill(app: Flask) -> Room:
    """Leave what a hostile reader and a careless owner would write wherever these pages show it."""
    client = app.test_client()
    record(app, HOSTILE, page="javascript:alert(1)")
    rate(client, ask(client, HOSTILE), note=HOSTILE)
    with app.app_context():
        gaps.set_state(1, "drafting")
        save(Draft([HOSTILE], "`<script>alert(1)</script>`"))
    entered = room.enter(app)
    entered.post("/tests/add", question=HOSTILE, answered_by="javascript:alert(1)", site=HOSTILE)
    return entered


def test_nothing_that_somebody_wrote_runs_on_any_page(owned: Flask) -> None:
    entered = _fill(owned)
    [item] = [part.partition("?")[0] for part in entered.get("/review").split('"/owner/review/') if part[0].isdigit()]
    for path in (*PAGES, f"/review/{item}"):
        page = entered.get(path, gap=1)
        assert _dangers(page) == [], path
        assert "{{ 7 * 7 }}" in page, path
        # What happened has one name on all of them.
        assert re.findall(r">nearest<|not_covered|sections near|[Rr]ated down|Unsure", page) == [], path


# What changes something on these pages.
CHANGES: list[tuple[str, dict[str, str]]] = [
    ("/gaps/1/state", {"state": "new"}),
    ("/answers/new", {"questions": "x", "markdown": "y"}),
    ("/answers/1", {"questions": "x", "markdown": "y"}),
    ("/answers/1/confirm", {}),
    ("/answers/1/remove", {}),
    ("/tests/add", {"question": "x"}),
    ("/tests/import", {"lines": '{"question": "x", "answered_by": []}'}),
    ("/tests/remove", {"id": "1"}),
    ("/tests/run", {}),
    ("/review/2", {"verdict": "right"}),
]


def test_a_reader_of_the_room_looks_and_changes_nothing(owned: Flask) -> None:
    _fill(owned)
    before = _state(owned)
    looking = room.enter(owned, "looks@example.org")
    for path, form in CHANGES:
        assert looking.post(path, **form).status_code == 403, path
        assert _state(owned) == before, path
    for page in PAGES:
        # Logging out alone is theirs.
        assert looking.get(page).count('method="post"') == 1, page


def _state(app: Flask) -> str:
    names = ("gap_clusters", "curated_answers", "test_questions", "review_verdicts", "index_follow_ups")
    return str([factories.rows(app, db.metadata.tables[name]) for name in names])
