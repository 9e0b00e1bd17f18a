"""The widget as readers meet it: embedded, asked, signed in, reloaded, restarted."""

import re
import uuid

from playwright.sync_api import Locator, Page, expect

from chatkit import create_app
from chatkit.mail import service as mail
from tests import factories
from tests.browser.sites import ALLOWED_PORT, INSECURE_HOST, Recording, document, readme_snippet, site
from tests.browser.waiting import becomes, drawn
from tests.conftest import dispose
from tests.servers import Gunicorn, run

# Puts a session where the widget keeps it, good for a day.
KEEP = """kept => localStorage.setItem(`chatkit:${location.origin}`, JSON.stringify({
  ...kept, since: Date.now(), expires_at: new Date(Date.now() + 86400000).toISOString()}))"""
# Lets most of its lifetime have passed.
AGE = """() => {
  const key = `chatkit:${location.origin}`;
  localStorage[key] = JSON.stringify({...JSON.parse(localStorage[key]), since: Date.now() - 30 * 86400000});
}"""
# All that a page keeps.
STORED = "JSON.stringify([{...localStorage}, {...sessionStorage}])"
TOKEN = "JSON.parse(localStorage[`chatkit:${location.origin}`]).token"
QUESTION = "How do I change the colour of the widget?"


def part(page: Page, name: str) -> Locator:
    """Return what carries a part's name."""
    return page.locator(f"chatkit-widget [part~='{name}']")


def choose(page: Page, name: str) -> None:
    """Open the menu and choose what carries a part's name."""
    part(page, "more").click()
    part(page, name).click()


def followed(page: Page) -> None:
    """Wait until what follows the panel is there: what stands around the conversation, and what an answer has."""
    for follower in (part(page, "account"), page.locator("chatkit-widget .jumping")):
        expect(follower).to_be_attached()


def ask(page: Page, question: str = QUESTION) -> Locator:
    """Ask by keyboard and return the finished answer."""
    # What was said before is drawn by then.
    expect(part(page, "input")).to_be_visible()
    before = part(page, "message-assistant").count()
    part(page, "input").fill(question)
    part(page, "input").press("Enter")
    answer = part(page, "message-assistant").nth(before)
    expect(answer.locator("[part~='citation']").first).to_be_visible()
    expect(part(page, "send")).to_be_visible()
    return answer


def ask_for_mail(page: Page, email: str, along: bool = True) -> None:
    """Open the form to sign in, and send it."""
    choose(page, "account")
    send_mail(page, email, along)


def send_mail(page: Page, email: str, along: bool = True) -> None:
    """Fill in the form to sign in, take along what was asked or not, and send it."""
    view = part(page, "dialog")
    view.get_by_label("E-mail").fill(email)
    view.get_by_label("Keep my address").check()
    if not along:
        view.get_by_label("Add what I asked here").uncheck()
    view.get_by_role("button", name="Send me a link").click()
    expect(view).to_contain_text("Check your mail")


def mailed_code(server: Gunicorn, email: str) -> str:
    """Return the code in the mail that waits for an address."""
    with create_app(dict(server.settings)).app_context():
        [text] = [made.text for message, made in mail.render_waiting() if message.recipient == email]
    [code] = re.findall(r"^\s*([0-9]{6})\s*$", text, re.MULTILINE)
    return str(code)


def mailed_link(server: Gunicorn, email: str) -> str:
    """Return the link in the mail that waits for an address."""
    with create_app(dict(server.settings)).app_context():
        [link] = [made.link for message, made in mail.render_waiting() if message.recipient == email]
    return link


def sign_in_by_mail(page: Page, server: Gunicorn, email: str) -> None:
    """Sign up in the widget, take the link from the outbox, open it and press its button."""
    ask_for_mail(page, email)
    outbox = run("flask", "--app", "wsgi", "mail", "outbox", folder=server.folder, settings=server.settings)
    page.goto(re.findall(r"http\S+/signin#\S+", outbox.stdout)[-1])
    page.get_by_role("button", name="Sign in to").click()
    expect(part(page, "account")).to_have_attribute("title", re.compile(re.escape(email)))


