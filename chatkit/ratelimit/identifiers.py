"""Identifiers: whom a hit counts against, such as ``account:5`` or ``address:192.0.2.7``."""

import hashlib
import hmac
import ipaddress
from dataclasses import dataclass

from chatkit.config import settings
from chatkit.ratelimit.policies import Scope


@dataclass(frozen=True)
class Requester:
    """Who makes a request: an account with its tier, or an anonymous session.

    ``recipient`` is the e-mail address a request would send mail to, known or not.
    """

    account_id: int | None = None
    tier: str | None = None
    session_id: str | None = None
    recipient: str | None = None


def identifier(scope: Scope, requester: Requester, address: str | None) -> str | None:
    """Return what a hit of this scope counts against; None when the request has nothing of the kind."""
    match scope:
        case "account":
            return f"account:{requester.account_id}" if requester.account_id is not None else None
        case "session":
            return f"session:{requester.session_id}" if requester.session_id is not None else None
        case "recipient":
            if requester.recipient is None:
                return None
            return f"recipient:{_keyed_hash(normalize_email(requester.recipient))}"
        case "address":
            return f"address:{normalize_address(address)}"
        case "site":
            return "site"


def identifiers_of(requester: Requester) -> list[str]:
    """Return every identifier that is the requester's own, so neither an address nor the site."""
    scopes: tuple[Scope, ...] = ("account", "session", "recipient")
    return [own for scope in scopes if (own := identifier(scope, requester, None)) is not None]


def normalize_address(address: str | None) -> str:
    """Return a network address as it is counted: itself, or for IPv6 its /64, which one reader holds whole."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def normalize_network(address: str | None) -> str:
    """Return the network of an address where one holder may have many: itself, or for IPv6 its /48."""
    normal = normalize_address(address)
    if ":" not in normal:
        return normal
    return str(ipaddress.IPv6Network(normal).supernet(new_prefix=48))


def normalize_email(email: str) -> str:
    """Return the mailbox that an e-mail address is counted as.

    Mail to `reader+anything@…` reaches `reader@…`, and dots mean nothing to Gmail, so that neither
    makes another mailbox to fill.
    """
    local, _, host = email.lower().rpartition("@")
    local = local.partition("+")[0]
    if host in {"gmail.com", "googlemail.com"}:
        local = local.replace(".", "")
    return f"{local}@{host}"


def _keyed_hash(text: str) -> str:
    """Return a hash under SECRET_KEY: without it, the table tells nobody who was sent mail."""
    return hmac.new(settings().secret_key.encode(), text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
