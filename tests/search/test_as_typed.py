"""Search while somebody types, on both databases: what is found, what comes first, and that nothing breaks it."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from chatkit.search import as_typed
from chatkit.search.as_typed import Section
from chatkit.search.query import Question
from chatkit.search.stated import Stated
from tests import factories
from tests.invented import tries

PAGES = factories.GUIDE | {
    "settings.md": (
        "# Settings\n\n## Configuration\n\nWrite the configuration into a file.\n\n"
        "## Colours\n\nThe colour of the lamp is red.\n\n## Naïve mode\n\nThe naïve mode asks nothing.\n"
    ),
    "ports.md": "# Harbours\n\nSet the colour of each buoy, the interval of its lamp, and the port.\n",
    "zh.md": "# 安装指南\n\n本文档介绍系统的安装方法。\n",
}
TEXTS = st.one_of(st.text(max_size=40), st.text(alphabet="\"'`()*+-:^&|~.#$%_\0 abäïc中", max_size=40))


@pytest.fixture
def guide(app: Flask, tmp_path: Path) -> Flask:
    """Return an application that knows the guide and what is hard to find in it."""
    factories.index(app, tmp_path / "guide", PAGES)
    return app


def _sections(app: Flask, text: str, limit: int = 8, **where: Any) -> tuple[Section, ...]:
    with app.app_context():
        return as_typed.find(Question(text, **where), limit).sections


def _first(app: Flask, text: str) -> str | None:
    return next((section.url.removeprefix("/guide/") for section in _sections(app, text)), None)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("interv", "foghorn#changing-the-interval"),
        # Longer than the term it is indexed as.
        ("configurati", "settings#configuration"),
        ("colo", "settings#colours"),
        # Spelled as elsewhere.
        ("color of the lamp", "settings#colours"),
        ("naive mo", "settings#naïve-mode"),
        ("FOGHORN_INT", "foghorn#changing-the-interval"),
        # Misspelt, at the end and before it.
        ("foghrn", "foghorn#foghorn"),
        ("foghrn int", "foghorn#changing-the-interval"),
        ("trim the wi", "lamps/oil#oil-lamps"),
        ("安装", "zh#安装指南"),
        # A stop word that may go on.
        ("in", "install#installing"),
    ],
)
def test_a_section_is_found_before_its_name_is_complete(guide: Flask, typed: str, first: str) -> None:
    assert _first(guide, typed) == first


@pytest.mark.parametrize("typed", ["", " ", "f", "?!", "zebra", "how do I zebra", "xq"])
def test_nothing_is_found_where_no_section_holds_the_words(guide: Flask, typed: str) -> None:
    assert _sections(guide, typed) == ()


def test_a_section_comes_once_with_the_line_that_fits(guide: Flask) -> None:
    sections = _sections(guide, "the colour of")
    assert len({section.url for section in sections}) == len(sections)
    assert sections[0].line == "The colour of the lamp is red."


def test_no_more_sections_come_than_were_asked_for(guide: Flask) -> None:
    assert len(_sections(guide, "fog", limit=1)) == 1


def test_sections_are_those_of_the_reader_s_version(app: Flask, tmp_path: Path) -> None:
    pages = {f"{version}/siren.md": f"# Siren\n\nThe siren of {version}.\n" for version in ("1.0", "2.0")}
    factories.index(app, tmp_path / "pages", pages, "https://docs.example.com/")
    own: dict[str, Any] = {"page_url": "https://docs.example.com/1.0/siren"}
    assert [section.url for section in _sections(app, "sir", **own)] == ["https://docs.example.com/1.0/siren#siren"]
    stated = _sections(app, "sir", stated=Stated(version="2.0"), **own)
    assert [section.line for section in stated] == ["The siren of 2.0."]


def test_of_several_versions_the_newest_is_found_where_none_is_asked_for(app: Flask, tmp_path: Path) -> None:
    pages = {f"{version}/siren.md": f"# Siren\n\nThe siren of {version}.\n" for version in ("1.9", "1.10")}
    factories.index(app, tmp_path / "pages", pages, "https://docs.example.com/")
    assert [section.line for section in _sections(app, "siren")] == ["The siren of 1.10."]


@tries(15)
@given(TEXTS)
def test_no_text_is_query_syntax(guide: Flask, text: str) -> None:
    # It may be a word that other sections have.
    found = [section.url for section in _sections(guide, f"{text} interv")]
    assert "/guide/foghorn#changing-the-interval" in found
    _sections(guide, f"interv{text}")


def test_an_empty_index_finds_nothing(app: Flask) -> None:
    assert _sections(app, "interval") == ()
