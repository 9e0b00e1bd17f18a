"""Headings become questions: those of English that say how to do something, and no others."""

import pytest

from chatkit.autocomplete.heading_questions import as_question
from chatkit.text.languages.registry import ENGLISH, LANGUAGES


@pytest.mark.parametrize(
    ("heading", "question"),
    [
        ("Put the widget on your site", "How do I put the widget on my site?"),
        ("Installing on Windows", "How do I install on Windows?"),
        ("Embed it with one tag", "How do I embed it with one tag?"),
        ("Setting up", "How do I set up?"),
        ("Running tests", "How do I run tests?"),
        ("Use your own `TOKEN`", "How do I use my own TOKEN?"),
        ("Start a new conversation", "How do I start a new conversation?"),
        ("Seeing the limits in use", "How do I see the limits in use?"),
        ("What must my CSP allow?", "What must my CSP allow?"),
        # A noun, or what may be one.
        ("Log files", "Log files"),
        ("Search settings", "Search settings"),
        ("Reading list: where to go on", "Reading list: where to go on"),
        ("Setting: colours", "Setting: colours"),
        ("Settings", "Guide: Settings"),
        ("Running", "Guide: Running"),
        ("Attributes of the widget", "Attributes of the widget"),
        ("设置", "设置"),
    ],
)
def test_a_heading_of_english_is_asked_as_a_reader_would(heading: str, question: str) -> None:
    assert as_question(heading, "Guide", ENGLISH) == question


def test_a_heading_of_another_language_is_asked_as_it_stands() -> None:
    assert as_question("Installing the lamp", "Leitfaden", LANGUAGES["de"]) == "Installing the lamp"


def test_a_page_is_asked_for_by_its_title() -> None:
    assert as_question("Embedding", "", ENGLISH) == "Embedding"
