"""What the server hands to browsers."""

import gzip

import pytest
from flask import Flask

from chatkit.widget import routes

BUNDLE, DIALOGS = "/widget/chatkit-widget.js", "/widget/chatkit-dialogs.js"
MAX_GZIP_BYTES = 14 * 1024


def test_the_bundle_is_at_most_14_kib_compressed() -> None:
    assert len(gzip.compress((routes.STATIC / routes.BUNDLE).read_bytes(), 9)) <= MAX_GZIP_BYTES


@pytest.mark.parametrize("script", [BUNDLE, DIALOGS])
@pytest.mark.parametrize("origin", [None, "https://not-listed.example"])
def test_any_site_may_load_the_widgets_scripts(plain_app: Flask, origin: str | None, script: str) -> None:
    response = plain_app.test_client().get(script, headers={"Origin": origin} if origin else {})
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert response.cache_control.max_age == 300


def test_an_unchanged_bundle_is_not_sent_again(plain_app: Flask) -> None:
    etag = plain_app.test_client().get(BUNDLE).headers["ETag"]
    assert plain_app.test_client().get(BUNDLE, headers={"If-None-Match": etag}).status_code == 304


def test_the_sign_in_page_names_the_sites_it_may_return_to(plain_app: Flask) -> None:
    assert "http://localhost:3000" in plain_app.test_client().get("/signin").get_data(as_text=True)
