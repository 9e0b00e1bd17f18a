"""What the server hands to browsers."""

import gzip

import pytest
from flask import Flask

from chatkit.widget import routes
from tests.factories import MakeApp

BUNDLE, CONTROLS = f"/widget/{routes.BUNDLE}", f"/widget/{routes.CONTROLS}"
# The first load: the button, the floating panel and the conversation, with their style and words.
MAX_GZIP_BYTES = 14 * 1024


def test_the_first_load_is_small() -> None:
    assert len(gzip.compress((routes.STATIC / routes.BUNDLE).read_bytes(), 9)) <= MAX_GZIP_BYTES


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


def test_the_widget_of_a_server_that_signs_nobody_in_does_not_offer_it(make_app: MakeApp) -> None:
    offering, silent = make_app().test_client().get(CONTROLS), make_app(SIGN_IN="off").test_client()
    assert offering.data.count(routes.OFFER[0]) == 1
    controls = silent.get(CONTROLS)
    assert controls.data == offering.data.replace(*routes.OFFER)
    assert controls.headers["ETag"] != offering.headers["ETag"]
    for name in ("Access-Control-Allow-Origin", "Cross-Origin-Resource-Policy", "Cache-Control", "Content-Type"):
        assert controls.headers[name] == offering.headers[name]
    assert silent.get(CONTROLS, headers={"If-None-Match": controls.headers["ETag"]}).status_code == 304


def test_the_widget_says_who_writes_the_answers(make_app: MakeApp) -> None:
    quoted, written = (
        make_app(**settings).test_client().get(BUNDLE).data
        for settings in ({}, {"LLM_MODEL": "small", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"})
    )
    assert quoted.count(routes.WRITER[0]) == 1
    assert written == quoted.replace(*routes.WRITER)


def test_the_sign_in_page_names_the_sites_it_may_return_to(plain_app: Flask) -> None:
    assert "http://localhost:3000" in plain_app.test_client().get("/signin").get_data(as_text=True)
