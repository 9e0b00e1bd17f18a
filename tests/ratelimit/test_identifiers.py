"""Identifiers: whom a hit counts against."""

import pytest
from flask import Flask

from chatkit.ratelimit.identifiers import (
    Requester,
    identifier,
    identifiers_of,
    normalize_address,
    normalize_email,
)
from chatkit.ratelimit.policies import Scope

SIGNED_IN = Requester(account_id=5, tier="full")


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("not an address", "unknown"),
        (None, "unknown"),
    ],
)
def test_what_an_address_is_counted_as(address: str | None, counted: str) -> None:
    assert normalize_address(address) == counted


@pytest.mark.parametrize(
    ("email", "counted"),
    [
        ("Reader@Example.com", "reader@example.com"),
        ("reader+news@example.com", "reader@example.com"),
        ("first.last@example.com", "first.last@example.com"),
        ("first.last+news@gmail.com", "firstlast@gmail.com"),
        ("first.last@googlemail.com", "firstlast@googlemail.com"),
        ("no address", "@no address"),
    ],
)
def test_what_an_email_address_is_counted_as(email: str, counted: str) -> None:
    assert normalize_email(email) == counted


@pytest.mark.parametrize(
    ("scope", "requester", "found"),
    [
        ("account", SIGNED_IN, "account:5"),
        ("account", Requester(session_id="abc"), None),
        ("session", Requester(session_id="abc"), "session:abc"),
        ("session", SIGNED_IN, None),
        ("recipient", SIGNED_IN, None),
        ("address", SIGNED_IN, "address:192.0.2.1"),
        ("site", Requester(), "site"),
    ],
)
def test_a_scope_says_whom_a_hit_counts_against(scope: Scope, requester: Requester, found: str | None) -> None:
    assert identifier(scope, requester, "192.0.2.1") == found


def test_a_recipient_is_kept_as_a_hash_of_the_mailbox(plain_app: Flask) -> None:
    with plain_app.app_context():
        one, same, other = (
            identifier("recipient", Requester(recipient=email), None)
            for email in ("reader@example.com", "Reader+news@example.com", "other@example.com")
        )
    assert one == same != other
    assert one is not None
    assert "reader" not in one


def test_a_requesters_own_identifiers_are_neither_an_address_nor_the_site(plain_app: Flask) -> None:
    with plain_app.app_context():
        own = identifiers_of(Requester(account_id=5, session_id="abc", recipient="reader@example.com"))
    assert [each.partition(":")[0] for each in own] == ["account", "session", "recipient"]
