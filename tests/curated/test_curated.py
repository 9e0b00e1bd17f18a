"""Curated answers: which questions get them, what readers see, and their whole life."""

import uuid
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from chatkit.audit.models import AuditEntry
from chatkit.chat import service as chat
from chatkit.chat.generation import Origin
from chatkit.curated import service
from chatkit.curated.models import CuratedAnswer
from chatkit.curated.service import Draft
from chatkit.database.orm import db, table
from chatkit.errors import ApiError, Invalid, StorageFull
from chatkit.ingest import follow_ups, inventory
from chatkit.search import sections
from chatkit.search.query import Question
from tests import factories
from tests.encoding import needs_encoder
from tests.factories import API, MakeApp
from tests.modelserver import model_server

QUESTION = "How much does the lamp cost?"
# Questions that differ in little, by which they ask for something else.
NEAR_MISSES = (
    ("Can I merge several pictures?", "Can I split several pictures?"),
    ("Why is the search so fast?", "Why is the search so slow?"),
    ("How do I make the search slow?", "How do I make the search quick?"),
    ("Is it safe to delete a folder?", "Is it unsafe to delete a folder?"),
    ("How do I launch the server?", "How do I stop the server?"),
    ("How do I launch the server before midnight?", "How do I start the server after midnight?"),
    ("Can I download the report?", "Can I upload the report?"),
    ("How do I increase the timeout?", "How do I decrease the timeout?"),
    ("When does the token expire?", "When is the token valid?"),
)
TEXT = "It costs **nothing**. Ask [us](https://docs.example.com/ask)."


def _save(app: Flask, *questions: str, markdown: str = TEXT, section: str = "", replaced: int | None = None) -> int:
    with app.app_context():
        return service.save(Draft(questions or (QUESTION,), markdown, section), replaced, actor="owner@example.org")


def _ask(client: FlaskClient, question: str, **context: Any) -> dict[str, Any]:
    reply: dict[str, Any] = client.post(f"{API}/chat", json=factories.question(question, **context)).get_json()
    return reply


def _is_curated(client: FlaskClient, question: str, **context: Any) -> bool:
    return bool(_ask(client, question, **context)["metadata"].get("curated"))


def _row(app: Flask) -> dict[str, Any]:
    [row] = factories.rows(app, table(CuratedAnswer))
    return row


@pytest.fixture
def guide(app: Flask, tmp_path: Path) -> Flask:
    """Return an application that knows the guide."""
    factories.index(app, tmp_path / "guide")
    return app


def test_a_curated_answer_from_its_writing_to_its_removal(app: Flask, client: FlaskClient, tmp_path: Path) -> None:
    folder = tmp_path / "guide"
    factories.index(app, folder)
    number = _save(app, section="/guide/lamps/oil#oil-lamps:~:text=Trim")
    reply = _ask(client, "how much does the LAMP cost")
    assert (reply["answer"], reply["outcome"], reply["metadata"]["curated"]) == (TEXT, "answered", True)
    [source] = reply["sources"]
    assert source["url"].startswith("/guide/lamps/oil")
    assert reply["citations"] == [source["id"]]
    stream = client.post(f"{API}/chat/stream", json=factories.question(QUESTION)).get_data(as_text=True)
    events = factories.events(stream)
    assert "".join(event.data["content"] for event in events if event.name == "token") == TEXT
    assert events[-1].data["metadata"]["curated"] is True
    assert _row(app)["hits"] == 2

    with app.app_context():
        follow_ups.run_due()
    assert _row(app)["standing"] == "current"
    factories.index(app, folder, {"lamps/oil.md": "# Oil lamps\n\nOil lamps are gone.\n"})
    with app.app_context():
        follow_ups.run_due()
    assert _row(app)["standing"] == "changed"
    assert _is_curated(client, QUESTION)
    with app.app_context():
        with pytest.raises(Invalid):
            service.confirm(number, "what was there before")
        service.confirm(number, service.section_now(service.get(number)), actor="owner@example.org")
    assert _row(app)["standing"] == "current"
    (folder / "lamps/oil.md").unlink()
    factories.index(app, folder, {})
    with app.app_context():
        follow_ups.run_due()
        with pytest.raises(Invalid):
            service.confirm(number, "")
    assert _row(app)["standing"] == "gone"
    gone = _ask(client, QUESTION)
    assert (gone["answer"], gone["sources"], gone["citations"]) == (TEXT, [], [])
    with app.app_context():
        service.remove(number, actor="owner@example.org")
    assert not _is_curated(client, QUESTION)
    acts = [(row["actor"], row["action"]) for row in factories.rows(app, table(AuditEntry))]
    assert acts == [("owner@example.org", f"answer_{act}") for act in ("curated", "confirmed", "removed")]


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("How do I trim the wick?", "how can we trim a wick"),
        ("How do I trim the wick?", "How do I trim wicks???"),
        ("Trimming the wick", "trim the wick"),
        ("Can I use C++?", "Could I use C++"),
        ("Was kostet die Lampe?", "was kostet die lampe"),
        ("ランプはいくらですか？", "ランプはいくらですか"),
    ],
)
def test_the_same_question_in_other_forms_gets_it(guide: Flask, written: str, asked: str) -> None:
    _save(guide, written)
    assert _is_curated(guide.test_client(), asked)


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("How do I trim the wick?", "How do I not trim the wick?"),
        ("How do I trim the wick?", "How do I trim the wick of the foghorn?"),
        ("How do I trim the wick?", "Why do I trim the wick?"),
        ("How do I trim the wick?", "How do I trim the wick before lighting?"),
        ("How do I trim the wick?", "trim?"),
        ("How do I trim the wick?", "How do I replace the wick?"),
        ("Can I use it with oil?", "Can I use it without oil?"),
        ("Can I use it with oil?", "Can't I use it with oil?"),
        ("How do I convert oil to gas?", "How do I convert gas to oil?"),
        ("How do I switch it on?", "How do I switch it off?"),
        ("What does -v do?", "What does -V do?"),
        ("What does -v do?", "What does v do?"),
        ("Can I use C++?", "Can I use C?"),
        ("Can I use C#?", "Can I use C?"),
        ("Does it need Python 3.11?", "Does it need Python 3.12?"),
        ("Was kostet die Lampe?", "Was kostet keine Lampe?"),
        ("???", "!!!"),
        ("How do I", "How do we"),
    ],
)
def test_another_question_never_gets_it(guide: Flask, written: str, asked: str) -> None:
    _save(guide, written)
    assert not _is_curated(guide.test_client(), asked)


