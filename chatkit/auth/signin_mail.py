"""The mail that signs in: one text for a terminal, one page for everything else, both from templates."""

from datetime import datetime, timedelta
from urllib.parse import quote, urlsplit

from flask import current_app

from chatkit.mail.service import RenderedMail


def render(
    base_url: str, return_to: str | None, token: str, code: str | None, asked_at: datetime, lifetime: timedelta
) -> RenderedMail:
    """Return the mail with a link to ``base_url`` and, for a browser that can use one, a code.

    It names the site the reader asked on: that of ``return_to``, or the server itself. The page
    loads nothing and runs nothing, so that it looks the same where images and scripts are blocked.
    """
    link = f"{base_url}/signin#token={token}"
    if return_to is not None:
        link += f"&return_to={quote(return_to, safe='')}"
    site = urlsplit(return_to or base_url).netloc.lower()
    context = {
        "site": site,
        "link": link,
        "code": code,
        "asked_at": asked_at,
        "minutes": int(lifetime.total_seconds() // 60),
    }
    text, html = (current_app.jinja_env.get_template(f"signin_mail.{kind}").render(context) for kind in ("txt", "html"))
    return RenderedMail(f"Sign in to {site}", text, html, link, code)
