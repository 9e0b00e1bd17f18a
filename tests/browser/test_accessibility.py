"""Every state of the widget, light and dark, against axe's rules for WCAG 2.1 A and AA."""

import re
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_widget import ask, choose, part, signed_in
from tests.servers import ROOT, Gunicorn

AXE = ROOT / "chatkit/widget/node_modules/axe-core/axe.min.js"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
ANONYMOUS_STATES = (
    "closed",
    "empty",
    "answered",
    "nearest",
    "stopped",
    "failed",
    "selected",
    "rated",
    "sign-up",
    "mailed",
)
SIGNED_IN_STATES = ("history", "rename", "delete", "account", "recommendations", "countdown", "toast")


@pytest.mark.parametrize("state", ANONYMOUS_STATES)
def test_an_anonymous_reader_meets_no_barrier(page: Page, server: Gunicorn, state: str) -> None:
    page.goto(server.url)
    _reach(page, state)
    assert violations(page) == []


@pytest.mark.parametrize("state", SIGNED_IN_STATES)
def test_a_signed_in_reader_meets_no_barrier(page: Page, server: Gunicorn, state: str) -> None:
    signed_in(page, server)
    ask(page)
    _reach(page, state)
    assert violations(page) == []


def test_the_sample_site_has_no_barrier(page: Page, server: Gunicorn) -> None:
    for path in ("/", "/guide/settings", "/signin#token=x"):
        page.goto(server.url + path)
        assert violations(page) == [], path


def test_the_inline_widget_has_no_barrier(page: Page, server: Gunicorn) -> None:
    page.goto(f"{server.url}/widget/integration")
    ask(page)
    assert violations(page) == []


def violations(page: Page) -> list[str]:
    """Return what axe finds in the light and in the dark, shadow roots included, as "scheme, rule: where"."""
    page.evaluate(AXE.read_text())
    wrong = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found = page.evaluate("rules => axe.run(document, rules)", RULES)["violations"]
        wrong += [f"{scheme}, {rule['id']}: {node['html'][:120]}" for rule in found for node in rule["nodes"]]
    return wrong


def _reach(page: Page, state: str) -> None:
    """Bring an opened page into a state."""
    if state == "closed":
        expect(part(page, "launcher")).to_be_visible()
        return
    if not part(page, "panel").is_visible():
        part(page, "launcher").click()
    dialog = part(page, "dialog")
    if state == "answered":
        ask(page)
    elif state == "nearest":
        ask(page, "Can I run ChatKit on Kubernetes with Helm charts?")
        expect(part(page, "message-assistant")).to_contain_text("These sections come nearest.")
    elif state == "rated":
        answer = ask(page)
        answer.get_by_role("button", name="Not helpful").click()
        expect(answer).to_contain_text("What was wrong?")
    elif state == "selected":
        page.locator("main p").first.evaluate("node => getSelection().selectAllChildren(node)")
        expect(page.locator("chatkit-widget .selection")).to_be_visible()
    elif state in {"stopped", "failed"}:
        page.route("**/chat/stream", lambda route: route.abort() if state == "failed" else None)
        part(page, "input").fill("What is this?")
        part(page, "input").press("Enter")
        if state == "stopped":
            part(page, "stop").click()
        expect(page.get_by_role("button", name="Try again")).to_be_visible()
    elif state in {"sign-up", "mailed"}:
        choose(page, "account")
        expect(dialog).to_be_visible()
        if state == "mailed":
            dialog.get_by_label("E-mail").fill("reader@example.org")
            dialog.get_by_role("checkbox").check()
            dialog.get_by_role("button", name="Send me a link").click()
            expect(dialog).to_contain_text("Check your mail")
    elif state in {"history", "rename", "delete"}:
        choose(page, "save")
        expect(part(page, "toast")).to_contain_text("Saved")
        part(page, "history").click()
        expect(dialog).to_be_visible()
        if state != "history":
            dialog.get_by_role("button", name=re.compile(f"^{state}:", re.I)).first.click()
    elif state == "account":
        choose(page, "account")
        expect(dialog).to_be_visible()
    elif state == "recommendations":
        choose(page, "personalize")
        expect(dialog).to_be_visible()
    elif state == "toast":
        choose(page, "save")
        expect(part(page, "toast")).to_contain_text("Saved")
    elif state == "countdown":
        detail = {"error": "rate_limited", "message": "Too many saves. Try again in 9 seconds.", "retry_after": 9}
        page.route(
            "**/chat/save", lambda route: route.fulfill(status=429, json={"detail": detail | {"request_id": "x"}})
        )
        choose(page, "save")
        expect(part(page, "save")).to_be_disabled()
