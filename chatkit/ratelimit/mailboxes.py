"""Mailboxes: which e-mail addresses reach the same one.

A provider that lets a reader invent addresses would otherwise give them as many readers' limits. What only
the owner of a domain knows, such as that Google keeps its mail, no address tells; docs/limits.md says so.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

# The domains of one mailbox -> the one that it is counted under.
SAME_MAILBOX: Mapping[str, str] = MappingProxyType(
    {
        "googlemail.com": "gmail.com",
        "me.com": "icloud.com",
        "mac.com": "icloud.com",
        "protonmail.com": "proton.me",
        "protonmail.ch": "proton.me",
        "pm.me": "proton.me",
        "ya.ru": "yandex.ru",
        **dict.fromkeys(("yandex.com", "yandex.by", "yandex.kz", "yandex.ua"), "yandex.ru"),
    }
)
# What a provider does not look at in the name of a mailbox.
IGNORED: Mapping[str, str] = MappingProxyType({"gmail.com": ".", "proton.me": "._-", "yandex.ru": ".-"})
# No name at Yahoo holds a hyphen; what follows one is the keyword of a disposable address.
YAHOO = re.compile(r"(?:yahoo\.(?:com\.|co\.)?[a-z]+|ymail\.com|rocketmail\.com|myyahoo\.com)")
# Fastmail delivers `anything@reader.fastmail.com` to `reader@fastmail.com`.
FASTMAIL = re.compile(r"([^.]+)\.(fastmail\.(?:com|fm))")


def normalize_email(email: str) -> str:
    """Return the mailbox that an e-mail address is counted as, whatever its provider's spelling of it.

    Mail to `reader+anything@…` reaches `reader@…` at nearly every provider that has the sign at all.
    """
    local, _, host = email.strip().casefold().rpartition("@")
    host = _ascii(host.rstrip("."))
    host = SAME_MAILBOX.get(host, host)
    if found := FASTMAIL.fullmatch(host):
        return f"{found[1]}@{found[2]}"
    # A name that begins with the sign has nothing before it.
    local = local.partition("+")[0] or local
    if YAHOO.fullmatch(host):
        local = local.partition("-")[0] or local
    kept = local.translate(dict.fromkeys(map(ord, IGNORED.get(host, ""))))
    return f"{kept or local}@{host}"


def _ascii(host: str) -> str:
    """Return a domain as DNS has it, `xn--…` for letters beyond ASCII; as it stands when it is no domain."""
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return host
