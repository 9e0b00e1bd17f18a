"""Answers without a model: what is chosen, in which order, what is declined, and what a follow-up is about."""

from pathlib import Path

import pytest
from flask import Flask

from chatkit.answers.extractive import Answer, Outcome, compose
from chatkit.search.query import Question, analyze
from chatkit.search.retrieval import retrieve
from tests import factories

PAGES = {
    "backup.md": (
        "# Backups\n\nBackups protect against loss.\n\n## Back up a SQLite database\n\n"
        "To back up a SQLite database, copy it with `VACUUM INTO`. It takes a minute.\n\n"
        "## Back up a PostgreSQL database\n\nTo back up a PostgreSQL database, dump it with this command:\n\n"
        "```sh\npg_dump lighthouse > dump.sql\n```\n\nThe server may go on running.\n"
    ),
    "links.md": (
        "# Links\n\n## Sign-in links\n\n"
        "A sign-in link signs a reader in. It works for ten minutes, which is long enough.\n\n"
        "## Sessions\n\nA session lasts for thirty days. A long journey needs several.\n"
    ),
    "lamps.md": (
        "# Lamps\n\n## Lamp oil\n\nA lamp burns whale oil in winter. It never smokes.\n\n"
        "## Lamp colours\n\n| lamp | colour | seen from |\n| --- | --- | --- |\n"
        "| port | red | left |\n| starboard | green | right |\n| stern | white | behind |\n"
        "| masthead | white | ahead |\n| anchor | yellow | everywhere |\n| towing | amber | behind |\n"
    ),
    "index.md": "# Harbour\n\nThe harbour opens at dawn.\n",
}


@pytest.fixture
def site(app: Flask, tmp_path: Path) -> Flask:
    """Return an application that knows the pages above."""
    factories.index(app, tmp_path / "site", PAGES)
    return app


def _ask(app: Flask, text: str, *earlier: str, selected: str | None = None, page: str | None = None) -> Answer:
    with app.app_context():
        query = analyze(Question(text, selected, page, earlier))
        return compose(query, retrieve(query))


def _plain(answer: Answer) -> str:
    """Return the text without its bold."""
    return answer.text.replace("**", "")


def _first(answer: Answer) -> str:
    return answer.sources[0].url.partition(":~:")[0]


def test_an_answer_is_one_stretch_of_one_section_with_its_mark(site: Flask) -> None:
    answer = _ask(site, "How do I back up a PostgreSQL database while the server is running?")
    assert _plain(answer).split("\n\n") == [
        "To back up a PostgreSQL database, dump it with this command: [1]",
        "```sh\npg_dump lighthouse > dump.sql\n```",
        "The server may go on running.",
    ]
    assert answer.citations == (answer.sources[0].id,)


def test_code_is_shown_as_code(site: Flask) -> None:
    answer = _ask(site, "How do I back up a PostgreSQL database?")
    assert "\n\n```sh\npg_dump lighthouse > dump.sql\n```" in answer.text


def test_the_most_fitting_passage_comes_first_and_has_the_highest_score(site: Flask) -> None:
    answer = _ask(site, "How do I back up a SQLite database?")
    assert _first(answer) == "/guide/backup#back-up-a-sqlite-database"
    assert answer.sources[0].score == max(source.score for source in answer.sources)
    assert _plain(answer).startswith("To back up a SQLite database")


def test_the_next_sections_stand_below_uncited(site: Flask) -> None:
    answer = _ask(site, "How do I back up a SQLite database?")
    assert [source.path[-1] for source in answer.sources[:2]] == [
        "Back up a SQLite database",
        "Back up a PostgreSQL database",
    ]
    assert answer.text.count("[1]") == 1
    assert "[2]" not in answer.text
    assert answer.citations == (answer.sources[0].id,)


def test_a_long_table_is_shown_by_the_row_that_decides_and_those_beside_it(site: Flask) -> None:
    answer = _ask(site, "Which colour has the anchor lamp?")
    rows = [line for line in answer.text.splitlines() if line.startswith("|")]
    assert rows == [
        "| lamp | colour | seen from |",
        "| --- | --- | --- |",
        "| masthead | white | ahead |",
        "| **anchor** | yellow | everywhere |",
        "| towing | amber | behind |",
    ]


