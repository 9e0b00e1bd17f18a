"""Addresses: the return from a mailed link on any kind of page, and an address longer than the server takes."""

import json
import uuid

import pytest
from playwright.sync_api import Page, expect

from chatkit import create_app
from chatkit.mail import service as mail
from tests.browser.sites import ALLOWED_PORT, Recording, document, readme_snippet, site
from tests.browser.test_widget import ask, part
from tests.factories import API
from tests.servers import Gunicorn

BROWSER_ID = "0b6d1ff5-8e4e-4b1a-9b5b-0d8f7f4c2a11"
KEEP = "([url, browser_id]) => { localStorage[`chatkit:${url}`] = JSON.stringify({browser_id}) }"
SIGNED_IN = "url => JSON.parse(localStorage[`chatkit:${url}`]).user?.email"
# Shows what it takes for the route, as routers do that keep it behind the #: at once, and when it changes.
ROUTER = """<script>
  const show = () => {
    const route = location.hash.slice(1).split('?')[0] || '/';
    REWRITE
    document.querySelector('h1').textContent = route;
  };
  for (const type of ['hashchange', 'popstate']) addEventListener(type, show);
  show();
</script>"""
BASE = '<base href="https://elsewhere.example/docs/">'
REWRITES = {
    "a base of another site": (BASE, "/page?a=1#section"),
    "a base of another site, without an anchor": (BASE, "/page?a=1"),
    "a router": (ROUTER.replace("REWRITE", ""), "/#/docs/intro?tab=2"),
    "a router, at its start": (ROUTER.replace("REWRITE", ""), "/"),
    "a router that makes routes of anchors": (
        ROUTER.replace(
            "REWRITE", "if (!route.startsWith('/')) return location.replace(`#/${location.hash.slice(1)}`);"
        ),
        "/#/docs/intro",
    ),
    "a router that leaves what it does not know": (
        ROUTER.replace("REWRITE", "if (!/^.(docs.*)?$/.test(route)) return location.replace('#/');"),
        "/#/docs/intro?tab=2",
    ),
}


def _link(server: Gunicorn, email: str, return_to: str) -> str:
    """Let this browser have asked for a link; return it."""
    body = {"email": email, "consent_data_storage": True, "browser_id": BROWSER_ID, "return_to": return_to}
    assert server.request(f"{API}/auth/signup", "POST", body).status == 200
    with create_app(dict(server.settings)).app_context():
        [link] = [made.link for message, made in mail.render_waiting() if message.recipient == email]
    return link


@pytest.mark.parametrize("kind", REWRITES)
def test_a_mailed_link_comes_back_to_the_page_as_it_was(
    page: Page, server: Gunicorn, heard: Recording, kind: str
) -> None:
    head, address = REWRITES[kind]
    email = f"{uuid.uuid4().hex}@example.org"
    with site(document(readme_snippet(server.url)).replace("</main>", f"</main>{head}"), port=ALLOWED_PORT) as host:
        page.goto(host.origin + address)
        page.evaluate(KEEP, [server.url, BROWSER_ID])
        shown = page.locator("h1").inner_text()
        page.goto("about:blank")
        page.goto(_link(server, email, host.origin + address))
        page.get_by_role("button", name="Sign in to").click()
        expect(part(page, "panel")).to_contain_text(f"Signed in as {email}")
        assert page.evaluate(SIGNED_IN, server.url) == email
        expect(page).to_have_url(host.origin + address)
        expect(page.locator("h1")).to_have_text(shown)
        assert heard.complaints == []


def test_the_token_of_a_mailed_link_leaves_the_address_before_more_is_loaded(page: Page, server: Gunicorn) -> None:
    page.route("**/chatkit-controls.js*", lambda route: route.abort())
    page.goto(f"{server.url}/#chatkit-token=never-issued")
    expect(page.get_by_text("This part did not load.")).to_be_visible()
    expect(page).to_have_url(f"{server.url}/")
    # The link is still good, once the part comes.
    page.unroute("**/chatkit-controls.js*")
    page.get_by_role("button", name="Try again").click()
    expect(part(page, "toast")).to_contain_text("Ask for a new one")
    expect(page).to_have_url(f"{server.url}/")


@pytest.mark.parametrize("address", ["/?q=" + "x" * 3000, "/" + "%C3%A4" * 500, "/" + "a" * 1990 + "%C3%A4?q=1"])
def test_a_question_is_asked_from_an_address_of_any_length(page: Page, server: Gunicorn, address: str) -> None:
    with site(document(readme_snippet(server.url)), port=ALLOWED_PORT) as host:
        page.goto(host.origin + address)
        part(page, "launcher").click()
        with page.expect_request("**/chat/stream") as asked:
            ask(page)
        sent = json.loads(asked.value.post_data or "")["context"]["page_url"]
        assert len(sent) <= 2000
        assert (host.origin + address).startswith(sent)
        assert not sent.endswith(("%", "%C", "%A"))


def test_the_address_of_a_source_is_the_sites_whatever_its_base(page: Page, server: Gunicorn) -> None:
    with site(document(BASE + readme_snippet(server.url)), port=ALLOWED_PORT) as host:
        page.goto(host.origin)
        part(page, "launcher").click()
        href = ask(page).locator("[part~='citation']").first.evaluate("one => one.href")
        assert href.startswith(f"{host.origin}/guide/")
