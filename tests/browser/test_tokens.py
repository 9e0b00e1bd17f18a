"""Where tokens are in a real browser: only where the page about them says, and nowhere when they are used up."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from chatkit import create_app
from chatkit.mail import service as mail
from tests.auth.test_tokens import table
from tests.browser.sites import Recording
from tests.browser.test_widget import ask, ask_for_mail, choose, part
from tests.servers import Gunicorn

# All that a page can keep, and where it is.
KEPT = """async () => ({
  localStorage: {...localStorage},
  sessionStorage: {...sessionStorage},
  elsewhere: [document.cookie, location.href, history.state, window.name, await caches.keys(),
    (await indexedDB.databases()).map(({name}) => name), document.documentElement.outerHTML],
})"""


def _documented(storage: str) -> set[str]:
    rows = table("What the widget keeps in the browser")
    return {row["field"].strip("`") for row in rows if row["storage"] == f"`{storage}`"}


def _kept(page: Page) -> Any:
    """Return what the page keeps; fail when it keeps anything the documentation does not name."""
    kept = page.evaluate(KEPT)
    for storage in ("localStorage", "sessionStorage"):
        origin = page.evaluate("location.origin")
        assert set(kept[storage]) <= {f"chatkit:{origin}", f"chatkit:{origin}:layout", f"chatkit-recent:{origin}"}
        kept[storage] = {name: value for entry in kept[storage].values() for name, value in json.loads(entry).items()}
        assert set(kept[storage]) <= _documented(storage)
    assert kept["elsewhere"][0] == ""
    assert kept["elsewhere"][2:6] == [None, "", [], []]
    return kept


def _mailed(server: Gunicorn, email: str) -> tuple[str, str]:
    """Return the link and the code of the mail that waits for an address."""
    with create_app(dict(server.settings)).app_context():
        [made] = [made for message, made in mail.render_waiting() if message.recipient == email]
    [code] = re.findall(r"^\s*([0-9]{6})\s*$", made.text, re.MULTILINE)
    return made.link, code


@pytest.fixture
def sent(page: Page) -> list[str]:
    """Collect the bodies and addresses of what the page sends."""
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.url} {request.post_data or ''}"))
    return sent


def test_each_token_is_only_where_the_page_about_tokens_says(page: Page, server: Gunicorn, sent: list[str]) -> None:
    page.goto(server.url)
    assert _kept(page)["localStorage"] == {}
    part(page, "launcher").click()
    ask(page)
    ask_for_mail(page, "tokens@example.org")
    link, code = _mailed(server, "tokens@example.org")
    token = link.split("#token=")[1].split("&")[0]
    [browser_id] = {found for line in sent for found in re.findall(r'"browser_id":"([^"]+)"', line)}
    kept = _kept(page)
    anonymous = kept["localStorage"]["anonymous"]
    assert kept["localStorage"]["browser_id"] == browser_id
    assert browser_id not in json.dumps([kept["sessionStorage"], kept["elsewhere"]])

    page.goto(link)
    expect(page.get_by_role("button", name="Sign in to")).to_be_visible()
    assert token not in json.dumps(_kept(page))
    page.get_by_role("button", name="Sign in to").click()
    expect(part(page, "account")).to_have_attribute("title", re.compile("tokens@example.org"))

    kept = _kept(page)
    session = kept["localStorage"]["token"]
    assert {"token", "expires_at", "since", "user", "anonymous"} <= kept["localStorage"].keys()
    assert kept["localStorage"]["anonymous"] == anonymous
    elsewhere = json.dumps([kept["sessionStorage"], kept["elsewhere"]])
    assert session not in elsewhere
    for used in (token, code, browser_id):
        assert used not in elsewhere.replace(kept["localStorage"]["expires_at"], "")
        assert used not in json.dumps(kept["localStorage"])
    for secret in (session, token):
        assert [line for line in sent if secret in line.split(" ")[0]] == []

    choose(page, "account")
    part(page, "logout").click()
    expect(part(page, "account")).to_have_text("Sign in")
    left = _kept(page)
    assert left["localStorage"].keys() & {"token", "user", "anonymous", "browser_id"} == set()
    assert session not in json.dumps(left)


@pytest.mark.parametrize("failure", ["away", "refused", "an echo", "no JSON"])
def test_nothing_a_reader_typed_reaches_the_console(
    page: Page, server: Gunicorn, heard: Recording, failure: str
) -> None:
    canary = "canary-5d20f1a9"
    # Everything is heard here, not only what went wrong.
    spoken: list[str] = []
    page.on("console", lambda message: spoken.append(message.text))
    page.on("pageerror", lambda error: spoken.append(str(error)))
    page.goto(server.url)
    part(page, "launcher").click()
    choose(page, "account")
    dialog = part(page, "dialog")
    if failure == "away":
        page.route("**/api/**", lambda route: route.abort())
    elif failure == "refused":
        detail = {"error": "internal_error", "message": "Something went wrong.", "request_id": "x"}
        page.route("**/api/**", lambda route: route.fulfill(status=500, json={"detail": detail}))
    elif failure == "an echo":
        page.route("**/api/**", lambda route: route.fulfill(status=200, body=route.request.post_data or ""))
    else:
        page.route("**/api/**", lambda route: route.fulfill(status=200, body=canary))
    dialog.get_by_label("E-mail").fill(f"{canary}@example.org")
    dialog.get_by_role("checkbox").check()
    dialog.get_by_role("button", name="Send me a link").click()
    if failure in {"an echo", "no JSON"}:
        expect(dialog.get_by_label("code").or_(part(page, "toast")).first).to_be_visible()
    else:
        expect(part(page, "toast")).to_be_visible()
    # Back from one view, or from two.
    while not part(page, "input").is_visible():
        page.keyboard.press("Escape")
    part(page, "input").fill(canary)
    part(page, "input").press("Enter")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    assert canary not in "".join(spoken)
