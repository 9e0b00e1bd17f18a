"""Accounts, their sessions, and the requests to sign in."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text, true
from sqlalchemy.orm import Mapped, mapped_column

from chatkit.database.orm import Model, UtcDateTime, utcnow

TIERS = ("lightweight", "full", "premium")


class User(Model):
    """An account: an address that proved itself by opening a mailed link.

    ``saved_chats`` and ``saved_bytes`` count what it has saved, in the transaction of each save and deletion. From
    ``deleted_at`` on the account is as if it were gone; its rows follow in batches.
    """

    __tablename__ = "users"
    # An id is never given twice: limits are kept by it.
    __table_args__ = (
        CheckConstraint(f"tier IN {TIERS}", name="tier"),
        Index(
            "ix_users_deleted_at",
            "deleted_at",
            sqlite_where=text("deleted_at IS NOT NULL"),
            postgresql_where=text("deleted_at IS NOT NULL"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    tier: Mapped[str] = mapped_column(String(16), default="lightweight")
    consent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    # The owner has shut the person out: no link signs in, no session is good.
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    saved_chats: Mapped[int] = mapped_column(default=0, server_default="0")
    saved_bytes: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SessionToken(Model):
    """One token of one sign-in. Rotation adds a row to the same family; the family is the sign-in."""

    __tablename__ = "sessions"
    # Few sessions are revoked, and what is not costs no place in this index.
    __table_args__ = (
        Index(
            "ix_sessions_revoked_at",
            "revoked_at",
            sqlite_where=text("revoked_at IS NOT NULL"),
            postgresql_where=text("revoked_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    family_id: Mapped[str] = mapped_column(String(32), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    device_name: Mapped[str] = mapped_column(String(80), default="")
    signed_in_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow, index=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    rotated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # What its one successor is derived with, and whether a successor has been used, as who refreshed shows by going on.
    successor_salt: Mapped[str | None] = mapped_column(String(32))
    is_used: Mapped[bool] = mapped_column(default=True, server_default=true())
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ReaderIdentity(Model):
    """What an issuer, such as the site or a provider of OpenID Connect, calls the person of an account."""

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    issuer: Mapped[str] = mapped_column(String(500))
    subject: Mapped[str] = mapped_column(String(255))
    # As it said when the person signed in last; empty where it does not say.
    name: Mapped[str] = mapped_column(String(80), default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)


class UsedToken(Model):
    """A site's token that has signed in, by a hash of its issuer and its id; until it would have expired anyway."""

    __tablename__ = "used_tokens"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class VerificationToken(Model):
    """A request to sign in. Its token is made when the mail is sent; only the hash is kept."""

    __tablename__ = "verification_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), index=True)
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    consent_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    migrate_session: Mapped[str | None] = mapped_column(String(36))
    return_to: Mapped[str | None] = mapped_column(String(2000))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow, index=True)
    # The code of the same mail: good only for the browser that asked, and for five tries.
    browser_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    code_hash: Mapped[str | None] = mapped_column(String(64))
    code_tries: Mapped[int] = mapped_column(default=0, server_default="0")
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    consumed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
