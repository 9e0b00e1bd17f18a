"""/llms.txt, /llms-full.txt and /pages: the site as programs read it."""

from http import HTTPStatus

from flask import Blueprint, Response, request

from chatkit.auth import guard
from chatkit.config import settings
from chatkit.errors import Invalid, NotFound
from chatkit.machines import documents, listing, llms_txt
from chatkit.machines.documents import Document
from chatkit.machines.listing import Generation
from chatkit.machines.llms_txt import Selection
from chatkit.machines.metrics import CALLS
from chatkit.ratelimit.limiter import limited

MAX_AGE_SECONDS = 300
NOTHING = "No page is indexed here that this names. Begin at /llms.txt."

bp = Blueprint("machines", __name__)


@bp.get("/llms.txt")
@guard.public
@limited("documents")
def overview() -> Response:
    """List the site's pages, in the form of llmstxt.org."""
    _require_on()
    now = listing.generation()
    text = llms_txt.overview(_selection())
    if text is None:
        raise NotFound(NOTHING)
    CALLS.labels("llms_txt", "answered").inc()
    return _conditional(Response(text), "text/plain", now)


@bp.get("/llms-full.txt")
@guard.public
@limited("documents")
def full() -> Response:
    """Return the text of the site's pages."""
    _require_on()
    now = listing.generation()
    texts = llms_txt.full(_selection())
    if texts is None:
        raise NotFound(NOTHING)
    CALLS.labels("llms_full_txt", "answered").inc()
    response = _conditional(Response(), "text/plain", now)
    if response.status_code == HTTPStatus.OK and request.method != "HEAD":
        # As a whole, so that who reads it slowly holds none of the slots that answers are streamed in.
        response.set_data("".join(texts))
    return response


@bp.get("/pages/<path:address>.md")
@guard.public
@limited("documents")
def page(address: str) -> Response:
    """Return a page as Markdown."""
    _require_on()
    now = listing.generation()
    found = documents.find_by_address(address)
    if found is None:
        raise NotFound(NOTHING)
    CALLS.labels("page", "answered").inc()
    response = _conditional(Response(), "text/markdown", now, found)
    if response.status_code == HTTPStatus.OK:
        response.set_data(f"{documents.full_text(found)}\n")
    response.headers["Link"] = f'<{found.url}>; rel="canonical"'
    return response


def _require_on() -> None:
    if not settings().llms_txt:
        raise NotFound("The owner of this site has switched llms.txt off.")


def _selection() -> Selection:
    start = request.args.get("from", "0")
    if not (start.isascii() and start.isdecimal() and len(start) <= 9):
        raise Invalid({"from": ["The place to begin at is a whole number."]})
    site, version, section = (request.args.get(name) for name in ("site", "version", "section"))
    return Selection(site or None, version or None, section, int(start))


def _conditional(response: Response, mimetype: str, now: Generation, of: Document | None = None) -> Response:
    """Return a response that is as old as the index, and whose body is not sent to who has it already.

    ``now`` is from before the body was read: of one that is newer than its tag, at worst the next is sent anew.
    """
    response.content_type = f"{mimetype}; charset=utf-8"
    response.cache_control.public, response.cache_control.max_age = True, MAX_AGE_SECONDS
    # The pages themselves are what search engines are to show.
    response.headers["X-Robots-Tag"] = "noindex"
    if of is None:
        response.set_etag(now.etag(request.full_path))
        response.last_modified = now.indexed_at
    else:
        response.set_etag(now.etag(of.url, of.content_hash))
        response.last_modified = of.indexed_at
    response.make_conditional(request)
    return response
