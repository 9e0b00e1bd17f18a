"""A reader signs in at a provider of OpenID Connect, or does not, and loses nothing on the way there and back."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from chatkit import create_app
from chatkit.auth.models import User
from chatkit.chat.models import SavedChat
from tests import factories
from tests.browser.sites import Recording
from tests.browser.test_accessibility import violations
from tests.browser.test_widget import ask, choose, part
from tests.conftest import DEFAULTS, dispose
from tests.openid_provider import CLIENT_ID, CLIENT_SECRET, OpenIdProvider, Person
from tests.servers import LOOPBACK, listening

QUESTION = "How often does the foghorn sound?"
CALLBACK = "/signin/oidc/callback"


@dataclass(frozen=True)
class _Site:
    """A site whose readers may sign in at a provider, which asks each of them."""

    url: str
    app: Flask


@pytest.fixture(scope="module")
def site(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Site]:
    """Serve such a site, and the provider on another host."""
    folder = tmp_path_factory.mktemp("openid")
    shutil.copyfile(sqlite_template, folder / "chatkit.db")
    person = Person("person-1", {"email": "ada@example.com", "name": "<b>Ada</b> Lovelace"})
    provider, made = OpenIdProvider(set(), person, asks=True), list[Flask]()

    def answer(*asked: Any) -> Any:
        return made[0](*asked)

    with listening(provider.application()) as at, listening(answer) as url:
        # So that the way to it and back is one between two sites.
        provider.issuer = at.replace(LOOPBACK, "localhost")
        provider.redirect_uris.add(f"{url}{CALLBACK}")
        settings = {"OIDC_ISSUER": provider.issuer, "OIDC_CLIENT_ID": CLIENT_ID, "OIDC_CLIENT_SECRET": CLIENT_SECRET}
        settings |= {"OIDC_NAME": "Example", "BASE_URL": url, "DATABASE_URL": f"sqlite:///{folder}/chatkit.db"}
        made.append(create_app({**DEFAULTS, **settings}))
        factories.index(made[0], folder / "guide")
        yield _Site(url, made[0])
        dispose(made[0])


def _go_to_the_provider(page: Page, site: _Site) -> None:
    """Ask a question, then begin to sign in."""
    page.goto(f"{site.url}/#ask")
    part(page, "launcher").click()
    ask(page, QUESTION)
    choose(page, "account")
    view = part(page, "dialog")
    view.get_by_label("Keep my address").check()
    view.get_by_role("button", name="Sign in with Example").click()
    expect(page).to_have_title("Example")


def test_a_reader_signs_in_at_the_provider_and_goes_on(page: Page, site: _Site, heard: Recording) -> None:
    _go_to_the_provider(page, site)
    page.get_by_role("button", name="Sign in").click()
    expect(part(page, "toast")).to_contain_text("Signed in as <b>Ada</b> Lovelace. Your chat came along.")
    expect(part(page, "account")).to_have_attribute("title", "My data: <b>Ada</b> Lovelace")
    expect(part(page, "message-user")).to_contain_text(QUESTION)
    expect(part(page, "message-assistant")).to_contain_text("thirty seconds")
    # Nothing of the way is left in the address, and what was asked before is in the account.
    expect(page).to_have_url(f"{site.url}/#ask")
    assert (factories.count(site.app, User), factories.count(site.app, SavedChat)) == (1, 1)
    assert heard.complaints == []


def test_a_reader_who_cancels_at_the_provider_goes_on_without_an_account(page: Page, site: _Site) -> None:
    accounts = factories.count(site.app, User)
    _go_to_the_provider(page, site)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("alert")).to_have_text(
        "You were not signed in: you cancelled, or the provider did not let you in. "
        "Begin again on the page that you came from."
    )
    assert violations(page) == []
    page.get_by_role("link", name="Back to the page").click()
    expect(page).to_have_url(f"{site.url}/#ask")
    expect(part(page, "account")).to_have_attribute("title", "Sign in")
    expect(part(page, "message-user")).to_contain_text(QUESTION)
    assert factories.count(site.app, User) == accounts
