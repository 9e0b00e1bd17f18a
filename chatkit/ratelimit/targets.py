"""Whom an operator means by what they write: an e-mail address, a network address, a session, or a stored key.

Raises ``ValueError`` with a sentence for what is none of these.
"""

import ipaddress
import re
from collections.abc import Callable

from flask import current_app

from chatkit.ratelimit import bans
from chatkit.ratelimit.identifiers import Requester, identifier, identifiers_of
from chatkit.ratelimit.policies import Scope
from chatkit.web.payloads import SESSION_ID

KEYS = "an e-mail address, a network address, the id of an anonymous session, or a key that `show` printed"


class UnknownAccount(ValueError):
    """What is written as an e-mail address is that of no account."""


def find_network_or_account(given: str) -> bans.Network | int:
    """Return the network or the account that is to be shut out or let in."""
    scope, _, rest = given.partition(":")
    if scope == "account" and re.fullmatch("[0-9]{1,18}", rest):
        return int(rest)
    if "@" in given:
        find_account: Callable[[str], int | None] = current_app.extensions["chatkit_find_account"]
        account_id = find_account(given.lower())
        if account_id is None:
            raise UnknownAccount(f"No account has the address {given}.")
        return account_id
    return bans.parse_network(rest if scope == "address" else given)


def find_identifiers(given: str) -> list[str]:
    """Return the identifiers that hits are counted under: one as it is stored, or those of an address or a session."""
    scope, _, rest = given.partition(":")
    if given == "site" or (rest and scope in {"account", "session", "recipient", "network"}):
        return [given]
    if "@" in given:
        return identifiers_of(Requester(account=given, recipient=given))
    if SESSION_ID.fullmatch(given):
        return identifiers_of(Requester(session_id=given.lower()))
    address = rest if scope == "address" else given
    try:
        # A network is how an IPv6 address is shown.
        address = str(ipaddress.ip_interface(address).ip)
    except ValueError:
        raise ValueError(f"{given!r} is none of: {KEYS}.") from None
    scopes: tuple[Scope, ...] = ("address", "network")
    return [key for each in scopes if (key := identifier(each, Requester(), address)) is not None]
