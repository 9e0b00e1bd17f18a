"""The pages and acts of the owner's room that are timed: every list with every filter, and its last page."""

from collections.abc import Callable
from typing import Any

from tests.bench.million import SECTION

OUTCOMES, RATINGS, KINDS = ("answered", "nearest", "not_covered"), ("up", "none"), ("negative", "unsure", "sample")
STATES = ("new", "drafting", "published", "verified", "ignored")
PAGES = {
    **{f"overview, {days} days": f"/?days={days}" for days in (7, 28, 90)},
    "conversations": "/conversations/",
    "conversations, further back": "/conversations/?before={middle}",
    "conversations, the last page": "/conversations/?before=200",
    "conversations of today": "/conversations/?since={day}&until={day}",
    "conversations of an old day": "/conversations/?since={old_day}&until={old_day}",
    "conversations of it, rated down": "/conversations/?since={old_day}&until={old_day}&rating=down",
    "conversations before it": "/conversations/?until={old_day}",
    **{f"conversations, {outcome}": f"/conversations/?outcome={outcome}" for outcome in OUTCOMES},
    "conversations, by outcome": "/conversations/?outcome=greeting",
    "conversations, rated down": "/conversations/?rating=down",
    **{f"conversations, rated {rating}": f"/conversations/?rating={rating}" for rating in RATINGS},
    "conversations, of a page": "/conversations/?page=/page-7",
    "conversations, of no page": "/conversations/?page=/nowhere",
    "conversations, of a site": "/conversations/?site=/",
    "conversations, of no site": "/conversations/?site=nowhere",
    "conversations, of a rare language": "/conversations/?language=fr&rating=up",
    "conversations, of it, not covered": "/conversations/?language=fr&outcome=not_covered",
    "a conversation": "/conversations/{middle}",
    "gaps": "/gaps/",
    "gaps, the last page": "/gaps/?start={last_open}",
    **{f"gaps, {state}": f"/gaps/?state={state}" for state in STATES},
    "gaps, verified, the last page": "/gaps/?state=verified&start={last_verified}",
    "the largest gap": "/gaps/1",
    "a gap": "/gaps/7",
    "curated answers": "/answers/",
    "a curated answer": "/answers/3",
    "a new one, for the largest gap": "/answers/new?gap=1",
    "test set": "/tests/",
    "test set, the last page": "/tests/?after={last_test}",
    "test set, failing": "/tests/?show=failing",
    **{f"review, {kind}": f"/review/?kind={kind}" for kind in KINDS},
    "an answer to be judged": "/review/{middle}",
    "server": "/server/",
}
Form = Callable[[int, dict[str, Any]], tuple[str, dict[str, str]]]
# Where the forms of the room are sent, and what: each time another number, and what differs between databases.
ACTS: dict[str, Form] = {
    "take a gap to a state": lambda n, of: ("/gaps/1/state", {"state": ("drafting", "new")[n % 2]}),
    "set a gap verified": lambda n, of: (f"/gaps/{of['published']}/state", {"state": "verified"}),
    "change a curated answer": lambda n, of: ("/answers/3", {"questions": f"Where is lamp {n}?", "markdown": "There."}),
    "confirm one": lambda n, of: ("/answers/10/confirm", {"seen": "x"}),
    "add to the test set": lambda n, of: ("/tests/add", {"question": f"Where is lamp {n}?", "answered_by": SECTION}),
    "import into it": lambda n, of: ("/tests/import", {"lines": f'{{"question": "Who is {n}?", "answered_by": []}}'}),
    "remove from it": lambda n, of: ("/tests/remove", {"id": str(n)}),
    "run it": lambda n, of: ("/tests/run", {}),
    "judge": lambda n, of: (f"/review/{of['middle'] + 2 * n}", {"verdict": "right", "to_test_set": "yes"}),
    "index again": lambda n, of: ("/server/index/again", {}),
    "shut out": lambda n, of: ("/server/limits/ban", {"who": f"192.0.2.{n}", "hours": "24"}),
    "let in": lambda n, of: (f"/server/limits/bans/{n}/lift", {}),
    "let limits begin again": lambda n, of: ("/server/limits/reset", {"key": f"account:{n}"}),
    "try a mail again": lambda n, of: ("/server/mail/requeue", {"id": str(of["mail"] - 2 * n)}),
    "try all mails again": lambda n, of: ("/server/mail/requeue", {}),
}
