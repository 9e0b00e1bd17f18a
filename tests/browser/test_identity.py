"""A page that knows its reader signs them in and out, and nothing of it happens before the reader comes near."""

import re
import time
import uuid

from joserfc import jwt
from joserfc.jwk import OctKey
from playwright.sync_api import APIResponse, Page, Route, expect

from tests.browser.conftest import IDENTITY
from tests.browser.sites import NOTICE, Recording
from tests.browser.test_widget import ask, choose, part, signed_in
from tests.browser.waiting import becomes, defined, drawn
from tests.factories import SECRET_KEY
from tests.servers import Gunicorn

SET = "token => document.querySelector('chatkit-widget').setIdentity(token && (() => token))"


def _token(subject: str) -> str:
    now = int(time.time())
    claims: dict[str, object] = {
        "iss": IDENTITY["IDENTITY_ISSUER"],
        "aud": "chatkit",
        "sub": subject,
        "jti": str(uuid.uuid4()),
    }
    claims |= {"iat": now, "exp": now + 120, "name": f"Reader {subject}"}
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET_KEY))


def test_a_page_signs_its_reader_in_when_they_come_near_and_out(page: Page, server: Gunicorn, heard: Recording) -> None:
    ada = uuid.uuid4().hex
    page.goto(server.url)
    defined(page)
    page.evaluate(SET, _token(ada))
    assert [sent for sent in heard.requests if "/auth/" in sent] == []
    part(page, "launcher").click()
    expect(part(page, "account")).to_have_attribute("title", re.compile(f"Reader {ada}"))
    assert page.evaluate("localStorage.length") == 1
    # The page's word stays good for as long as the session: nothing is asked for again.
    page.reload()
    expect(part(page, "account")).to_have_attribute("title", re.compile(f"Reader {ada}"))
    page.evaluate(SET, None)
    expect(part(page, "account")).to_have_attribute("title", "Sign in")
    assert sum("/auth/identity" in sent for sent in heard.requests) == 1
    assert [line for line in heard.console if NOTICE not in line] == []


def test_a_reader_who_signed_in_by_mail_stays(page: Page, server: Gunicorn) -> None:
    who = signed_in(page, server)
    page.evaluate(SET, _token("other"))
    page.evaluate(SET, None)
    page.reload()
    expect(part(page, "account")).to_have_attribute("title", re.compile(re.escape(who.email)))


def test_what_is_being_saved_for_one_reader_is_not_shown_as_saved_to_the_next(page: Page, server: Gunicorn) -> None:
    ada, ben = uuid.uuid4().hex, uuid.uuid4().hex
    page.goto(server.url)
    defined(page)
    page.evaluate(SET, _token(ada))
    part(page, "launcher").click()
    expect(part(page, "account")).to_have_attribute("title", re.compile(f"Reader {ada}"))
    ask(page)
    # It is saved at once; only its answer comes late.
    held = list[tuple[Route, APIResponse]]()
    page.route(re.compile("/chat/save$"), lambda route: held.append((route, route.fetch())))
    choose(page, "save")
    # What is held is held while the page is spoken to.
    becomes(lambda: [page.evaluate("null"), len(held)], [None, 1])
    page.evaluate(SET, _token(ben))
    expect(part(page, "account")).to_have_attribute("title", re.compile(f"Reader {ben}"))
    expect(part(page, "message-user")).to_have_count(0)
    with page.expect_response("**/chat/save") as saved:
        route, answer = held[0]
        route.fulfill(response=answer)
    assert saved.value.status == 200
    saved.value.finished()
    drawn(page)
    part(page, "more").click()
    expect(part(page, "save")).to_have_text("Save this chat")
