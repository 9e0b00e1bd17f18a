"""The views inside the panel: chats, recommendations, one's own data and signing in, as readers use them."""

import json
import re
import uuid
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

from chatkit import create_app
from tests import factories
from tests.browser.sites import ALLOWED_PORT, Recording, document, hold, limit, readme_snippet, site
from tests.browser.test_widget import (
    QUESTION,
    STORED,
    ask,
    ask_for_mail,
    choose,
    mailed_code,
    mailed_link,
    part,
    send_mail,
    signed_in,
)
from tests.browser.waiting import drawn
from tests.conftest import dispose
from tests.factories import API
from tests.servers import Gunicorn

OTHER = "How long does a session last?"


def chats(page: Page, title: str = QUESTION) -> Locator:
    """Return the rows of the chats with a title."""
    return part(page, "dialog").get_by_role("listitem").filter(has_text=title)


def saved(page: Page) -> None:
    """Save the conversation on the page."""
    with page.expect_response("**/chat/save"):
        choose(page, "save")
    expect(part(page, "toast")).to_contain_text("Saved")


def open_chats(page: Page) -> Locator:
    part(page, "history").click()
    view = part(page, "dialog")
    expect(view.get_by_role("heading", name="Chats")).to_be_focused()
    return view


def test_a_conversation_is_one_saved_chat_however_often_it_is_saved(page: Page, server: Gunicorn) -> None:
    signed_in(page, server)
    ask(page)
    saved(page)
    part(page, "panel").get_by_role("button", name="New chat").click()
    open_chats(page)
    chats(page).get_by_role("button").first.click()
    expect(part(page, "message-assistant")).to_have_count(1)
    # What was saved goes on: the next question belongs to the same conversation.
    ask(page, OTHER)
    saved(page)
    open_chats(page)
    expect(chats(page)).to_have_count(1)
    expect(chats(page)).to_contain_text("2 questions")


def test_a_chat_is_renamed_and_deleted_in_its_row(page: Page, server: Gunicorn) -> None:
    signed_in(page, server)
    ask(page)
    saved(page)
    view = open_chats(page)
    view.get_by_role("button", name=f"Rename: {QUESTION}").click()
    view.get_by_label("Title").fill("About colours")
    view.get_by_label("Title").press("Enter")
    expect(view.get_by_role("button", name="Rename: About colours")).to_be_focused()
    view.get_by_role("button", name="Delete: About colours").click()
    expect(view.get_by_role("button", name="Keep it")).to_be_focused()
    page.keyboard.press("Escape")
    expect(view.get_by_role("button", name="Delete: About colours")).to_be_focused()
    page.keyboard.press("Enter")
    view.get_by_role("button", name="Delete", exact=True).click()
    expect(view.get_by_text("About colours")).to_have_count(0)
    expect(view.get_by_text("There is nothing here.")).to_be_focused()
    page.keyboard.press("Escape")
    expect(view).to_be_hidden()


def test_without_an_account_the_chats_of_this_browser_are_listed(page: Page, server: Gunicorn) -> None:
    page.goto(server.url)
    part(page, "launcher").click()
    ask(page)
    part(page, "panel").get_by_role("button", name="New chat").click()
    ask(page, OTHER)
    view = open_chats(page)
    expect(view).to_contain_text("Without an account, chats stay for 24 hours.")
    chats(page).get_by_role("button").first.click()
    expect(part(page, "message-assistant")).to_contain_text("--chatkit-accent")
    # One is deleted also while it is shown, and does not come back with the next page.
    open_chats(page)
    view.get_by_role("button", name=f"Delete: {QUESTION}").click()
    view.get_by_role("button", name="Delete", exact=True).click()
    expect(chats(page)).to_have_count(0)
    page.reload()
    open_chats(page)
    expect(chats(page, OTHER)).to_have_count(1)
    expect(chats(page)).to_have_count(0)


def test_a_list_that_comes_after_the_reader_has_left_opens_nothing(page: Page, server: Gunicorn) -> None:
    signed_in(page, server)
    held = hold(page, "**/chat/saved")
    with page.expect_request("**/chat/saved"):
        part(page, "history").click()
    view = part(page, "dialog")
    expect(view).to_contain_text("Loading")
    page.keyboard.press("Escape")
    expect(view).to_be_hidden()
    with page.expect_response("**/chat/saved"):
        held[0].continue_()
    drawn(page)
    expect(view).to_be_hidden()
    expect(part(page, "input")).to_be_visible()


