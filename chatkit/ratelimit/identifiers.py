"""Identifiers: whom a hit counts against, such as ``address:192.0.2.7`` or ``account:`` and a hash."""

from dataclasses import dataclass

from chatkit.hashing import keyed_hash
from chatkit.ratelimit.mailboxes import normalize_email
from chatkit.ratelimit.policies import Scope
from chatkit.web.addresses import normalize_address, normalize_network


@dataclass(frozen=True)
class Requester:
    """Who makes a request: an account with its tier, or an anonymous session.

    ``account`` is the e-mail address of the account: counted by its mailbox, a new account of the same person goes on
    where the old one stopped. ``recipient`` is the address a request would send mail to, known or not.
    """

    account: str | None = None
    tier: str | None = None
    session_id: str | None = None
    recipient: str | None = None


def identifier(scope: Scope, requester: Requester, address: str | None) -> str | None:
    """Return what a hit of this scope counts against; None when the request has nothing of the kind."""
    match scope:
        case "account":
            return _of_mailbox(scope, requester.account)
        case "session":
            return f"session:{requester.session_id}" if requester.session_id is not None else None
        case "recipient":
            return _of_mailbox(scope, requester.recipient)
        case "address":
            return f"address:{normalize_address(address)}"
        case "network":
            # Of IPv4 nobody can tell how much one holder has, so the address says all.
            network = normalize_network(address)
            return f"network:{network}" if ":" in network else None
        case "site":
            return "site"


def identifiers_of(requester: Requester) -> list[str]:
    """Return every identifier that is the requester's own, so neither an address nor the site."""
    scopes: tuple[Scope, ...] = ("account", "session", "recipient")
    return [own for scope in scopes if (own := identifier(scope, requester, None)) is not None]


def _of_mailbox(scope: Scope, email: str | None) -> str | None:
    # Without the key, the table tells nobody who was sent mail.
    return None if email is None else f"{scope}:{keyed_hash(normalize_email(email))}"