@needs_encoder
def test_other_words_for_the_same_get_it_where_meanings_are_compared(semantic_app: Flask, plain_app: Flask) -> None:
    for one in (semantic_app, plain_app):
        _save(one, "Can I merge several pictures?", "How do I launch the server?")
        asked = ("Can I combine multiple images?", "How can I start the server?")
        assert [_is_curated(one.test_client(), question) for question in asked] == [one is semantic_app] * 2


@needs_encoder
def test_another_question_never_gets_it_where_meanings_are_compared(semantic_app: Flask) -> None:
    _save(semantic_app, *(written for written, _ in NEAR_MISSES))
    assert [asked for _, asked in NEAR_MISSES if _is_curated(semantic_app.test_client(), asked)] == []


def test_a_question_about_something_else_said_before_does_not_get_it(guide: Flask) -> None:
    _save(guide, "And on Windows?", "What is this?")
    client, session = guide.test_client(), factories.session_id()
    _ask(client, "How do I install the package?", session=session)
    assert not _is_curated(client, "And on Windows?", session=session)
    assert not _is_curated(client, "What is this?", selected_text="The foghorn sounds every thirty seconds.")
    assert _is_curated(client, "And on Windows?")


def test_a_section_without_words_of_the_owner_answers_by_its_own_lines(guide: Flask) -> None:
    _save(guide, "Why is it so dark at night?", markdown="", section="/guide/lamps/oil")
    reply = _ask(guide.test_client(), "why is it so dark at night")
    assert reply["outcome"] == "answered"
    assert "nightfall" in reply["answer"]
    assert reply["metadata"]["curated"] is True
    assert [source["url"].partition("#")[0] for source in reply["sources"]] == ["/guide/lamps/oil"]


def test_what_rests_on_another_site_is_not_given(app: Flask, client: FlaskClient, tmp_path: Path) -> None:
    factories.index(app, tmp_path / "one", base_url="https://one.example/")
    factories.index(app, tmp_path / "two", base_url="https://two.example/")
    _save(app, section="https://one.example/install")
    assert _is_curated(client, QUESTION, page_url="https://one.example/foghorn")
    assert not _is_curated(client, QUESTION, page_url="https://two.example/foghorn")


