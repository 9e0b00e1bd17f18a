"""Misspelt words on both databases: what they are mended to, and what is left as it is."""

import time
from pathlib import Path

import pytest
from flask import Flask

from chatkit.search import retrieval
from chatkit.search.query import Question, analyze
from chatkit.search.spelling import mend
from chatkit.text.languages.registry import ENGLISH
from tests import factories

PAGES = {
    "backup.md": "# Backup\n\nCopy the database into another folder. Backups of the database are files.\n",
    "plans.md": "# Scheduler\n\nThe scheduler chooses a machine for each workload, by its configuration.\n",
    "reload.md": "# Auto reload\n\nThe server reloads when a file changes.\n",
    "stack.md": "# Stack\n\nWhat a stack trace says.\n",
}


@pytest.fixture
def site(app: Flask, tmp_path: Path) -> Flask:
    """Return an application that knows pages with words to misspell."""
    factories.index(app, tmp_path / "pages", PAGES)
    return app


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [
        ("bakcup", "backup"),
        ("databse", "database"),
        ("databbase", "database"),
        ("datebase", "database"),
        ("adtabase", "database"),
        ("shceduler", "scheduler"),
        ("schedulerr", "scheduler"),
        ("worklaod", "workload"),
        ("configuraton", "configuration"),
        ("Databse", "database"),
    ],
)
def test_a_slip_finds_what_the_right_spelling_finds(site: Flask, misspelt: str, meant: str) -> None:
    with site.app_context():
        found = [analyze(Question(f"{word} where?")) for word in (misspelt, meant)]
        urls = [[passage.url for passage in retrieval.retrieve(query)] for query in found]
    assert urls[0] == urls[1] != []
    assert found[0].weights == found[1].weights


@pytest.mark.parametrize(
    "word",
    [
        "slack",  # known, and a letter away from a word of the pages
        "Databyse",  # written as a name, within a sentence
        "kubernetes",
        "databasewebsite",
        "tset",
        "v2dabase",
    ],
)
def test_what_is_known_or_named_or_near_to_nothing_stays(site: Flask, word: str) -> None:
    with site.app_context():
        query = analyze(Question(f"How do I connect {word}?"))
    assert not query.weights.keys() & {"databas", "stack", "backup", "test"}


def test_a_compound_finds_its_parts(site: Flask) -> None:
    with site.app_context():
        assert mend(["autoreload"], ENGLISH) == {"autoreload": ("auto", "reload")}
        assert retrieval.retrieve(analyze(Question("autoreload")))[0].url == "/guide/reload#auto-reload"


def test_the_more_frequent_of_two_near_words_is_taken(app: Flask, tmp_path: Path) -> None:
    pages = {f"{number}.md": f"# Page {number}\n\nA lantern.\n" for number in range(3)}
    factories.index(app, tmp_path / "pages", {**pages, "once.md": "# Once\n\nA lattern.\n"})
    with app.app_context():
        assert mend(["latern"], ENGLISH) == {"latern": ("lantern",)}


@pytest.mark.parametrize(
    "words", [["q" * 2_000], [f"{'ab' * 12}{place}" for place in range(500)], ["\ud83d\ude00" * 50], []]
)
def test_hostile_words_cost_nothing(site: Flask, words: list[str]) -> None:
    with site.app_context():
        began = time.process_time()
        assert mend(words, ENGLISH) == {}
        assert time.process_time() - began < 0.5
