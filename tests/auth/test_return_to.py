"""No link leads back to a page that might pass its token on."""

from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from chatkit.auth import return_to
from chatkit.mail.models import OutboxMessage
from tests import factories

SITE = "http://localhost:3000"
EVIL = (
    *(
        "https://evil.example",
        "http:evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
    ),
    *(
        "evil.example",
        "evil.example/x",
        "user@evil.example",
        "evil。example",
        "ｅvil．example",
        "／／evil.example",
        "127.0.0.1",
    ),
    *("evil.example.", ".evil.example", "x!.evil.example", "evil.example'", "127.0.0.1."),
    *("javascript:alert(1)", "HTTPS:/evil.example", "[::1]", "evil.example:8443", "http://3232235777"),
)
PLACES = ("/out?next={}", "/out?a=b&next={}", "/out?{}", "/out?next=/out%3Furl%3D{}", "/a?b={}#c", "/a?b={}&c=d")


def _times(text: str, encoded: int) -> str:
    """Return a text percent-encoded so often."""
    for _ in range(encoded):
        text = quote(text, safe="")
    return text


@pytest.mark.parametrize("evil", EVIL)
def test_parameters_that_hold_an_address_are_found_however_they_are_written(evil: str) -> None:
    missed = [
        page
        for place in PLACES
        for encoded in (1, 2, 3, 30)
        if not return_to.holds_address(page := SITE + place.format(_times(evil, encoded)))
    ]
    assert missed == []


@pytest.mark.parametrize(
    "page", ["//evil.example", "/out/https://evil.example", "/a#https://evil.example", "/a#/%2F%2fx"]
)
def test_a_path_and_a_fragment_that_hold_an_address_are_found(page: str) -> None:
    assert return_to.holds_address(SITE + page)


@given(st.text(), st.integers(0, 4), st.sampled_from(["/out?u={}", "/out?a=b&u={}", "/a#{}"]))
def test_an_address_is_found_between_whatever_stands_around_it(around: str, encoded: int, place: str) -> None:
    hidden = _times(around, 1) + _times("https://evil.example", encoded) + _times(around, 1)
    assert return_to.holds_address(SITE + place.format(hidden))


@pytest.mark.parametrize(
    "page",
    [
        *("", "/", "/guide/install.html", "/guide/?page=2&q=caf%C3%A9+au+lait", "/a?b=c&d=e#part", "/a?version=1.2.3"),
        *("/api#module-chatkit.auth", "/a#std:label", "/a?next=/guide/b.html", "/a?t=12:30", "/%E4%BD%A0#%E5%A5%BD"),
    ],
)
def test_an_ordinary_page_holds_none(page: str) -> None:
    assert not return_to.holds_address(SITE + page)


def test_a_sign_up_from_a_page_that_redirects_is_refused(app: Flask, client: FlaskClient) -> None:
    response = factories.sign_up(client, return_to=f"{SITE}/out?next=https%3A%2F%2Fevil.example")
    assert response.status_code == 422
    assert "return_to" in response.get_json()["detail"]["fields"]
    assert factories.count(app, OutboxMessage) == 0


@pytest.mark.parametrize(
    ("headers", "page"),
    [
        ({"Referer": f"{SITE}/guide?a=b"}, "http%3A%2F%2Flocalhost%3A3000%2Fguide%3Fa%3Db"),
        ({"Referer": f"{SITE}/out?u=//evil.example", "Origin": SITE}, "http%3A%2F%2Flocalhost%3A3000"),
        ({"Referer": "https://evil.example/", "Origin": "null"}, None),
        ({"Referer": f"{SITE}/{'a' * 3000}"}, None),
    ],
)
def test_without_a_page_the_link_leads_back_to_the_one_that_asked(
    app: Flask, headers: dict[str, str], page: str | None
) -> None:
    body = {"email": "reader@example.com", "consent_data_storage": True}
    assert app.test_client().post(f"{factories.API}/auth/signup", json=body, headers=headers).status_code == 200
    [link] = factories.links(app)
    assert link.partition("&return_to=")[2] == (page or "")