def test_a_row_stays_with_the_rows_that_continue_it(app: Flask, tmp_path: Path) -> None:
    rows = "".join(f"| {lamp} | oil |\n|  | wick |\n" for lamp in ("port", "stern", "anchor", "towing", "masthead"))
    page = f"# Spares of lamps\n\n| lamp | needs |\n| --- | --- |\n{rows}"
    factories.index(app, tmp_path / "site", {"spares.md": page})
    lines = _ask(app, "Which spares has the anchor lamp?").text.splitlines()
    assert lines[lines.index("| **anchor** | oil |") + 1] == "|  | wick |"


def test_a_long_list_is_cut_between_items_and_named_by_its_section(app: Flask, tmp_path: Path) -> None:
    things = [f"thing{number}" for number in range(40)]
    items = "\n".join(f"- The {thing} is kept in the cellar below the stairs." for thing in [*things, "sextant"])
    factories.index(app, tmp_path / "site", {"stock.md": f"# Stock\n\n## What we keep\n\n{items}\n"})
    shown = _ask(app, "Where is the sextant kept?").text
    assert shown.startswith("What we keep: [1]\n\n- The thing")
    assert shown.endswith("- **The sextant is kept in the cellar below the stairs**.")
    assert len(shown.split()) < 140


@pytest.mark.parametrize(
    "words",
    [
        r"The lamp burns as \[Sign in\](https://elsewhere.test/x) says.",
        r"The lamp burns as described in \[2\].",
        r"The lamp burns \*args and \_\_init\_\_ and `a*b[0]` in snake_case.",
        r"\# The lamp burns oil.",
        "- The lamp burns \\*oil\\*\n  ```sh\n  light *[a]\n  ```",
    ],
)
def test_words_of_a_page_are_words_and_nothing_more(app: Flask, tmp_path: Path, words: str) -> None:
    factories.index(app, tmp_path / "site", {"lamp.md": f"# Lamp\n\n## What burns\n\n{words}\n"})
    assert words in _plain(_ask(app, "What does the lamp burn?"))


def test_a_fence_within_a_fence_ends_nothing(app: Flask, tmp_path: Path) -> None:
    code = "````md\n```sh\nlight the lamp\n\nagain\n```\n\n- done\n````"
    factories.index(
        app, tmp_path / "site", {"lamp.md": f"# Lamp\n\nThe marks ``` are code.\n\nLight the lamp:\n\n{code}\n"}
    )
    assert _plain(_ask(app, "How do I light the lamp?")).endswith(f"Light the lamp:\n\n{code}")


@pytest.mark.parametrize("text", ["Help", "Tell me more", "Explain this"])
def test_what_asks_for_nothing_is_declined(site: Flask, text: str) -> None:
    assert _ask(site, text).outcome is not Outcome.ANSWERED


def test_a_word_before_a_list_is_not_what_is_quoted(app: Flask, tmp_path: Path) -> None:
    page = "# News\n\nFixed:\n\n- The anchor lamp is yellow again.\n- The foghorn is silent by day.\n"
    factories.index(app, tmp_path / "site", {"news.md": page})
    assert _ask(app, "Is the anchor lamp yellow again?").sources[0].url.endswith("yellow%20again.")


def test_numbered_steps_stay_together(app: Flask, tmp_path: Path) -> None:
    steps = "\n".join(f"{n}. {step}." for n, step in enumerate(("Trim the wick", "Fill", "Wait", "Light", "Close"), 1))
    factories.index(app, tmp_path / "site", {"lamp.md": f"# Lamp\n\nTo trim the wick of the lamp:\n\n{steps}\n"})
    assert steps in _plain(_ask(app, "How do I trim the wick of the lamp?"))


def test_what_two_sections_say_alike_is_shown_once(app: Flask, tmp_path: Path) -> None:
    said = "# Foghorn\n\nThe foghorn sounds every thirty seconds in dense fog.\n"
    factories.index(app, tmp_path / "site", {f"{version}/foghorn.md": said for version in ("1.0", "2.0")})
    assert len(_ask(app, "When does the foghorn sound in dense fog?").sources) == 1


