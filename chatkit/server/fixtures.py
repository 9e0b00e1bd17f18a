"""Test users, and the fixtures of test mode. Every row of theirs belongs to an address of one domain."""

import secrets
from datetime import timedelta

from sqlalchemy import delete, func, insert, select

from chatkit.analytics import service as analytics
from chatkit.auth.models import SessionToken, User, VerificationToken
from chatkit.auth.service import ANY_BROWSER
from chatkit.config import settings
from chatkit.database.orm import db, upsert, utcnow
from chatkit.errors import SettingsError
from chatkit.hashing import keyed_hash
from chatkit.mail import service as mail
from chatkit.ratelimit import limiter
from chatkit.ratelimit.identifiers import Requester, identifiers_of

DOMAIN = "@integration.local"
FIXTURE_EMAIL = f"test{DOMAIN}"
FIXTURE_SESSION = "integration-test-session-token-12345"
FIXTURE_VERIFICATION = "integration-test-verification-token-67890"


def prepare_database() -> None:
    """Make missing fixtures and empty the analytics in test mode; else refuse a database that holds test users.

    Raises ``SettingsError``, since everybody knows the tokens of the fixtures.
    """
    if settings().test_mode:
        analytics.delete_all()
        add_fixtures()
        db.session.commit()
    else:
        refuse_in_production()


def refuse_in_production() -> None:
    """Refuse a database that holds test users where this is no test server; changes nothing."""
    if not settings().test_mode and db.session.scalar(select(func.count()).where(User.email.endswith(DOMAIN))):
        remedy = "Run `flask seed-users --remove`, or set INTEGRATION_TEST_MODE=true for a test server."
        raise SettingsError([f"The database holds test users, whose tokens are public. {remedy}"])


def remove_users() -> int:
    """Delete every test user, the fixture too, with all that is theirs; return how many. The caller commits."""
    db.session.execute(delete(VerificationToken).where(VerificationToken.email.endswith(DOMAIN)))
    mail.erase_domain(DOMAIN)
    gone = db.session.scalars(delete(User).where(User.email.endswith(DOMAIN)).returning(User.email)).all()
    for email in gone:
        limiter.clear(identifiers_of(Requester(account=email, recipient=email)))
    return len(gone)


def add_fixtures() -> None:
    """Make what is missing of the user, the session and the verification token that the contract names.

    The times of the tokens run anew. Two servers may do it at once. The caller commits.
    """
    now = utcnow()
    user = upsert(User).values(email=FIXTURE_EMAIL, tier="lightweight", consent_at=now, verified_at=now, created_at=now)
    db.session.execute(user.on_conflict_do_nothing(index_elements=["email"]))
    user_id = db.session.scalar(select(User.id).where(User.email == FIXTURE_EMAIL).with_for_update())
    db.session.execute(delete(SessionToken).where(SessionToken.token_hash == keyed_hash(FIXTURE_SESSION)))
    _add_session(user_id, FIXTURE_SESSION)
    db.session.execute(
        delete(VerificationToken).where(VerificationToken.token_hash == keyed_hash(FIXTURE_VERIFICATION))
    )
    db.session.execute(
        insert(VerificationToken).values(
            email=FIXTURE_EMAIL,
            token_hash=keyed_hash(FIXTURE_VERIFICATION),
            browser_hash=keyed_hash(ANY_BROWSER),
            consent_at=now,
            created_at=now,
            expires_at=now + timedelta(minutes=10),
        )
    )


def add_user(email: str, token: str) -> None:
    """Add a user with a session of this token. The caller commits."""
    now = utcnow()
    values = {"email": email, "tier": "lightweight", "consent_at": now, "verified_at": now, "created_at": now}
    _add_session(db.session.execute(insert(User).returning(User.id), values).scalar_one(), token)


def _add_session(user_id: int | None, token: str) -> None:
    now = utcnow()
    db.session.execute(
        insert(SessionToken).values(
            user_id=user_id,
            family_id=secrets.token_hex(16),
            token_hash=keyed_hash(token),
            device_name="Test",
            signed_in_at=now,
            last_seen_at=now,
            expires_at=now + timedelta(hours=24),
        )
    )
