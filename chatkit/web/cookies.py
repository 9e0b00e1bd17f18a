"""Cookies of this server: for it alone, read by no script, and sent along when a link leads here."""

from flask import Response, request

from chatkit.config import settings


def read(name: str) -> str:
    """Return what a cookie of this request holds, empty where there is none."""
    return request.cookies.get(full_name(name), "")


def write(response: Response, name: str, value: str, seconds: int) -> None:
    """Have the browser keep a cookie for some seconds; 0 takes it away."""
    chosen = settings()
    response.set_cookie(
        full_name(name),
        value,
        max_age=seconds,
        path=f"{chosen.base_path}/",
        secure=chosen.base_url.startswith("https:"),
        httponly=True,
        # Lax, since a link of a mail, or a provider who sends the browser back, leads to a page that needs it.
        samesite="Lax",
    )


def full_name(name: str) -> str:
    """Return the name of a cookie, which no other host and no plain HTTP can set where browsers can promise that."""
    chosen = settings()
    if not chosen.base_url.startswith("https:"):
        return name
    return f"__Secure-{name}" if chosen.base_path else f"__Host-{name}"