@pytest.mark.parametrize(
    "text", ["What do penguins eat for breakfast?", "How do I back up to Dropbox?", "Is there a lamp for Tesla cars?"]
)
def test_what_the_pages_do_not_cover_is_declined_and_cites_nothing(site: Flask, text: str) -> None:
    answer = _ask(site, text)
    assert answer.outcome is not Outcome.ANSWERED
    assert answer.citations == ()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("How do I set up recovery copies, or back up SQLite?", "/guide/backup#back-up-a-sqlite-database"),
        ("How long is a session valid?", "/guide/links#sessions"),
    ],
)
def test_other_words_for_the_same_thing_are_understood(site: Flask, text: str, place: str) -> None:
    assert _first(_ask(site, text)) == place


@pytest.mark.parametrize(
    ("earlier", "text", "place"),
    [
        (["How do I back up a SQLite database?"], "And on PostgreSQL?", "/guide/backup#back-up-a-postgresql-database"),
        (["How do I back up a PostgreSQL database?"], "And SQLite?", "/guide/backup#back-up-a-sqlite-database"),
        (["What is a sign-in link?"], "How long?", "/guide/links#sign-in-links"),
        (["What is a session?"], "How long?", "/guide/links#sessions"),
        (["What is a session?"], "How long does it last?", "/guide/links#sessions"),
        (
            ["How do I back up a SQLite database?", "And on PostgreSQL?"],
            "Why?",
            "/guide/backup#back-up-a-postgresql-database",
        ),
        (["How do I back up a SQLite database?"], "When does the harbour open?", "/guide/#harbour"),
        (["How do I back up a SQLite database?", "What does a lamp burn?"], "And in winter?", "/guide/lamps#lamp-oil"),
    ],
)
def test_a_follow_up_keeps_its_topic(site: Flask, earlier: list[str], text: str, place: str) -> None:
    assert _first(_ask(site, text, *earlier)) == place


def test_a_follow_up_alone_is_not_understood(site: Flask) -> None:
    assert _ask(site, "Why?").outcome is not Outcome.ANSWERED


def test_a_follow_up_about_what_no_page_knows_is_declined(site: Flask) -> None:
    assert _ask(site, "And on Oracle?", "How do I back up a SQLite database?").outcome is not Outcome.ANSWERED


def test_selected_text_says_what_this_is(site: Flask) -> None:
    assert _ask(site, "Explain this").outcome is not Outcome.ANSWERED
    assert _first(_ask(site, "Explain this", selected="A lamp burns whale oil")) == "/guide/lamps#lamp-oil"


def test_selected_text_raises_what_is_near(site: Flask) -> None:
    plain = _ask(site, "How do I back up a database?")
    near = _ask(site, "How do I back up a database?", selected="dump it with this command: pg_dump")
    assert _first(plain) == "/guide/backup#back-up-a-sqlite-database"
    assert _first(near) == "/guide/backup#back-up-a-postgresql-database"


def test_the_page_the_reader_is_on_raises_its_passages(app: Flask, tmp_path: Path) -> None:
    text = "# Lamps\n\nTrim the wick of a lamp weekly.\n"
    factories.index(app, tmp_path / "site", {"north.md": text, "south.md": text})
    for page in ("north", "south"):
        answer = _ask(app, "When do I trim the wick?", page=f"https://docs.example.com/guide/{page}?a=b#c")
        assert _first(answer) == f"/guide/{page}#lamps"


def test_a_source_keeps_its_id_and_link_when_its_page_changes_elsewhere(app: Flask, tmp_path: Path) -> None:
    factories.index(app, tmp_path / "site", PAGES)
    before = _ask(app, "What does a lamp burn in winter?").sources[0]
    changed = (
        PAGES["lamps.md"].replace("| port | red |", "| port | crimson |").replace("# Lamps\n", "# Lamps\n\nNew.\n")
    )
    report = factories.index(app, tmp_path / "site", PAGES | {"lamps.md": changed})
    assert report.indexed == 1
    after = _ask(app, "What does a lamp burn in winter?").sources[0]
    assert (after.id, after.url, after.excerpt) == (before.id, before.url, before.excerpt)