def test_a_list_that_does_not_come_says_so_and_comes_when_asked_again(page: Page, server: Gunicorn) -> None:
    signed_in(page, server)
    page.route("**/chat/saved", lambda route: route.abort(), times=1)
    part(page, "history").click()
    view = part(page, "dialog")
    view.get_by_role("button", name="Try again").click()
    expect(view).to_contain_text("There is nothing here.")


def open_for_you(page: Page) -> Locator:
    """Open the recommendations, and return the rows of their list."""
    choose(page, "personalize")
    expect(part(page, "dialog").locator("[aria-busy]")).to_have_count(0)
    return part(page, "dialog").get_by_role("listitem")


def test_recommendations_say_why_and_what_is_of_no_use_is_left_out(page: Page, server: Gunicorn) -> None:
    signed_in(page, server)
    ask(page)
    rows = open_for_you(page)
    expect(rows.first).to_contain_text(f"Because you asked “{QUESTION}”")
    title = rows.first.get_by_role("link").locator("b").inner_text()
    rows.first.get_by_role("button", name=f"Not useful: {title}").press("Enter")
    expect(rows.first.get_by_role("button", name="Undo")).to_be_focused()
    rows.first.get_by_role("button", name="Undo").press("Enter")
    useless = rows.first.get_by_role("button", name=f"Not useful: {title}")
    expect(useless).to_be_focused()
    useless.press("Enter")
    expect(rows.first).to_contain_text(f"Left out: {title}")
    page.keyboard.press("Escape")
    expect(open_for_you(page).filter(has_text=title)).to_have_count(0)


def test_what_recommendations_rest_on_is_seen_and_taken_away(page: Page, server: Gunicorn) -> None:
    signed_in(page, server)
    ask(page)
    rows = open_for_you(page)
    view = part(page, "dialog")
    basis = rows.first.get_by_role("button", name="What it rests on")
    expect(basis).to_have_attribute("aria-expanded", "false")
    basis.press("Enter")
    expect(basis).to_have_attribute("aria-expanded", "true")
    expect(rows.first).to_contain_text("By way of the page")
    rows.first.get_by_role("button", name="Leave this question out").press("Enter")
    # The page on which it was asked may lead to others.
    expect(view).not_to_contain_text("Because you asked")
    page.keyboard.press("Escape")
    open_for_you(page)
    expect(view).not_to_contain_text("Because you asked")


def test_topics_change_the_list_and_switched_off_nothing_is_listed(page: Page, server: Gunicorn) -> None:
    signed_in(page, server)
    rows = open_for_you(page)
    view = part(page, "dialog")
    view.get_by_label("Topics").fill("backups، nginx ")
    view.get_by_label("Level").select_option("Beginner")
    view.get_by_role("button", name="Show pages").click()
    expect(rows.first).to_contain_text("Because you chose the topic")
    expect(view.get_by_label("Topics")).to_have_value("backups, nginx")
    expect(view.get_by_label("Level")).to_have_value("beginner")
    view.get_by_role("button", name="Turn off").click()
    expect(view).to_contain_text("“For you” is off.")
    page.keyboard.press("Escape")
    choose(page, "personalize")
    view.get_by_role("button", name="Turn on").click()
    expect(view.get_by_label("Topics")).to_have_value("")


def test_without_an_account_pages_near_this_one_are_listed(page: Page, server: Gunicorn) -> None:
    page.goto(f"{server.url}/guide/theming")
    part(page, "launcher").click()
    rows = open_for_you(page)
    expect(part(page, "dialog")).to_contain_text("Pages about the same as this one.")
    expect(rows.first.get_by_role("link")).to_be_visible()
    page.keyboard.press("Escape")
    # What has been cited here is left out, and chosen by the tab.
    ask(page)
    cited = part(page, "message-assistant").locator("[part~='citation']").first.get_attribute("href")
    assert cited
    rows = open_for_you(page)
    expect(rows.locator(f"a[href='{cited.split('#')[0]}']")).to_have_count(0)
    part(page, "dialog").get_by_role("button", name="Sign in").click()
    expect(part(page, "dialog").get_by_label("E-mail")).to_be_focused()


