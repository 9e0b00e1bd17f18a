"""Accounts of readers whom somebody else has identified: the site that they read, or a provider of OpenID Connect.

An account belongs to an issuer and what it calls the reader. It is the account of their e-mail address, made by mail or
not, only where the issuer says that the address is verified and the owner trusts its word on that. Otherwise it is an
account of its own, whatever address is said: a forged or a shared one opens nobody else's.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import ColumnElement, select, update

from chatkit.auth.models import ReaderIdentity, User
from chatkit.auth.profile import host_of
from chatkit.auth.service import DISABLED, find_or_create_account
from chatkit.database.orm import database_now, db, upsert
from chatkit.errors import Forbidden
from chatkit.hashing import keyed_hash
from chatkit.web.payloads import EMAIL

MAX_NAME, MAX_EMAIL = 180, 254
# So many digits that no two people of one site have the same, whom it gives one address.
MAX_SUBJECT, HASH_DIGITS = 255, 12
# What people call themselves is shown on a line, and no longer.
MAX_SHOWN = 80
# What no database stores, or no line shows.
CONTROL = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True)
class Identity:
    """Who a reader is by the word of an issuer; ``email``, in lower case, and ``name`` are empty where it says none."""

    issuer: str
    subject: str
    email: str
    email_verified: bool
    name: str

    @classmethod
    def of_claims(cls, issuer: str, subject: str, claims: Mapping[str, Any]) -> Self:
        """Return who a reader is by what an issuer claims."""
        # As true alone: a text that says so may come from anywhere.
        is_verified = claims.get("email_verified") is True
        return cls(issuer, subject, stated_email(claims), is_verified, stated_name(claims))


@dataclass(frozen=True)
class IdentifiedAccount:
    """The account of an identity, by its number and the address, or the name in place of one, that it is known by."""

    id: int
    email: str
    tier: str
    is_new: bool


def stated_email(claims: Mapping[str, Any]) -> str:
    """Return the address that claims name, in lower case; empty for none, and for one that is not ASCII.

    Some letters beyond ASCII have one within it as their lower case, so another's address would come of them.
    """
    email = claims.get("email")
    return email.strip().lower() if isinstance(email, str) and email.isascii() else ""


def stated_name(claims: Mapping[str, Any]) -> str:
    """Return the name that claims give, on one line of what can be seen; empty for none.

    What turns the direction of writing, or shows nothing, is left out with whatever else no line shows.
    """
    name = claims.get("name")
    if not isinstance(name, str):
        return ""
    words = "".join(letter if letter.isprintable() else " " for letter in name[: 4 * MAX_SHOWN]).split()
    return " ".join(words)[:MAX_SHOWN].rstrip()


def is_subject(text: object) -> bool:
    """Tell whether an issuer may call somebody so."""
    return isinstance(text, str) and 1 <= len(text) <= MAX_SUBJECT and CONTROL.search(text) is None


def account_of(identity: Identity, trusts_email: bool) -> IdentifiedAccount:
    """Return the account of an identity, made where there is none; the caller commits.

    ``trusts_email`` tells that the issuer's word on an address is taken. Raises ``Forbidden`` for an account that the
    owner has disabled.
    """
    if (known := _find(identity)) is not None:
        renamed = update(ReaderIdentity).where(*_is_of(identity), ReaderIdentity.name != identity.name)
        db.session.execute(renamed.values(name=identity.name), execution_options={"synchronize_session": False})
        return known
    if trusts_email and identity.email_verified and _is_address(identity.email):
        name = identity.email
    else:
        name = _own_name(identity)
    account_id, tier, is_new = find_or_create_account(name, None)
    values = {"issuer": identity.issuer, "subject": identity.subject, "name": identity.name, "user_id": account_id}
    row = upsert(ReaderIdentity).values(values | {"created_at": database_now()})
    db.session.execute(row.on_conflict_do_nothing(index_elements=["issuer", "subject"]))
    # Of two first sign-ins at once, both are of the account that one of them has written.
    return _find(identity) or IdentifiedAccount(account_id, name, tier, is_new)


def _find(identity: Identity) -> IdentifiedAccount | None:
    """Return the account of an identity; raise ``Forbidden`` where it is disabled."""
    columns = select(User.id, User.email, User.tier, User.disabled_at).join(ReaderIdentity)
    found = db.session.execute(columns.where(*_is_of(identity), User.deleted_at.is_(None))).one_or_none()
    if found is None:
        return None
    if found.disabled_at is not None:
        raise Forbidden(DISABLED, "account_disabled")
    return IdentifiedAccount(found.id, found.email, found.tier, is_new=False)


def _is_of(identity: Identity) -> tuple[ColumnElement[bool], ...]:
    return ReaderIdentity.issuer == identity.issuer, ReaderIdentity.subject == identity.subject


def _own_name(identity: Identity) -> str:
    """Return what stands in place of an address: what the issuer says, by whose word, and a few digits of its own.

    The spaces and brackets in it are in no address that mail reaches, so no sign-up by mail ever finds the account.
    """
    said = (identity.email if _is_address(identity.email) else identity.subject)[:MAX_NAME]
    own = keyed_hash(f"{identity.issuer}\n{identity.subject}")[:HASH_DIGITS]
    # In lower case like every address, since that is how the owner's commands look for one.
    return f"{said} ({host_of(identity.issuer)[:40]}, {own})".lower()


def _is_address(email: str) -> bool:
    return len(email) <= MAX_EMAIL and EMAIL.fullmatch(email) is not None
