"""The owner's room at `/owner`: what readers asked, how it was answered, and what to do about it.

The room stands on top of the house: it imports every domain, and only the wiring imports it. Without `OWNERS` it does
not exist, every address of it is 404. Pages are templates without any script.

How a page is added:

1. Its views stand in a file of its own, `NAME_routes.py`, on a blueprint of its own::

       bp = guard.make_blueprint("gaps", __name__, "/gaps")  # the blueprint `owner_gaps`, at /owner/gaps

       @bp.get("/", strict_slashes=False)
       @guard.page  # whoever is signed in, in either role
       def index() -> str:
           return guard.render("gaps.html", done_sentences=DONE, gaps=gaps.open_gaps())

       @bp.post(f"/<int(max={fields.MOST_NUMBER}):gap_id>/ignore")
       @guard.act  # owners alone; counts as `owner`; the origin and the form's token are checked
       def ignore(gap_id: int) -> Response:
           gaps.ignore(gap_id, guard.owner().email)
           return guard.back_to("owner_gaps.index", done="ignored")

   The template is `templates/owner/gaps.html` and extends `owner/base.html`. ``DONE`` maps the word of `done` to the
   sentence that the page shows after the act, so that no text of an address is ever shown.
2. What it reads and does is in a file beside it that knows no request. What changes something records it by
   `audit.record(AuditAction.…, subject, actor=email)` and commits.
3. `navigation.py` names the page, and `OWNERS_ROOM` in the wiring its blueprint.
4. What goes wrong is shown by `error_pages.py`, for every address at `/owner` and below, whatever raises it.
5. Each `<form method="post">` holds `{{ form_token }}`. `fields.py` reads the values of `guard.form()` and, for a
   filter, `guard.query()`: a wrong one raises `Invalid`, whose page says which it is.
6. `parts.html` has the macros of what pages share (`figure`, `plot`, `scroll`, `pager`, `choice`, `up`, `times`,
   `excerpt`, `confirm`); `plots.py` makes what `plot` draws. The filters of `guard.FILTERS` write figures (`grouped`,
   `share`, `percent`, empty of fewer than 20, `plural`), times (`day`, `minute`) and answers (`prose`, as HTML, and
   `plain`); `outcomes` and `ratings`, of `labels.py`, name what stands in the tables by keys. Styles are in
   `static/owner.css`, those that the pages of the documentation share in `chatkit/site/static/base.css`; the policy
   admits neither a `style` attribute nor a script.

`sessions.open_session(email)` returns the token of a new session for an address that something else has verified, such
as OpenID Connect, and `guard.set_cookie(response, token)` hands it to the browser. A form may not lead to another
origin, so what begins there is a link.
"""