def test_my_data_tells_what_is_kept_and_ends_sessions(page: Page, server: Gunicorn) -> None:
    who = signed_in(page, server)
    app = create_app(dict(server.settings))
    phone, tablet = (factories.another_session(app, who) for _ in range(2))
    dispose(app)
    answer = ask(page)
    answer.get_by_role("button", name="Helpful", exact=True).click()
    expect(answer).to_contain_text("Thank you.")
    saved(page)
    choose(page, "account")
    view = part(page, "dialog")
    expect(view).to_contain_text(who.email)
    expect(view).to_contain_text("1 saved chat, 1 question, 1 rating.")
    phones = view.get_by_role("button", name="Sign out: Safari on iPhone")
    expect(phones).to_have_count(2)
    phones.first.click()
    expect(phones).to_have_count(1)
    alive = [server.request(f"{API}/auth/session-check", headers=each.headers).status for each in (phone, tablet)]
    assert sorted(alive) == [200, 401]
    with page.expect_download() as download:
        view.get_by_role("button", name="Download my data").click()
    assert json.loads(Path(download.value.path()).read_text())["user"]["email"] == who.email
    view.get_by_role("button", name="Sign out everywhere").click()
    expect(part(page, "toast")).to_contain_text("signed out everywhere")
    expect(part(page, "message")).to_have_count(0)
    for each in (phone, tablet, who):
        assert server.request(f"{API}/auth/session-check", headers=each.headers).status == 401


def test_an_account_is_deleted_once_the_word_is_typed(page: Page, server: Gunicorn, heard: Recording) -> None:
    who = signed_in(page, server)
    choose(page, "account")
    view = part(page, "dialog")
    begin = view.get_by_role("button", name="Delete my account…")
    begin.click()
    view.get_by_role("button", name="Keep it").click()
    expect(begin).to_be_focused()
    begin.click()
    expect(view).to_contain_text("This erases your address, 0 saved chats, 0 questions and 0 ratings at once.")
    word = view.get_by_label("to confirm")
    expect(word).to_be_focused()
    delete = view.get_by_role("button", name="Delete my account", exact=True)
    for typed in ("", "dele", "deleted"):
        word.fill(typed)
        expect(delete).to_have_attribute("aria-disabled", "true")
        word.press("Enter")
    assert server.request(f"{API}/auth/session-check", headers=who.headers).status == 200
    word.fill(" De Lete")
    expect(delete).not_to_have_attribute("aria-disabled", "true")
    delete.click()
    expect(part(page, "toast")).to_contain_text("Your account is deleted.")
    assert server.request(f"{API}/auth/session-check", headers=who.headers).status == 401
    assert heard.asked("/api/v1/user") != []


def test_a_mailed_code_signs_in_on_the_page_and_brings_the_chat(page: Page, server: Gunicorn, heard: Recording) -> None:
    email = f"{uuid.uuid4().hex}@example.org"
    page.goto(server.url)
    part(page, "launcher").click()
    ask(page)
    ask_for_mail(page, email)
    view = part(page, "dialog")
    field = view.get_by_label("Code")
    expect(field).to_be_focused()
    code = mailed_code(server, email)
    field.fill(f"{(int(code) + 1) % 10**6:06}")
    field.press("Enter")
    expect(part(page, "toast")).to_contain_text("This code is wrong")
    # As a mail program may copy it.
    field.fill("")
    page.keyboard.insert_text(f"Code: {code[:3]} {code[3:]}")
    field.press("Enter")
    expect(part(page, "account")).to_have_attribute("title", re.compile(email))
    expect(view).to_be_hidden()
    expect(part(page, "toast")).to_contain_text("Your chat came along.")
    expect(part(page, "message-assistant")).to_have_count(1)
    assert [line for line in heard.complaints if "401" not in line] == []


def test_a_reader_who_met_the_limit_signs_in_and_asks_on(page: Page, server: Gunicorn) -> None:
    email = f"{uuid.uuid4().hex}@example.org"
    limit(page, "**/chat/stream", 600, times=1)
    page.goto(server.url)
    part(page, "launcher").click()
    part(page, "input").fill(QUESTION)
    part(page, "input").press("Enter")
    part(page, "toast").get_by_role("button", name="Sign in").click()
    view = part(page, "dialog")
    expect(view).to_contain_text("Sign in to ask more questions a minute.")
    send_mail(page, email)
    view.get_by_label("Code").fill(mailed_code(server, email))
    view.get_by_role("button", name="Sign in").click()
    expect(part(page, "account")).to_have_attribute("title", re.compile(email))
    expect(part(page, "input")).to_have_value(QUESTION)
    part(page, "input").press("Enter")
    expect(part(page, "message-assistant").locator("[part~='citation']").first).to_be_visible()


def test_a_link_opened_in_another_tab_opens_what_came_along(page: Page, server: Gunicorn) -> None:
    email = f"{uuid.uuid4().hex}@example.org"
    page.goto(server.url)
    part(page, "launcher").click()
    ask(page)
    ask_for_mail(page, email)
    other = page.context.new_page()
    other.goto(mailed_link(server, email))
    other.get_by_role("button", name="Sign in to").click()
    expect(part(other, "toast")).to_contain_text("Your chat came along.")
    expect(part(other, "message-assistant")).to_contain_text("--chatkit-accent")


