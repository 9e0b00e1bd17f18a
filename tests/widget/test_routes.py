"""What the server hands to browsers."""

import gzip

import pytest
from flask import Flask

from chatkit.widget import routes
from tests.factories import MakeApp

BUNDLE, PANEL = "/widget/chatkit-widget.js", "/widget/chatkit-panel.js"
# What a page loads, and what is loaded once more when a reader comes near the button.
MAX_GZIP_BYTES = {routes.BUNDLE: 14 * 1024, routes.PANEL: 28 * 1024}


@pytest.mark.parametrize("script", MAX_GZIP_BYTES)
def test_what_is_loaded_is_small(script: str) -> None:
    assert len(gzip.compress((routes.STATIC / script).read_bytes(), 9)) <= MAX_GZIP_BYTES[script]


@pytest.mark.parametrize("origin", [None, "https://not-listed.example"])
def test_any_site_may_load_the_widget_and_each_of_its_parts(plain_app: Flask, origin: str | None) -> None:
    scripts = [script.name for script in routes.STATIC.glob("chatkit-*.js")]
    # Some part is loaded on demand, and named in the script that does so.
    assert len(scripts) > 1
    for script in scripts:
        response = plain_app.test_client().get(f"/widget/{script}", headers={"Origin": origin} if origin else {})
        assert response.status_code == 200
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert response.cache_control.max_age == 300


def test_a_part_that_there_is_not_is_not_found(plain_app: Flask) -> None:
    assert plain_app.test_client().get("/widget/chatkit-nothing.js").status_code == 404


def test_an_unchanged_bundle_is_not_sent_again(plain_app: Flask) -> None:
    etag = plain_app.test_client().get(BUNDLE).headers["ETag"]
    assert plain_app.test_client().get(BUNDLE, headers={"If-None-Match": etag}).status_code == 304


def test_the_panel_of_a_server_that_signs_nobody_in_does_not_offer_it(make_app: MakeApp) -> None:
    offering, silent = make_app().test_client().get(PANEL), make_app(SIGN_IN="off").test_client()
    assert offering.data.count(routes.OFFER[0]) == 1
    panel = silent.get(PANEL)
    assert panel.data == offering.data.replace(*routes.OFFER)
    assert panel.headers["ETag"] != offering.headers["ETag"]
    for name in ("Access-Control-Allow-Origin", "Cross-Origin-Resource-Policy", "Cache-Control", "Content-Type"):
        assert panel.headers[name] == offering.headers[name]
    assert silent.get(PANEL, headers={"If-None-Match": panel.headers["ETag"]}).status_code == 304


def test_the_panel_says_who_writes_the_answers(make_app: MakeApp) -> None:
    quoted, written = (
        make_app(**settings).test_client().get(PANEL).data
        for settings in ({}, {"LLM_MODEL": "small", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"})
    )
    assert quoted.count(routes.WRITER[0]) == 1
    assert written == quoted.replace(*routes.WRITER)


def test_the_sign_in_page_names_the_sites_it_may_return_to(plain_app: Flask) -> None:
    assert "http://localhost:3000" in plain_app.test_client().get("/signin").get_data(as_text=True)
