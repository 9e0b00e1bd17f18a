"""What happens to accounts, announced to whatever `create_app` connects; this package does not know who counts it."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from flask import Flask, current_app

# Takes an event's name, whose it is (None for nobody's), and its data, and stores them in the caller's transaction.
Listener = Callable[[str, int | None, dict[str, Any]], object]


class AuthEvent(StrEnum):
    """What this package announces."""

    SIGNUP = "signup"
    EMAIL_VERIFIED = "email_verified"
    IDENTIFIED = "identity_sign_in"
    SESSION_MIGRATED = "session_migrated"
    LOGOUT = "logout"
    ACCOUNT_DELETED = "account_deleted"


def init_app(app: Flask, listener: Listener) -> None:
    """Let ``listener`` hear of every event of an application."""
    app.extensions["chatkit_auth_events"] = listener


def announce(event: AuthEvent, account_id: int | None = None, data: Mapping[str, Any] | None = None) -> None:
    """Tell the listener of an event, in the transaction of what happened; the caller commits."""
    listener: Listener = current_app.extensions["chatkit_auth_events"]
    listener(event.value, account_id, dict(data or {}))
