"""`flask content gaps`."""

from flask import Flask
from flask.testing import FlaskClient

from tests.chat.conftest import UNANSWERED, ask, rate


def test_the_command_lists_gaps_by_page_and_theme(app: Flask, client: FlaskClient) -> None:
    ask(client, page_url="https://docs.example.com/zoo")
    rate(client, ask(client, page_url="https://docs.example.com/zoo"), note="Sing!")
    printed = app.test_cli_runner().invoke(args=["content", "gaps"]).output
    assert printed == (
        "https://docs.example.com/zoo\n  loudest\n"
        f"    {UNANSWERED}  (2 not covered, 1 rated not helpful)\n      “Sing!”\n"
    )


def test_the_command_says_when_there_is_nothing(app: Flask) -> None:
    assert "Nothing was asked in vain" in app.test_cli_runner().invoke(args=["content", "gaps"]).output


def test_a_question_steers_no_terminal(app: Flask, client: FlaskClient) -> None:
    # Clear the screen, set the title, write to the clipboard, one control of 8 bits, a turn of the direction.
    ask(client, "How \x1b[2J\x1b]0;owned\x07 \x1b]52;c;b3duZWQ=\x07 do \x9b31m I \u202epaint\u2066 a wall\u200b?")
    printed = app.test_cli_runner().invoke(args=["content", "gaps"], color=True).output
    assert "owned" in printed
    assert [letter for letter in printed if not letter.isprintable() and letter != "\n"] == []
