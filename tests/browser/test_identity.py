"""A page that knows its reader signs them in and out, and nothing of it happens before the reader comes near."""

import re
import time
import uuid

from joserfc import jwt
from joserfc.jwk import OctKey
from playwright.sync_api import Page, expect

from tests.browser.conftest import IDENTITY
from tests.browser.sites import NOTICE, Recording
from tests.browser.test_widget import part, signed_in
from tests.browser.waiting import defined
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
    claims |= {"iat": now, "exp": now + 120, "email": f"{subject}@example.com"}
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET_KEY))


def test_a_page_signs_its_reader_in_when_they_come_near_and_out(page: Page, server: Gunicorn, heard: Recording) -> None:
    ada = uuid.uuid4().hex
    page.goto(server.url)
    defined(page)
    page.evaluate(SET, _token(ada))
    assert [sent for sent in heard.requests if "/auth/" in sent] == []
    part(page, "launcher").click()
    expect(part(page, "account")).to_have_attribute("title", re.compile(f"{ada}@example.com"))
    assert page.evaluate("localStorage.length") == 1
    # The page's word stays good for as long as the session: nothing is asked for again.
    page.reload()
    expect(part(page, "account")).to_have_attribute("title", re.compile(f"{ada}@example.com"))
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
