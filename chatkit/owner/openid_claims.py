"""Whether a provider of OpenID Connect says that somebody is an owner."""

from collections.abc import Mapping
from typing import Any

from chatkit.auth.identities import stated_email

NOT_AN_OWNER = (
    "The provider does not say that you may enter: it needs the claim that OIDC_OWNER_CLAIM names, and an e-mail "
    "address that it says is verified."
)


def owners_address(claims: Mapping[str, Any], wanted: str) -> str | None:
    """Return the verified address of who has the claim ``name=value``, one of several values maybe; None of others."""
    name, _, value = wanted.partition("=")
    found = claims.get(name)
    values = found if isinstance(found, list) else [found]
    # As text alone: true is not "true", lest a claim of another kind be taken for the one that is meant.
    has_claim = any(isinstance(each, str) and each == value for each in values)
    if not has_claim or claims.get("email_verified") is not True:
        return None
    return stated_email(claims) or None