def test_a_reader_may_leave_the_conversation_behind(page: Page, server: Gunicorn) -> None:
    email = f"{uuid.uuid4().hex}@example.org"
    # On a phone.
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(server.url)
    part(page, "launcher").click()
    choose(page, "account")
    # Nothing was asked yet.
    expect(part(page, "dialog").get_by_role("checkbox")).to_have_count(1)
    page.keyboard.press("Escape")
    ask(page)
    other = page.context.new_page()
    other.goto(server.url)
    part(other, "launcher").click()
    ask(other, OTHER)
    ask_for_mail(page, email, along=False)
    field = part(page, "dialog").get_by_label("Code")
    field.fill(mailed_code(server, email))
    field.press("Enter")
    expect(part(page, "account")).to_have_attribute("title", re.compile(email))
    for tab in (page, other):
        expect(part(tab, "message")).to_have_count(0)
    open_chats(page)
    expect(part(page, "dialog")).to_contain_text("There is nothing here.")


def test_a_session_that_ends_while_searching_is_said_and_leaves_nothing_to_the_next_reader(
    page: Page, server: Gunicorn
) -> None:
    who = signed_in(page, server)
    ask(page)
    part(page, "panel").get_by_role("button", name="New chat").click()
    recent = part(page, "panel").get_by_role("list", name="Recent")
    expect(recent).to_contain_text(QUESTION)
    assert server.request(f"{API}/auth/logout", "POST", headers=who.headers).status == 204
    part(page, "input").fill("port")
    expect(part(page, "toast")).to_contain_text("Your session has ended.")
    email = f"{uuid.uuid4().hex}@example.org"
    ask_for_mail(page, email)
    field = part(page, "dialog").get_by_label("Code")
    field.fill(mailed_code(server, email))
    field.press("Enter")
    expect(part(page, "account")).to_have_attribute("title", re.compile(email))
    expect(part(page, "input")).to_have_value("")
    expect(recent).to_have_count(0)
    assert QUESTION not in page.evaluate(STORED)


def test_the_mail_can_be_sent_again_after_a_while_or_elsewhere(page: Page, server: Gunicorn) -> None:
    email = f"{uuid.uuid4().hex}@example.org"
    page.clock.install()
    page.goto(server.url)
    part(page, "launcher").click()
    ask_for_mail(page, email)
    view = part(page, "dialog")
    again = view.get_by_role("button", name="Send again")
    expect(again).to_be_hidden()
    page.clock.fast_forward(30_000)
    with page.expect_response("**/auth/resend-verification"):
        again.click()
    expect(again).to_be_hidden()
    view.get_by_role("button", name="Use another address").click()
    expect(view.get_by_label("E-mail")).to_have_value(email)


def test_the_owners_page_about_what_is_kept_is_linked(page: Page, server: Gunicorn) -> None:
    snippet = readme_snippet(server.url).replace("<chatkit-widget>", '<chatkit-widget privacy-url="/privacy">')
    with site(document(snippet), port=ALLOWED_PORT) as host:
        page.goto(host.origin)
        part(page, "launcher").click()
        choose(page, "account")
        link = part(page, "dialog").get_by_role("link", name="What is kept, and how long")
        expect(link).to_have_attribute("href", f"{host.origin}/privacy")
        page.locator("chatkit-widget").evaluate("widget => widget.setAttribute('privacy-url', 'javascript:alert(1)')")
        page.keyboard.press("Escape")
        choose(page, "account")
        expect(part(page, "dialog").get_by_label("E-mail")).to_be_visible()
        expect(link).to_have_count(0)


def test_views_that_cannot_be_loaded_say_so_and_load_when_asked_again(page: Page, server: Gunicorn) -> None:
    page.route("**/chatkit-views.js*", lambda route: route.abort(), times=1)
    page.goto(server.url)
    part(page, "launcher").click()
    choose(page, "account")
    part(page, "toast").filter(has_text="This part did not load.").get_by_role("button", name="Try again").click()
    expect(part(page, "dialog").get_by_label("E-mail")).to_be_visible()


def test_the_page_of_a_mailed_link_speaks_the_browsers_language(browser: Browser, server: Gunicorn) -> None:
    context = browser.new_context(locale="ar-EG")
    page = context.new_page()
    page.goto(f"{server.url}/signin#token=abc")
    expect(page.get_by_role("heading")).to_have_text("تسجيل الدخول")
    expect(page.get_by_role("button")).to_contain_text("127.0.0.1")
    assert page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == ["ar-EG", "rtl"]
    context.close()
