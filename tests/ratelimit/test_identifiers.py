"""Identifiers: whom a hit counts against."""

import pytest
from flask import Flask

from chatkit.ratelimit.identifiers import Requester, identifier, identifiers_of
from chatkit.ratelimit.policies import Scope

SIGNED_IN = Requester(account="reader@example.com", tier="full")


@pytest.mark.parametrize(
    ("scope", "requester", "found"),
    [
        ("account", Requester(session_id="abc"), None),
        ("session", Requester(session_id="abc"), "session:abc"),
        ("session", SIGNED_IN, None),
        ("recipient", SIGNED_IN, None),
        ("address", SIGNED_IN, "address:192.0.2.1"),
        ("network", SIGNED_IN, None),
        ("site", Requester(), "site"),
    ],
)
def test_a_scope_says_whom_a_hit_counts_against(scope: Scope, requester: Requester, found: str | None) -> None:
    assert identifier(scope, requester, "192.0.2.1") == found


@pytest.mark.parametrize("scope", ["recipient", "account"])
def test_a_mailbox_is_kept_as_a_hash(plain_app: Flask, scope: Scope) -> None:
    with plain_app.app_context():
        one, same, other = (
            identifier(scope, Requester(account=email, recipient=email), None)
            for email in ("reader@example.com", "Reader+news@example.com", "other@example.com")
        )
    assert one == same != other
    assert one is not None
    assert "reader" not in one


def test_a_requesters_own_identifiers_are_neither_an_address_nor_the_site(plain_app: Flask) -> None:
    with plain_app.app_context():
        own = identifiers_of(Requester(account="reader@example.com", session_id="abc", recipient="reader@example.com"))
    assert [each.partition(":")[0] for each in own] == ["account", "session", "recipient"]