def test_what_rested_on_another_site_is_not_given_when_its_section_is_gone(
    app: Flask, client: FlaskClient, tmp_path: Path
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder, url in ((one, "https://one.example/"), (two, "https://two.example/")):
        factories.index(app, folder, base_url=url)
    _save(app, section="https://one.example/install")
    (one / "install.md").unlink()
    factories.index(app, one, {}, base_url="https://one.example/")
    assert _is_curated(client, QUESTION, page_url="https://one.example/foghorn")
    assert not _is_curated(client, QUESTION, page_url="https://two.example/foghorn")
    with app.app_context():
        assert inventory.remove(str(one))
    assert not _is_curated(client, QUESTION)


def test_what_rested_on_another_version_is_not_given_when_its_section_is_gone(
    app: Flask, client: FlaskClient, tmp_path: Path
) -> None:
    pages = {
        f"{version}/{name}.md": f"# The {name}\n\nThe {name} of {version}.\n"
        for version in ("v1", "v2")
        for name in ("lamp", "door")
    }
    factories.index(app, tmp_path / "site", pages, base_url="https://one.example/")
    _save(app, section="https://one.example/v1/lamp")
    (tmp_path / "site/v1/lamp.md").unlink()
    factories.index(app, tmp_path / "site", {}, base_url="https://one.example/")
    assert _is_curated(client, QUESTION, page_url="https://one.example/v1/door")
    assert not _is_curated(client, QUESTION, page_url="https://one.example/v2/door")


def test_no_model_is_asked_where_the_owner_answers(make_app: MakeApp, tmp_path: Path) -> None:
    with model_server() as model:
        app = make_app(**model.settings)
        factories.index(app, tmp_path / "guide")
        _save(app, "How often does the foghorn sound?")
        reply = _ask(app.test_client(), "How often does the foghorn sound?")
    assert (reply["answer"], reply["metadata"]["model"]) == (TEXT, "extractive")
    assert model.requests == []


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (Draft([" ", "\n"], "x"), "questions"),
        (Draft(["x" * 501], "x"), "questions"),
        (Draft([f"x{number}" for number in range(21)], "x"), "questions"),
        (Draft(["x"]), "markdown"),
        (Draft(["x"], "<b>x</b>"), "markdown"),
        (Draft(["x"], "x", "/nowhere"), "section"),
        (Draft(["x"], "x", "/guide/install#nowhere"), "section"),
        (Draft(["x"], "x", "javascript:alert(1)"), "section"),
    ],
)
def test_what_cannot_be_given_is_refused_and_nothing_stored(guide: Flask, draft: Draft, field: str) -> None:
    with guide.app_context(), pytest.raises(Invalid) as refused:
        service.save(draft)
    assert list(refused.value.fields) == [field]
    assert factories.count(guide, CuratedAnswer) == 0


def test_there_are_no_more_than_a_number(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MAX_ANSWERS", 1)
    number = _save(app)
    with pytest.raises(StorageFull):
        _save(app, "Another one?")
    assert _save(app, "Another one?", replaced=number) == number


def test_an_answer_in_the_place_of_another_is_given_at_once(guide: Flask) -> None:
    client, number = guide.test_client(), _save(guide)
    assert _is_curated(client, QUESTION)
    _save(guide, "How dark is it?", markdown="Quite.", replaced=number)
    assert not _is_curated(client, QUESTION)
    assert _ask(client, "How dark is it?")["answer"] == "Quite."


def test_a_flag_is_not_set_on_what_was_confirmed_meanwhile(
    guide: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _save(guide, section="/guide/install")
    factories.index(guide, tmp_path / "guide", {"install.md": "# Install\n\nTurn the key.\n"})
    read = sections.content_hash

    def confirmed_meanwhile(url: str, anchor: str) -> str:
        found = read(url, anchor)
        db.session.execute(update(table(CuratedAnswer)).values(section_hash=found))
        return "what was there before"

    monkeypatch.setattr(sections, "content_hash", confirmed_meanwhile)
    with guide.app_context():
        service.check_sections()
    assert _row(guide)["standing"] == "current"


def test_what_is_gone_is_told_so(app: Flask) -> None:
    with app.app_context():
        for act in (lambda: service.get(7), lambda: service.remove(7), lambda: service.confirm(7, "")):
            with pytest.raises(ApiError, match="no such curated answer"):
                act()
        with pytest.raises(ApiError):
            service.save(Draft(["x"], "y"), 7)


def test_a_saved_answer_keeps_its_id_when_it_is_asked_for_again(guide: Flask) -> None:
    _save(guide)
    client, message_id = guide.test_client(), str(uuid.uuid4())
    body = factories.question(QUESTION) | {"message_id": message_id}
    replies = [client.post(f"{API}/chat", json=body).get_json() for _ in range(2)]
    assert [(reply["message_id"], reply["metadata"]["curated"]) for reply in replies] == [(message_id, True)] * 2
    # What nobody's figures hold is not given to a reader either.
    client.post(f"{API}/chat", json=factories.question(QUESTION), headers={"User-Agent": "Googlebot/2.1"})
    with guide.app_context():
        chat.ask_once(Question(QUESTION), Origin(is_counted=False, is_machine=True))
    assert _row(guide)["hits"] == 1