def signed_in(page: Page, server: Gunicorn) -> factories.Person:
    """Open the sample site as a test user of one's own, and return who that is."""
    app = create_app(dict(server.settings))
    who = factories.person(app, f"{uuid.uuid4().hex}@example.com")
    dispose(app)
    page.goto(server.url)
    page.evaluate(KEEP, {"token": who.token, "user": {"email": who.email, "tier": "lightweight"}})
    page.reload()
    part(page, "launcher").click()
    expect(part(page, "input")).to_be_focused()
    return who


def test_the_readme_snippet_works_on_another_origin(page: Page, server: Gunicorn, heard: Recording) -> None:
    with site(document(readme_snippet(server.url)), port=ALLOWED_PORT) as host:
        page.goto(host.origin)
        part(page, "launcher").click()
        answer = ask(page)
        expect(answer).to_contain_text("--chatkit-accent")
        assert heard.complaints == []


def test_an_unlisted_site_is_told_why_nothing_works(page: Page, server: Gunicorn, heard: Recording) -> None:
    with site(document(readme_snippet(server.url))) as host:
        page.goto(host.origin)
        part(page, "launcher").click()
        part(page, "input").fill(QUESTION)
        part(page, "input").press("Enter")
        expect(part(page, "panel")).to_contain_text("not allowed on this site")
        assert any("CORS_ORIGINS" in line for line in heard.console)


