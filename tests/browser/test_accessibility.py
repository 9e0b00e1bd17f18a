"""Every state of the widget, light and dark, against axe's rules: WCAG 2.2 A and AA, and best practices."""

from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.sheet_site import sheet_site
from tests.browser.sheets import SHEETS, Shot, asked, pressed, state, then, viewed
from tests.browser.test_widget import ask
from tests.servers import ROOT, Gunicorn

AXE = ROOT / "chatkit/widget/node_modules/axe-core/axe.min.js"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
# What a scheme decides.
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
# What the contact sheets do not show.
MORE = (
    Shot("Renaming a chat", then(viewed("history"), pressed("Rename")), signed_in=True),
    Shot("Deleting a chat", then(viewed("history"), pressed("Delete")), signed_in=True),
    Shot("Saved", then(asked(), pressed("More", "Save this chat")), signed_in=True),
)
STATES = [shot for name, shots in SHEETS.items() if "languages" not in name for shot in shots] + [*MORE]


@pytest.fixture(scope="module")
def stage() -> Iterator[str]:
    """Serve the page that can show every state."""
    with sheet_site() as url:
        yield url


@pytest.mark.parametrize("shot", STATES, ids=lambda shot: shot.caption)
def test_no_state_is_a_barrier(browser: Browser, stage: str, shot: Shot) -> None:
    with state(browser, shot, "light", stage) as page:
        shot.act(page)
        # Where colours are forced, their contrast is the system's.
        assert [line for line in violations(page) if not (shot.forced and "color-contrast" in line)] == []


def test_the_sample_site_is_no_barrier(page: Page, server: Gunicorn) -> None:
    for path in ("/", "/guide/settings", "/signin#token=x"):
        page.goto(server.url + path)
        assert violations(page) == [], path


def test_the_harness_is_no_barrier(page: Page, server: Gunicorn) -> None:
    page.goto(f"{server.url}/widget/integration")
    ask(page)
    assert violations(page) == []


def violations(page: Page) -> list[str]:
    """Return what axe finds in the light and in the dark, shadow roots included, as "scheme, rule: where"."""
    page.evaluate(AXE.read_text())
    return _found(page, "light", RULES) + _found(page, "dark", COLOURS)


def _found(page: Page, scheme: Literal["light", "dark"], rules: object) -> list[str]:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    found = page.evaluate("rules => axe.run(document, rules)", rules)["violations"]
    return [f"{scheme}, {rule['id']}: {node['html'][:120]}" for rule in found for node in rule["nodes"]]
