"""Which addresses of readers' pages are kept."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from chatkit.chat.models import Gap, Message
from chatkit.chat.page_address import page_address
from tests import factories
from tests.chat.conftest import UNANSWERED, ask, rate


@pytest.mark.parametrize(
    "url", ["https://docs.example.com/a?q=1#top", "http://localhost:3000/", "/guide/a:b", "guide#x:y"]
)
def test_an_address_of_a_page_is_kept_as_it_was_given(url: str) -> None:
    assert page_address(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        " javascript:x",
        "java\tscript:x",
        "\x01javascript:x",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "blob:https://a/b",
        "view-source:x",
        "https:alert(1)",
        "http://",
        "ｊavascript:x",
    ],
)
def test_an_address_that_would_run_or_is_none_is_left_out(url: str) -> None:
    assert page_address(url) is None


@given(scheme=st.text(max_size=12), rest=st.text(max_size=12))
def test_nothing_is_kept_before_a_colon_but_http(scheme: str, rest: str) -> None:
    kept = page_address(f"{scheme}:{rest}")
    before = scheme.partition(":")[0]
    assert kept is None or before.lower() in {"http", "https"} or any(mark in before for mark in "/?#")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x"])
def test_nowhere_is_an_address_kept_that_would_run(app: Flask, client: FlaskClient, url: str) -> None:
    rate(client, ask(client, UNANSWERED, page_url=url), "down")
    stored = repr([*factories.rows(app, Message.__table__), *factories.rows(app, Gap.__table__)])
    assert UNANSWERED in stored
    assert "alert" not in stored
    assert "text/html" not in stored
