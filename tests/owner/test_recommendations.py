"""The page on which an owner pins and excludes pages, as `flask recommendations` does."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete

from chatkit.audit.models import AuditEntry
from chatkit.database.orm import db, table
from chatkit.owner import recommendations_routes
from chatkit.personalize import curation
from chatkit.personalize.models import PageRule
from tests import factories
from tests.factories import MakeApp
from tests.owner import room
from tests.owner.room import OWNERS

FOGHORN, OIL = "/guide/foghorn", "/guide/lamps/oil"


@pytest.fixture
def app(make_app: MakeApp, tmp_path: Path) -> Flask:
    """Return an application with a room, on each database, that knows the guide."""
    app = make_app(OWNERS=OWNERS)
    factories.index(app, tmp_path / "guide")
    return app


def _rules(app: Flask) -> dict[str, str]:
    with app.app_context():
        return dict(curation.rules())


def _acts(app: Flask) -> list[tuple[str, str, str]]:
    rows = factories.rows(app, table(AuditEntry))
    return [(row["actor"], row["action"], row["subject"]) for row in rows if row["action"] != "owner_signed_in"]


def test_pages_are_pinned_excluded_and_reset_on_their_page(app: Flask) -> None:
    entered = room.enter(app)
    assert "No page is pinned or excluded" in entered.get("/recommendations")
    done = entered.post("/recommendations/decide", url=f"http://localhost{OIL}/?q#x", rule="excluded")
    assert done.headers["Location"] == "/owner/recommendations/?done=excluded"
    assert "Nobody gets it" in entered.get("/recommendations", done="excluded")
    entered.post("/recommendations/decide", url=FOGHORN, rule="pinned")
    assert _rules(app) == {OIL: "excluded", FOGHORN: "pinned"}
    page = entered.get("/recommendations")
    # Pins first, each with the page's title, and by whom.
    assert 0 < page.index(">Foghorn<") < page.index(FOGHORN) < page.index(">Oil lamps<") < page.index(OIL)
    assert page.count(" by <bdi>owner@example.org</bdi>") == 2
    entered.post("/recommendations/decide", url=OIL, rule="pinned")
    assert entered.post("/recommendations/reset", url=FOGHORN).status_code == 303
    assert _rules(app) == {OIL: "pinned"}
    assert _acts(app) == [
        ("owner@example.org", "recommendation_excluded", OIL),
        ("owner@example.org", "recommendation_pinned", FOGHORN),
        ("owner@example.org", "recommendation_pinned", OIL),
        ("owner@example.org", "recommendation_reset", FOGHORN),
    ]


def test_what_was_decided_elsewhere_or_of_a_page_that_is_gone_is_shown_as_it_is(app: Flask, tmp_path: Path) -> None:
    entered = room.enter(app)
    assert app.test_cli_runner().invoke(args=["recommendations", "pin", FOGHORN]).exit_code == 0
    assert ", on the command line" in entered.get("/recommendations")
    (tmp_path / "guide" / "foghorn.md").unlink()
    factories.index(app, tmp_path / "guide", {})
    with app.app_context():
        db.session.execute(delete(AuditEntry))
        db.session.commit()
    page = entered.get("/recommendations")
    assert ("not indexed" in page, " by <bdi>" in page) == (True, False)
    assert entered.post("/recommendations/reset", url=FOGHORN).status_code == 303
    assert _rules(app) == {}


def test_of_two_long_addresses_that_begin_alike_each_has_who_decided_it(app: Flask, tmp_path: Path) -> None:
    folder = "long" * 55
    factories.index(app, tmp_path / "guide", {f"{folder}/{name}.md": f"# {name}\n\nText.\n" for name in "ab"})
    with app.app_context():
        for name in "ab":
            curation.decide(f"/guide/{folder}/{name}", "pinned", f"{name}@example.org")
        decided = {row.url[-1]: row.decided_by for row in curation.list_page(0, 10)}
    assert decided == {"a": "a@example.org", "b": "b@example.org"}


@pytest.mark.parametrize(
    ("path", "form", "status", "said"),
    [
        ("decide", {"url": "/guide/nowhere", "rule": "pinned"}, 404, "No page is indexed at /guide/nowhere."),
        ("decide", {"url": "https://[broken", "rule": "pinned"}, 404, "No page is indexed"),
        ("decide", {"url": "", "rule": "pinned"}, 422, "Nothing was entered."),
        ("decide", {"url": FOGHORN, "rule": "promoted"}, 422, "Not one of: pinned, excluded."),
        ("decide", {"url": "/" * 1_001, "rule": "pinned"}, 422, "Longer than 1000 characters."),
        ("decide", {"url": "/\0", "rule": "pinned"}, 422, "control characters"),
        ("reset", {"url": FOGHORN}, 404, "neither pinned nor excluded"),
        ("reset", {}, 422, "Nothing was entered."),
    ],
)
def test_what_cannot_be_decided_is_said_and_changes_nothing(
    app: Flask, path: str, form: dict[str, str], status: int, said: str
) -> None:
    answer = room.enter(app).post(f"/recommendations/{path}", **form)
    assert (answer.status_code, said in answer.get_data(as_text=True)) == (status, True)
    assert (_rules(app), _acts(app)) == ({}, [])


def test_a_long_list_has_pages(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recommendations_routes, "PAGE", 1)
    with app.app_context():
        db.session.add_all([PageRule(url=url, rule="pinned") for url in (FOGHORN, OIL)])
        db.session.commit()
    entered = room.enter(app)
    first = entered.get("/recommendations")
    assert ("start=1" in first, FOGHORN in first, OIL in first) == (True, True, False)
    last = entered.get("/recommendations", start=1)
    assert ("start=2" in last, OIL in last) == (False, True)


def test_who_may_only_look_decides_nothing(app: Flask) -> None:
    room.enter(app).post("/recommendations/decide", url=FOGHORN, rule="pinned")
    looking = room.enter(app, "looks@example.org")
    page = looking.get("/recommendations")
    # Logging out alone is theirs.
    assert (FOGHORN in page, page.count('method="post"')) == (True, 1)
    assert looking.post("/recommendations/decide", url=OIL, rule="pinned").status_code == 403
    assert looking.post("/recommendations/reset", url=FOGHORN).status_code == 403
    assert _rules(app) == {FOGHORN: "pinned"}
