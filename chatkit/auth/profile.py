"""What readers are shown of who they are: the address that is theirs, or by whose word they are here, with a name."""

from urllib.parse import urlsplit

from sqlalchemy import select

from chatkit.auth.models import ReaderIdentity
from chatkit.config import settings
from chatkit.database.orm import db
from chatkit.web.payloads import EMAIL


def describe(account_id: int, email: str, tier: str) -> dict[str, str]:
    """Return the address and the tier of an account, and of one without an address its ``name`` and ``site``.

    The site, or the provider, is the one whose word the account was made by; the name is what it calls the person,
    empty where it does not say.
    """
    profile = {"email": email, "tier": tier}
    if EMAIL.fullmatch(email):
        return profile
    own = select(ReaderIdentity.issuer, ReaderIdentity.name).where(ReaderIdentity.user_id == account_id)
    found = db.session.execute(own.order_by(ReaderIdentity.id).limit(1)).one_or_none()
    return profile if found is None else profile | {"name": found.name, "site": _name_of_issuer(found.issuer)}


def host_of(issuer: str) -> str:
    """Return the host of an issuer, or what stands in place of its address."""
    return urlsplit(issuer).netloc or issuer


def _name_of_issuer(issuer: str) -> str:
    chosen = settings()
    return str(chosen.provider_name) if issuer == chosen.oidc_issuer else host_of(issuer)
