"""What goes wrong in the room, as a page that says what happened and what to do.

It holds for every address at `/owner` and below, whether a view, a hook or nothing at all was reached.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple

from flask import Flask, Response, g, make_response, render_template, request
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from chatkit import errors
from chatkit.config import settings
from chatkit.errors import ApiError, Unauthorized
from chatkit.owner import guard
from chatkit.web import concurrency

# One word that is no longer is typed again as soon as it is copied.
SHORT = 64


class Words(NamedTuple):
    """The heading of a page, what to do, and what happened where the error does not say that to people."""

    heading: str
    remedy: str
    happened: str = ""


AWAY = Words("Not just now", "Then go back, or reload this page.")
BY_CODE: Mapping[str, Words] = {
    "unauthorized": Words(
        "Signed out",
        "Sign in, and do it again. Nothing was changed here.",
        "You are not signed in here, or no more.",
    ),
    "invalid_token": Words("Not signed in", ""),
    "method_not_allowed": Words(
        "Nothing to show",
        "Choose the page that the form is on.",
        "This address takes what a form sends, and shows nothing by itself.",
    ),
    "payload_too_large": Words(
        "Not done", "Go back and send it in parts. Nothing was changed here.", "What was sent is larger than 256 KiB."
    ),
    "internal_error": Words(
        "Something went wrong",
        "Try again. If it stays, whoever runs the server finds the reason in its log, under the number below.",
        "The fault is the server’s, not yours.",
    ),
    "read_only": Words(
        "Not just now",
        "Nothing was changed here. Whoever runs the server switches it on again with “flask read-only off”.",
        "Storing is switched off on this server for a while: everything can be read, and nothing changed.",
    ),
    "service_unavailable": AWAY,
    "overloaded": AWAY,
}
# By the status, of what somebody looks at, and of what they do.
LOOKING: Mapping[int, Words] = {
    403: Words("Not allowed", ""),
    404: Words("Not found", "It may have been removed, or the address is not whole. Choose a page."),
    429: Words("Too much at once", "Then reload this page."),
}
ACTING: Mapping[int, Words] = {
    403: Words("Not done", "Nothing was changed here."),
    429: Words("Not done", "Then go back and do it again. Nothing was changed here."),
}
NOT_SHOWN = Words("Nothing to show", "Choose a page, or correct the address.")
NOT_DONE = Words("Not done", "Go back to change it. Nothing was changed here.")


def init_app(app: Flask) -> None:
    """Show the errors of the room as pages."""
    errors.show_as_pages(app, guard.PATH, _show)


def _show(error: ApiError) -> Response | None:
    """Return the page; where nobody is signed in, lead whoever only looks to where one does that.

    None without `OWNERS`: then there is no room, and so no page of it.
    """
    if not settings().owners:
        return None
    is_looking = request.method in guard.READS
    if isinstance(error, Unauthorized) and is_looking:
        return guard.back_to("owner_sign_in.sign_in")
    if error.status < 500 and "owner" not in g and not isinstance(error, Unauthorized):
        # Refused before anybody asked who is there, or at an address that is for everybody.
        with suppress(Unauthorized, DBAPIError, PoolTimeout):
            guard.find_owner()
    by_status = LOOKING.get(error.status, NOT_SHOWN) if is_looking else ACTING.get(error.status, NOT_DONE)
    page = render_template(
        "owner/error.html",
        **guard.words(),
        error=error,
        words=BY_CODE.get(error.code, by_status),
        fields=getattr(error, "fields", {}),
        written=_written(error),
    )
    headers = {name: value for name, value in error.headers().items() if name != "WWW-Authenticate"}
    response: Response = make_response(page, error.status, headers)
    return response


def _written(error: ApiError) -> dict[str, str]:
    """Return what an owner wrote into the form that was refused, lest it be lost; nothing that another site sent.

    Nobody else's body is read for it, and none before the request's turn, as it may come as slowly as its sender likes.
    """
    if request.method != "POST" or not concurrency.has_turn() or not guard.is_own_origin():
        return {}
    # Of what cannot be read, or is too large, there is nothing to show.
    with suppress(ApiError, HTTPException, SQLAlchemyError):
        if g.get("owner") is not None or (isinstance(error, Unauthorized) and guard.was_signed_in()):
            return {name: value for name, value in guard.form().items() if len(value) > SHORT or len(value.split()) > 1}
    return {}