def test_nothing_is_stored_or_sent_before_the_reader_opens_it(page: Page, server: Gunicorn, heard: Recording) -> None:
    page.goto(server.url)
    expect(part(page, "launcher")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert heard.asked("/api/") == []
    assert page.evaluate("localStorage.length + sessionStorage.length + document.cookie.length") == 0


def test_it_works_under_a_strict_policy_with_trusted_types(page: Page, server: Gunicorn, heard: Recording) -> None:
    policy = (
        f"default-src 'none'; script-src {server.url}; connect-src {server.url}; img-src data:; "
        "style-src 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )
    with site(document(readme_snippet(server.url)), {"Content-Security-Policy": policy}, port=ALLOWED_PORT) as host:
        page.goto(host.origin)
        part(page, "launcher").click()
        ask(page)
        choose(page, "account")
        expect(part(page, "dialog")).to_be_visible()
        assert heard.complaints == []
        # The policy allows the host page no style, and still the widget has its own.
        position = "getComputedStyle(document.querySelector('chatkit-widget').shadowRoot.querySelector('.box'))"
        assert page.evaluate(f"{position}.position") == "fixed"


def test_a_citation_leads_to_the_passage(page: Page, server: Gunicorn) -> None:
    page.goto(server.url)
    part(page, "launcher").click()
    ask(page).locator("[part~='citation']").first.click()
    page.wait_for_url("**/guide/theming#*")
    anchor = page.evaluate("location.hash.slice(1)")
    expect(page.locator(f"[id='{anchor}']")).to_be_in_viewport()


def test_the_keyboard_alone_opens_asks_and_closes(page: Page, server: Gunicorn) -> None:
    page.goto(server.url)
    part(page, "launcher").focus()
    page.keyboard.press("Enter")
    expect(part(page, "input")).to_be_focused()
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    expect(part(page, "message-assistant").locator("[part~='citation']").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(part(page, "launcher")).to_be_focused()
    expect(part(page, "panel")).to_be_hidden()


def test_typing_in_the_widget_is_no_shortcut_of_the_page(page: Page, server: Gunicorn) -> None:
    page.goto(server.url)
    page.evaluate("window.keys = 0; addEventListener('keydown', () => window.keys++)")
    part(page, "launcher").click()
    part(page, "input").press_sequentially("/?s")
    assert page.evaluate("window.keys") == 0


def test_the_conversation_survives_a_reload(page: Page, server: Gunicorn) -> None:
    page.goto(server.url)
    part(page, "launcher").click()
    ask(page)
    part(page, "input").fill("a draft")
    page.reload()
    expect(part(page, "message-assistant")).to_contain_text("--chatkit-accent")
    expect(part(page, "input")).to_have_value("a draft")


def test_an_inline_conversation_survives_a_reload(page: Page, server: Gunicorn) -> None:
    page.goto(f"{server.url}/widget/integration")
    ask(page)
    page.reload()
    expect(part(page, "message-assistant")).to_contain_text("--chatkit-accent")


def test_a_site_may_use_the_names_the_widget_uses_inside(page: Page, server: Gunicorn) -> None:
    style = "<style>:root { --accent: rgb(1, 2, 3) } chatkit-widget { --chatkit-accent: var(--accent) }</style>"
    with site(document(style + readme_snippet(server.url)), port=ALLOWED_PORT) as host:
        page.goto(host.origin)
        expect(part(page, "launcher")).to_have_css("background-color", "rgb(1, 2, 3)")


def test_logging_out_leaves_nothing_of_the_person_in_the_browser(page: Page, server: Gunicorn) -> None:
    signed_in(page, server)
    ask(page)
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")
    choose(page, "account")
    part(page, "logout").click()
    expect(part(page, "account")).to_have_text("Sign in")
    kept = page.evaluate(STORED)
    assert "integration.local" not in kept
    assert QUESTION not in kept


def test_where_nobody_can_sign_in_it_is_not_offered(page: Page, server: Gunicorn, heard: Recording) -> None:
    app = create_app(dict(server.settings) | {"SIGN_IN": "off"})
    controls = app.test_client().get("/widget/chatkit-controls.js").get_data(as_text=True)
    dispose(app)
    page.context.route(
        "**/chatkit-controls.js", lambda route: route.fulfill(body=controls, content_type="text/javascript")
    )
    page.goto(server.url)
    part(page, "launcher").click()
    for _ in range(5):
        ask(page)
    part(page, "more").click()
    for name in ("account", "save", "toast"):
        expect(part(page, name)).to_be_hidden()
    # Pages near this one need no account.
    part(page, "personalize").click()
    expect(part(page, "dialog")).to_contain_text("More on this topic")
    expect(part(page, "dialog")).not_to_contain_text("Sign in")
    assert heard.complaints == []
    other = page.context.new_page()
    signed_in(other, server)
    part(other, "more").click()
    for name in ("account", "save", "personalize"):
        expect(part(other, name)).to_be_visible()


def test_signing_up_keeps_the_chat_and_outlives_reload_and_restart(page: Page, production_server: Gunicorn) -> None:
    page.goto(f"{production_server.url}/guide/theming#change-the-colours")
    part(page, "launcher").click()
    ask(page)
    sign_in_by_mail(page, production_server, "reader@example.org")
    expect(page).to_have_url(f"{production_server.url}/guide/theming#change-the-colours")
    ask(page, "How long are saved chats kept?")
    choose(page, "save")
    # Another toast still says that somebody signed in; before this one a reload would break the saving off.
    expect(part(page, "toast").filter(has_text="Saved")).to_be_visible()
    page.reload()
    # What is still to be loaded would find no server.
    followed(page)
    production_server.stop()
    production_server.start()
    part(page, "history").click()
    # What came along from before there was an account is the same conversation, which was then saved again.
    expect(part(page, "dialog").get_by_role("listitem").filter(has_text=QUESTION)).to_have_count(1)


def test_the_link_page_does_nothing_until_its_button_is_pressed(
    page: Page, production_server: Gunicorn, heard: Recording
) -> None:
    page.goto(f"{production_server.url}/signin#token=abc&return_to=http%3A%2F%2Fevil.example%2F")
    said = page.locator("#message")
    expect(said).to_have_text("One press, and you are back where you asked, signed in.")
    button = page.get_by_role("button", name="Sign in to")
    # A site that is not allowed is never returned to.
    expect(button).to_contain_text("127.0.0.1")
    expect(page).not_to_have_url(re.compile("abc"))
    assert heard.asked("/api/") == []


def test_a_used_link_says_what_to_do(page: Page, production_server: Gunicorn) -> None:
    page.goto(f"{production_server.url}/#chatkit-token=never-issued")
    expect(part(page, "toast")).to_contain_text("Ask for a new one")
    expect(page).not_to_have_url(re.compile("never-issued"))


def test_logging_out_in_one_tab_logs_out_of_the_other(page: Page, server: Gunicorn) -> None:
    signed_in(page, server)
    other = page.context.new_page()
    other.goto(server.url)
    part(other, "launcher").click()
    expect(part(other, "account")).to_have_text("My data")
    choose(page, "account")
    part(page, "logout").click()
    expect(part(other, "account")).to_have_text("Sign in")


def test_a_refresh_survives_a_network_blip(page: Page, server: Gunicorn) -> None:
    signed_in(page, server)
    page.evaluate(AGE)
    failures = iter([True])
    page.route("**/refresh-token", lambda route: route.abort() if next(failures, False) else route.continue_())
    before = page.evaluate(TOKEN)
    part(page, "history").click()
    expect(part(page, "dialog")).to_contain_text("There is nothing here.")
    page.wait_for_function(f"before => ![before, null].includes({TOKEN})", arg=before)


def test_the_hint_to_sign_up_comes_once_after_the_fifth_answer(page: Page, server: Gunicorn) -> None:
    page.goto(server.url)
    part(page, "launcher").click()
    for _ in range(4):
        ask(page)
    expect(part(page, "prompt")).to_have_count(0)
    ask(page)
    part(page, "prompt").get_by_role("button", name="Close").click()
    page.reload()
    ask(page)
    expect(part(page, "prompt")).to_have_count(0)


def test_stop_keeps_what_arrived(page: Page, server: Gunicorn) -> None:
    page.goto(server.url)
    part(page, "launcher").click()
    page.route("**/chat/stream", lambda route: None)
    part(page, "input").fill(QUESTION)
    part(page, "input").press("Enter")
    drawn(page)
    # At once, and not when the server has said its first word.
    assert part(page, "stop").count() == 1
    part(page, "stop").click()
    expect(part(page, "message-assistant")).to_contain_text("Stopped")
    expect(part(page, "send")).to_be_visible()


def test_an_unreachable_server_is_told_with_a_way_on(page: Page, server: Gunicorn, heard: Recording) -> None:
    page.goto(server.url)
    part(page, "launcher").click()
    followed(page)
    page.route("**/chat/stream", lambda route: route.abort())
    part(page, "input").fill(QUESTION)
    part(page, "input").press("Enter")
    expect(part(page, "message-assistant")).to_contain_text("The server does not respond.")
    page.unroute("**/chat/stream")
    part(page, "panel").get_by_role("button", name="Try again").click()
    expect(part(page, "message-assistant").locator("[part~='citation']").first).to_be_visible()
    assert any("does not answer" in line for line in heard.console)


def test_moving_the_element_keeps_the_stream_and_sends_nothing_twice(
    page: Page, server: Gunicorn, heard: Recording
) -> None:
    page.goto(server.url)
    part(page, "launcher").click()
    part(page, "input").fill(QUESTION)
    page.evaluate(
        """() => {
          const widget = document.querySelector("chatkit-widget");
          widget.addEventListener("chatkit:send", () => document.querySelector("main").append(widget));
        }"""
    )
    part(page, "input").press("Enter")
    expect(part(page, "message-assistant").locator("[part~='citation']").first).to_be_visible()
    ask(page)
    assert len(heard.asked("/chat/stream")) == 2


def test_a_removed_element_is_collected(page: Page, server: Gunicorn) -> None:
    # On the sample site a script of the page itself keeps hold of the element.
    with site(document(readme_snippet(server.url)), port=ALLOWED_PORT) as host:
        page.goto(host.origin)
        part(page, "launcher").click()
        ask(page)
        page.evaluate(
            """() => {
              const widget = document.querySelector("chatkit-widget");
              window.removed = new WeakRef(widget);
              widget.remove();
            }"""
        )
        collector = page.context.new_cdp_session(page)

        def is_gone() -> bool:
            collector.send("HeapProfiler.collectGarbage")
            return bool(page.evaluate("window.removed.deref() === undefined"))

        becomes(is_gone, True)


def test_plain_http_away_from_localhost_is_refused_and_the_pages_links_are_its_own(
    page: Page, server: Gunicorn
) -> None:
    page.goto(server.url.replace("127.0.0.1", INSECURE_HOST))
    expect(page.locator("chatkit-widget")).to_contain_text("needs HTTPS")
    link = "Object.assign(document.createElement('a'), {href: '#there', className: 'find', textContent: 'Search'})"
    page.evaluate(f"document.querySelector('main').replaceChildren({link})")
    page.locator("chatkit-widget").evaluate("one => one.setAttribute('trigger', '.find')")
    page.locator("main .find").click()
    page.wait_for_url("**/#there")


def test_the_api_page_shows_the_calls(page: Page, server: Gunicorn, heard: Recording) -> None:
    page.goto(f"{server.url}/docs")
    expect(page.get_by_role("link", name="/api/v1/chat/save", exact=True)).to_be_visible()
    assert heard.complaints == []
