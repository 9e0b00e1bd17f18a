"""The scope of an answer: another version or language answers only where the own one does not, and is named first."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from chatkit.answers.phrases.english import ENGLISH
from chatkit.answers.phrases.german import GERMAN
from chatkit.answers.phrases.languages import LANGUAGES
from chatkit.search.stated import Stated
from tests import factories
from tests.chat.conftest import read_stream
from tests.factories import API, MakeApp
from tests.modelserver import Behaviour, model_server

CHAT = f"{API}/chat"
HOST = "https://docs.example.com"
SIREN = "When does the siren sound in dense fog?"
SAID = "The siren sounds every thirty seconds in dense fog."
OLD = f"# Siren\n\n{SAID}\n"
WICK = "How do I trim the wick of the lamp?"
PAGES = {
    "1.0/siren.md": OLD,
    "1.0/lamp.md": "# Lamp\n\nTrim the wick of the lamp daily.\n",
    "2.0/lamp.md": "# Lamp\n\nTrim the wick of the lamp weekly.\n",
    "2.0/radio.md": "# Radio\n\nTune the radio to channel sixteen.\n",
    # What a word weighs depends on how many passages there are.
    **{f"3.0-rc1/{number}.md": f"# Number {number}\n\nSomething else {number}.\n" for number in range(8)},
}


@pytest.fixture
def reader(app: Flask, tmp_path: Path) -> FlaskClient:
    """Return a client of an application that knows two versions, of which only the older one has a siren."""
    factories.index(app, tmp_path / "pages", PAGES, f"{HOST}/")
    return app.test_client()


def _ask(client: FlaskClient, message: str = SIREN, page: str = "2.0/radio", **context: Any) -> Any:
    body = factories.question(message, page_url=f"{HOST}/{page}", **context)
    return client.post(CHAT, json=body).get_json()


def test_what_the_own_version_says_is_answered_without_another(reader: FlaskClient) -> None:
    for version, often in (("1.0", "daily"), ("2.0", "weekly")):
        answer = _ask(reader, WICK, f"{version}/lamp")
        assert answer["answer"] == f"Trim the wick of the lamp {often}. [1]"
        assert {source["version"] for source in answer["sources"]} == {version}
        assert {source["site"] for source in answer["sources"]} == {"docs.example.com"}


def test_what_only_another_version_says_is_answered_from_it_and_says_so_first(reader: FlaskClient) -> None:
    answer = _ask(reader)
    assert answer["outcome"] == "answered"
    assert answer["answer"] == f"{ENGLISH.other_version.format(version='1.0')}\n\n{SAID} [1]"
    assert [source["version"] for source in answer["sources"]] == ["1.0"]
    assert answer["sources"][0]["url"].startswith(f"{HOST}/1.0/siren")


def test_it_is_said_in_the_reader_s_language(reader: FlaskClient) -> None:
    assert _ask(reader, language="de")["answer"].startswith(GERMAN.other_version.format(version="1.0"))


def test_of_several_other_versions_the_newest_answers(app: Flask, reader: FlaskClient, tmp_path: Path) -> None:
    factories.index(app, tmp_path / "pages", {"1.10/siren.md": OLD, "1.9/siren.md": OLD}, f"{HOST}/")
    assert [source["version"] for source in _ask(reader)["sources"]] == ["1.10"]


def test_the_current_version_has_no_name(app: Flask, tmp_path: Path) -> None:
    pages = {
        f"{folder}{number}.md": f"# {number}\n\nNumber {number}.\n" for folder in ("", "1.0/") for number in range(4)
    }
    factories.index(app, tmp_path / "pages", pages | {"siren.md": OLD}, f"{HOST}/")
    answer = _ask(app.test_client(), page="1.0/1")
    assert answer["answer"] == f"{ENGLISH.current_version}\n\n{SAID} [1]"
    assert [source["version"] for source in answer["sources"]] == [None]


def test_a_section_of_the_own_version_is_not_answered_by_its_older_twin(app: Flask, tmp_path: Path) -> None:
    pages = {
        "1.0/siren.md": OLD,
        "2.0/siren.md": "# Siren\n\nThe siren is heard in fog.\n",
    }
    factories.index(app, tmp_path / "pages", PAGES | pages, f"{HOST}/")
    answer = _ask(app.test_client(), page="2.0/siren")
    assert {source["version"] for source in answer["sources"]} == {"2.0"}
    assert answer["outcome"] == "nearest"


def test_what_only_another_language_says_is_answered_from_it_and_says_so_first(app: Flask, tmp_path: Path) -> None:
    pages = {
        "de/funk.md": "---\nlang: de\n---\n# Funk\n\nDer Funk steht auf Kanal sechzehn.\n",
        "en/siren.md": f"---\nlang: en\n---\n{OLD}",
    }
    pages |= {f"de/{number}.md": f"---\nlang: de\n---\n# Nummer {number}\n\nEtwas anderes.\n" for number in range(8)}
    factories.index(app, tmp_path / "pages", pages, f"{HOST}/")
    answer = _ask(app.test_client(), page="de/funk")
    assert answer["answer"] == f"{GERMAN.other_language.format(language='English')}\n\n{SAID} [1]"
    assert [source["language"] for source in answer["sources"]] == ["en"]


def test_a_question_in_another_language_than_its_page_is_answered_in_one_of_these_two(
    app: Flask, tmp_path: Path
) -> None:
    pages = {f"{tag}/siren.md": f"---\nlang: {tag}\n---\n{OLD}" for tag in ("da", "en", "fr")}
    pages |= {f"de/{number}.md": f"---\nlang: de\n---\n# Nummer {number}\n\nEtwas anderes.\n" for number in range(8)}
    factories.index(app, tmp_path / "pages", pages, f"{HOST}/")
    answer = _ask(app.test_client(), page="de/1")
    assert {source["language"] for source in answer["sources"]} == {"en"}


def test_another_site_never_answers(app: Flask, tmp_path: Path) -> None:
    others = {f"{number}.md": f"# Number {number}\n\nNumber {number}.\n" for number in range(8)}
    for name, pages in (("a", {"siren.md": OLD}), ("b", others)):
        factories.index(app, tmp_path / name, pages, f"{HOST}/{name}/", stated=Stated(site=name))
    assert _ask(app.test_client(), page="b/1")["outcome"] == "not_covered"
    assert _ask(app.test_client(), page="b/1", site="a")["outcome"] == "answered"
    assert _ask(app.test_client(), page="a/siren", site="unknown")["outcome"] == "not_covered"


def test_a_model_gets_the_passages_of_the_scope_that_answers_and_says_which_it_is(
    make_app: MakeApp, tmp_path: Path
) -> None:
    with model_server(Behaviour(f"{SAID} [1]")) as model:
        app = make_app(**model.settings)
        factories.index(app, tmp_path / "pages", PAGES, f"{HOST}/")
        events = read_stream(app.test_client(), factories.question(SIREN, page_url=f"{HOST}/2.0/radio"))
        assert "channel sixteen" not in model.requests[-1].last
    opening = ENGLISH.other_version.format(version="1.0")
    assert "".join(event.data["content"] for event in events if event.name == "token") == f"{opening}\n\n{SAID} [1]"
    assert [source["version"] for source in events[0].data["sources"]] == ["1.0"]


def test_a_model_that_fails_leaves_the_answer_of_the_pages_with_its_opening_once(
    make_app: MakeApp, tmp_path: Path
) -> None:
    with model_server(Behaviour(status=500)) as model:
        app = make_app(**model.settings)
        factories.index(app, tmp_path / "pages", PAGES, f"{HOST}/")
        answer = _ask(app.test_client())
    assert answer["answer"] == f"{ENGLISH.other_version.format(version='1.0')}\n\n{SAID} [1]"


@pytest.mark.parametrize(
    "context",
    [
        {"site": 1},
        {"site": "s" * 256},
        {"version": "v" * 101},
        {"language": "english language"},
        {"language": "e"},
        {"language": "en\n"},
        {"language": "x" * 36},
        {"version": "1\0"},
    ],
)
def test_what_is_no_site_version_or_language_is_refused(client: FlaskClient, context: dict[str, Any]) -> None:
    response = client.post(CHAT, json=factories.question(**context))
    assert response.status_code == 422
    [name] = context
    assert f"context.{name}" in response.get_json()["detail"]["fields"]


def test_each_language_has_sentences_that_name_what_another_answer_is_from() -> None:
    for phrases in LANGUAGES.values():
        assert "{version}" in phrases.other_version
        assert "{language}" in phrases.other_language
        assert phrases.current_version != ENGLISH.current_version or phrases is ENGLISH
