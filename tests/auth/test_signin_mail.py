"""The mail that signs in: what it says, as text and as a page."""

import re
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from html.parser import HTMLParser

import pytest
from flask import Flask

from chatkit.auth import signin_mail
from chatkit.mail import service
from chatkit.mail.service import RenderedMail
from tests import factories
from tests.factories import MakeApp
from tests.servers import Postbox

ASKED_AT = datetime(2026, 9, 24, 14, 2, tzinfo=UTC)


def _write(
    app: Flask, return_to: str | None = "https://docs.example.com/guide?a=b", code: str | None = "012345"
) -> RenderedMail:
    with app.app_context():
        return signin_mail.render("https://chat.example.com", return_to, "t0ken", code, ASKED_AT, timedelta(minutes=10))


class _Page(HTMLParser):
    """The tags, attributes and words of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.words += data.split()

    @property
    def text(self) -> str:
        return " ".join(self.words)


@pytest.mark.parametrize("part", ["text", "html"])
@pytest.mark.parametrize(
    "said", ["ChatKit", "docs.example.com", "012345", "24 September 2026 at 14:02 UTC", "within 10 minutes"]
)
def test_both_parts_say_all_there_is_to_say(plain_app: Flask, part: str, said: str) -> None:
    made = _write(plain_app)
    assert said in (made.text if part == "text" else _Page(made.html).text)


def test_both_parts_carry_the_link(plain_app: Flask) -> None:
    made = _write(plain_app)
    link = "https://chat.example.com/signin#token=t0ken&return_to=https%3A%2F%2Fdocs.example.com%2Fguide%3Fa%3Db"
    assert made.link == link
    assert link in made.text.splitlines()
    assert ("href", link) in _Page(made.html).attributes
    assert link in _Page(made.html).words


def test_the_text_fits_a_terminal(plain_app: Flask) -> None:
    made = _write(plain_app)
    assert [line for line in made.text.splitlines() if len(line) > 76 and line != made.link] == []


@pytest.mark.parametrize("code", ["012345", None])
def test_the_text_has_no_gap_where_something_is_left_out(plain_app: Flask, code: str | None) -> None:
    assert "\n\n\n" not in _write(plain_app, code=code).text


def test_the_code_stands_alone_on_its_line(plain_app: Flask) -> None:
    assert "012345" in _write(plain_app).text.splitlines()


def test_the_code_is_large_on_the_page(plain_app: Flask) -> None:
    found = re.search(r'font: \d+ (\d+)px[^"]*">012345<', _write(plain_app).html)
    assert found is not None
    assert int(found[1]) >= 28


def test_without_a_code_neither_part_speaks_of_one(plain_app: Flask) -> None:
    made = _write(plain_app, code=None)
    assert "code" not in made.text + _Page(made.html).text


def test_without_a_page_to_return_to_the_server_is_the_site(plain_app: Flask) -> None:
    made = _write(plain_app, return_to=None)
    assert made.link == "https://chat.example.com/signin#token=t0ken"
    assert made.subject == "Sign in to chat.example.com"
    assert "chat.example.com" in made.text.splitlines()


def test_the_page_loads_nothing_and_runs_nothing(plain_app: Flask) -> None:
    page = _Page(_write(plain_app).html)
    assert not {"img", "script", "link", "style", "iframe", "form", "object", "video"} & set(page.tags)
    assert {name for name, value in page.attributes if "://" in value} == {"href"}
    assert not [name for name, value in page.attributes if name.startswith("on") or "url(" in value]


def test_what_a_site_is_called_is_text_and_never_markup(plain_app: Flask) -> None:
    site = "docs<img/src=x/onerror=alert(1)>"
    made = _write(plain_app, return_to=f'https://{site.replace("/", "")}/"><script>alert(1)</script>')
    page = _Page(made.html)
    assert not {"img", "script"} & set(page.tags)
    assert "docs<imgsrc=xonerror=alert(1)>" in page.text
    assert not re.search("[<>\"']", made.link)


def test_the_mail_goes_out_as_text_and_page(make_app: MakeApp, postbox: Postbox) -> None:
    app = make_app(**postbox.settings)
    factories.sign_up(app.test_client(), browser_id=factories.session_id())
    with app.app_context():
        service.deliver_due()
    [mail] = postbox.mails
    parts = [part for part in mail.iter_parts() if isinstance(part, EmailMessage)]
    # The last part is the one a client prefers.
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    text, html = (str(part.get_content()) for part in parts)
    [code] = re.findall(r"^([0-9]{6})\s*$", text, re.MULTILINE)
    assert code in _Page(html).words
    assert mail["Subject"] == "Sign in to chat.example.com"
