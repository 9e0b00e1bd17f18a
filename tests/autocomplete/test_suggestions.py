"""What a reader may begin with: the page's headings, and what at least three readers were answered from."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from chatkit.autocomplete import suggestions
from chatkit.chat import cited_sections
from tests import factories
from tests.factories import API

HOST = "https://docs.example.com"
PAGES = {
    "index.md": "# Lighthouse\n\nLighthouse is a tool that watches harbours.\n",
    "embed.md": (
        "# Embedding\n\n## Put the widget on your site\n\nPaste two lines.\n\n## Attributes\n\nThere are ten.\n\n"
        "## What must my CSP allow?\n\nThe origin of the server.\n\n## Attributes\n\nThe same again.\n\n"
        "## Changing the accent colour\n\nSet one property.\n\n## Further reading\n\nSee elsewhere.\n"
    ),
    "backup.md": "# Operations\n\n## Back up the database\n\nRun `flask backup` every night to back up the database.\n",
}


def _suggested(client: FlaskClient, page: str = "embed", **where: str) -> Any:
    query = {"page_url": f"{HOST}/{page}?from=mail#here"} | where
    return client.get(f"{API}/suggestions", query_string=query).get_json()


def _index(app: Flask, folder: Path, pages: dict[str, str] = PAGES) -> FlaskClient:
    factories.index(app, folder / "pages", pages, f"{HOST}/")
    with app.app_context():
        cited_sections.forget()
    return app.test_client()


def _ask(app: Flask, readers: int, page: str = "backup") -> None:
    for _ in range(readers):
        body = factories.question("How do I back up the database?", page_url=f"{HOST}/{page}")
        assert app.test_client().post(f"{API}/chat", json=body).get_json()["outcome"] == "answered"
    with app.app_context():
        cited_sections.forget()


def test_a_page_suggests_its_own_headings_as_questions(app: Flask, tmp_path: Path) -> None:
    assert _suggested(_index(app, tmp_path)) == {
        "questions": [
            "How do I put the widget on my site?",
            "Embedding: Attributes",
            "What must my CSP allow?",
            "How do I change the accent colour?",
        ],
        "often_asked": [],
        "page_title": "Embedding",
    }


def test_a_page_that_is_not_indexed_suggests_where_to_begin(app: Flask, tmp_path: Path) -> None:
    found = _suggested(_index(app, tmp_path), "unknown")
    assert (found["questions"], found["page_title"]) == (["Operations", "Embedding", "Lighthouse"], None)


def test_a_page_without_headings_suggests_where_to_begin(app: Flask, tmp_path: Path) -> None:
    found = _suggested(_index(app, tmp_path), "index")
    assert found["page_title"] is None
    assert "Embedding" in found["questions"]


def test_what_three_readers_were_answered_from_is_often_asked(app: Flask, tmp_path: Path) -> None:
    client = _index(app, tmp_path)
    _ask(app, 2)
    assert _suggested(client)["often_asked"] == []
    _ask(app, 1)
    assert _suggested(client)["often_asked"] == ["How do I back up the database?"]


def test_what_readers_ask_on_a_page_comes_first_there(app: Flask, tmp_path: Path) -> None:
    client = _index(app, tmp_path)
    _ask(app, 3, page="embed.html")
    found = _suggested(client)
    assert found["questions"][:2] == ["How do I back up the database?", "How do I put the widget on my site?"]
    assert found["often_asked"] == []


def test_one_reader_who_asks_again_counts_once(app: Flask, tmp_path: Path) -> None:
    client, who = _index(app, tmp_path), factories.person(app)
    for _ in range(4):
        client.post(f"{API}/chat", json=factories.question("How do I back up the database?"), headers=who.headers)
    with app.app_context():
        cited_sections.forget()
    assert _suggested(client)["often_asked"] == []


def test_another_version_suggests_nothing(app: Flask, tmp_path: Path) -> None:
    text = PAGES["backup.md"]
    pages = {"1.0/backup.md": text, "2.0/lamp.md": "# Lamp\n\n## Changing the wick\n\nChange it weekly.\n"}
    client = _index(app, tmp_path, pages)
    _ask(app, 3, page="1.0/backup")
    assert _suggested(client, "1.0/other")["often_asked"] == ["How do I back up the database?"]
    assert _suggested(client, "2.0/lamp") == {
        "questions": ["How do I change the wick?"],
        "often_asked": [],
        "page_title": "Lamp",
    }


def test_what_is_asked_more_in_another_version_hides_nothing(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suggestions, "LOOKED_AT", 1)
    text = PAGES["backup.md"]
    client = _index(app, tmp_path, {"1.0/backup.md": text, "2.0/backup.md": text.replace("every night", "on Sundays")})
    _ask(app, 4, page="1.0/backup")
    _ask(app, 3, page="2.0/backup")
    for version in ("1.0", "2.0"):
        assert _suggested(client, f"{version}/other")["often_asked"] == ["How do I back up the database?"]


def test_nothing_is_suggested_without_pages(app: Flask) -> None:
    found = _suggested(app.test_client())
    assert (found["questions"], found["often_asked"], found["page_title"]) == ([], [], None)
