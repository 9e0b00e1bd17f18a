"""Everything about a person: out as one document, or gone from every table."""

from sqlalchemy import delete, select

from chatkit.analytics import service as analytics
from chatkit.auth.models import Session, User, VerificationToken
from chatkit.auth.sessions import Caller
from chatkit.chat import content_gaps, feedback, saved_chats, transcripts
from chatkit.database.orm import db
from chatkit.mail import service as mail
from chatkit.personalize import service as personalize
from chatkit.ratelimit import limiter
from chatkit.ratelimit.limiter import Requester


def export(caller: Caller) -> dict[str, object]:
    """Return every row about the person, without what only a browser may know: tokens, codes and session ids."""
    user = db.session.get_one(User, caller.account_id)
    asked = select(VerificationToken).where(VerificationToken.email == user.email).order_by(VerificationToken.id)
    signed_in = select(Session).where(Session.user_id == user.id).order_by(Session.id)
    return {
        "user": {
            "email": user.email,
            "tier": user.tier,
            "consent_at": user.consent_at,
            "verified_at": user.verified_at,
            "created_at": user.created_at,
        },
        "sessions": [
            {
                "id": row.family_id,
                "device_name": row.device_name,
                "created_at": row.signed_in_at,
                "last_seen_at": row.last_seen_at,
                "expires_at": row.expires_at,
                "rotated_at": row.rotated_at,
                "revoked_at": row.revoked_at,
            }
            for row in db.session.scalars(signed_in)
        ],
        "sign_in_requests": [
            {
                "created_at": row.created_at,
                "consent_at": row.consent_at,
                "return_to": row.return_to,
                "expires_at": row.expires_at,
                "consumed_at": row.consumed_at,
            }
            for row in db.session.scalars(asked)
        ],
        "saved_chats": saved_chats.export(user.id),
        "messages": transcripts.export(user.id),
        "feedback": feedback.export(user.id),
        "gaps": content_gaps.export(user.id),
        "preferences": personalize.stated(user.id),
        "analytics_events": analytics.export(user.id),
        "mails": mail.export(user.email),
        "rate_limits": [{"action": window.action, "hits": window.hits} for window in limiter.windows(_keys(caller))],
    }


def remove(caller: Caller) -> None:
    """Delete the account and every row about the person, and commit.

    Sessions, saved chats, messages and events go with the account by their foreign keys.
    """
    limiter.reset(_keys(caller))
    db.session.execute(delete(VerificationToken).where(VerificationToken.email == caller.email))
    mail.forget(caller.email)
    db.session.execute(delete(User).where(User.id == caller.account_id))
    analytics.record("account_deleted")
    db.session.commit()


def _keys(caller: Caller) -> list[str]:
    """Return what a person is counted by, also as the anonymous readers they were when they asked to sign in."""
    before = select(VerificationToken.migrate_session).where(VerificationToken.email == caller.email).distinct()
    readers = [Requester(session_id=session_id) for session_id in db.session.scalars(before)]
    me = Requester(account_id=caller.account_id, recipient=caller.email)
    return [key for requester in (me, *readers) for key in limiter.keys(requester)]
