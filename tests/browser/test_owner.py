"""The owner's room in a real browser: by keyboard alone, on a phone, against axe's rules, and full of hostile text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Dialog, Page, expect

from chatkit import create_app
from chatkit.answers.extractive import Outcome
from chatkit.audit import service as audit
from chatkit.audit.models import AuditEntry
from chatkit.audit.service import AuditAction
from chatkit.chat import answer_facts, content_gaps, daily_counts, transcripts
from chatkit.chat.answer_facts import Asked
from chatkit.chat.daily_counts import Measure
from chatkit.chat.models import Feedback
from chatkit.chat.reply import Reply
from chatkit.chat.transcripts import Conversation
from chatkit.curated import service as curated
from chatkit.curated.service import Draft
from chatkit.database.orm import db, table, utcnow
from chatkit.evaluation import runs as test_runs
from chatkit.evaluation import service as test_set
from chatkit.evaluation.questions import Line
from chatkit.gaps import clustering
from chatkit.ingest.models import IndexSchedule
from chatkit.mail.models import OutboxMessage
from chatkit.owner import navigation, sessions
from chatkit.personalize import curation
from chatkit.personalize.models import PageRule
from chatkit.search.models import Source
from chatkit.search.query import Question
from tests import factories
from tests.browser import hostile
from tests.browser.conftest import copied
from tests.browser.sites import OPEN_LIMITS, record
from tests.browser.test_accessibility import violations
from tests.conftest import dispose
from tests.owner.room import OWNERS
from tests.owner.test_export_files import FORMULAS
from tests.servers import LOOPBACK, Gunicorn, free_port, gunicorn

TEXTS = [
    *(*hostile.MARKUP, *hostile.DIRECTIONS, *hostile.ADDRESSES, *FORMULAS, *hostile.NAMES),
    "</title><svg onload=window.pwned=1>",
    "\" onmouseover='window.pwned=1' x=\"",
    "]]></style><script>window.pwned=1</script>",
]
# Whether the fields of the filter and its button are as high as each other, and on one line.
ON_ONE_LINE = """() => {
  const fields = [...document.querySelectorAll('.filter :is(input, select, button)')];
  const boxes = fields.map(field => field.getBoundingClientRect());
  return boxes.every(({ top, bottom }) => top === boxes[0].top && bottom === boxes[0].bottom);
}"""
# Labels of the plots as they are seen: too small ones, and those that touch the one before.
UNREADABLE = """() => [...document.querySelectorAll('svg')].flatMap(svg => {
  const seen = [...svg.querySelectorAll('text')].filter(text => text.getClientRects().length);
  return seen.filter((text, at) => {
    const box = text.getBoundingClientRect(), before = seen[at - 1]?.getBoundingClientRect();
    const size = parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a;
    const touches = before && box.left < before.right + 4 && box.top < before.bottom && before.top < box.bottom;
    return size < 11 || box.left < 0 || box.right > innerWidth || touches;
  }).map(text => text.textContent);
})"""
# What has the focus by keyboard, and nothing to see of it.
UNSEEN_FOCUS = """() => [...document.querySelectorAll('a, button, input, select, textarea, summary, [tabindex="0"]')]
  .filter(element => {
    element.focus();
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    return document.activeElement === element && (outlineStyle === 'none' || parseFloat(outlineWidth) < 2);
  }).map(element => element.outerHTML.slice(0, 200))"""
# What no page of the room holds, and what would run if it did.
ALIEN = """() => [...document.querySelectorAll('*')].filter(element =>
  ['script', 'iframe', 'object', 'embed', 'style', 'base', 'template', 'math', 'video'].includes(element.localName)
  || (element.localName === 'img' && !element.src.endsWith('/site/icon.svg'))
  || [...element.attributes].some(({name, value}) => name.startsWith('on') || name === 'style'
    || (['href', 'src', 'action', 'formaction'].includes(name) && !/^(\\/|https?:|#)/.test(value)))
  || element.matches('.answer a:not([href^="http"][rel="noopener noreferrer nofollow"])')
).map(element => element.outerHTML.slice(0, 200))"""


@dataclass(frozen=True)
class Owned:
    """A server with a room, and an application in this process on the same database."""

    server: Gunicorn
    app: Flask
    conversation: int

    def paths(self) -> list[str]:
        """Return every page of the room."""
        adapter = self.app.url_map.bind("localhost")
        with self.app.app_context():
            pages = [adapter.build(entry.endpoint) for entry in navigation.ENTRIES]
        details = [f"conversations/{self.conversation}", "nothing", "gaps/1", "answers/new?gap=1"]
        details += ["answers/1", "review/?kind=sample", f"review/{self.conversation}"]
        return [*pages, *(f"/owner/{path}" for path in details)]


@pytest.fixture(scope="module")
def owned(documentation: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Owned]:
    """Run a server whose readers have attacked its owner with every word they could leave."""
    folder, port = tmp_path_factory.mktemp("owned"), free_port()
    settings = copied(documentation, folder) | OPEN_LIMITS | {"OWNERS": OWNERS, "INTEGRATION_TEST_MODE": "false"}
    settings |= {"PORT": str(port), "BASE_URL": f"http://{LOOPBACK}:{port}", "SEMANTIC": "off"}
    app = create_app(settings)
    with app.app_context():
        conversation = _attack()
    with gunicorn(folder, settings, port=port) as server:
        yield Owned(server, app, conversation)
    dispose(app)


def _attack() -> int:
    """Leave hostile text wherever a reader, or a page, can; return the number of the last answer."""
    session, last = Conversation(factories.session_id(), None), 0
    for text in TEXTS:
        source = {"id": "a", "title": text, "url": text, "excerpt": text}
        reply = Reply(factories.session_id(), text, [source, source | {"id": "b"}], ["a"], {"total_time_ms": 12.0})
        added = transcripts.add_turn(session, Question(text), reply)
        assert added is not None
        asked = Asked(text[:300], "/", text[:35])
        answer_facts.add(added, reply.citing(["a"]), asked)
        db.session.add(Feedback(answer_id=added.id, rating="down", reason=text[:16], note=text))
        last = added.id
        # Rows of their own in the list.
        alone = Conversation(factories.session_id(), None)
        reply = Reply(factories.session_id(), text, [], [], {"total_time_ms": 90.0}, outcome=Outcome.NOT_COVERED)
        added = transcripts.add_turn(alone, Question(text), reply)
        assert added is not None
        answer_facts.add(added, reply, asked)
        daily_counts.add(utcnow().date(), {(Measure.CITED_DOWN, f"/{text[:300]}"): 1})
        content_gaps.record("down", factories.session_id(), text, f"/{text[:300]}", None, text)
        test_set.add(Line(f"?{text[:400]}".replace("\0", ""), (text[:300].replace("\0", ""),)))
        curated.save(Draft([f"?{text[:400]}"], "`<b>`"))
        db.session.add(OutboxMessage(recipient=f"{last}@example.com", template="signin", state="dead", last_error=text))
    for text in TEXTS[::6]:
        db.session.add(PageRule(url=text, rule="pinned"))
        audit.record(AuditAction.RECOMMENDATION_PINNED, curation.subject_of(text), actor=text)
    source_id = db.session.scalars(db.select(Source.id)).first()
    db.session.add(IndexSchedule(source_id=source_id, ended_at=utcnow(), started_at=utcnow(), result=" ".join(TEXTS)))
    db.session.commit()
    clustering.cluster_batch()
    test_runs.run(rest=False)
    return last


def _enter(page: Page, owned: Owned, email: str = "owner@example.org") -> None:
    with owned.app.app_context():
        token = sessions.open_session(email)
    page.context.add_cookies([{"name": "chatkit-owner", "value": token, "url": owned.server.url}])


def test_no_text_of_a_reader_runs_anywhere_in_the_room(page: Page, owned: Owned) -> None:
    heard, dialogs = record(page), list[str]()

    def dismiss(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", dismiss)
    _enter(page, owned)
    for path in owned.paths():
        page.goto(f"{owned.server.url}{path}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        for details in page.locator("details").all():
            details.evaluate("element => element.open = true")
        assert page.evaluate(ALIEN) == [], path
        assert page.evaluate("window.pwned") is None, path
        # A label that turns the direction turns its own alone.
        expect(page.get_by_role("button", name="Log out")).to_be_visible()
    assert dialogs == []
    assert [line for line in heard.console if "404" not in line] == []
    assert [line for line in heard.requests if not line.startswith(f"GET {owned.server.url}/")] == []


def test_no_page_is_a_barrier_nor_wider_than_a_phone(page: Page, owned: Owned) -> None:
    for path in ("/owner/sign-in", "/owner/sign-in/link?token=x"):
        page.goto(f"{owned.server.url}{path}")
        assert violations(page) == [], path
    _enter(page, owned)
    for path in owned.paths():
        page.set_viewport_size({"width": 1280, "height": 800})
        page.goto(f"{owned.server.url}{path}")
        assert violations(page) == [], path
        page.keyboard.press("Tab")
        assert page.evaluate(UNSEEN_FOCUS) == [], path
        assert page.evaluate(ON_ONE_LINE), path
        page.set_viewport_size({"width": 390, "height": 800})
        expect(page.locator("html"), path).to_have_js_property("scrollWidth", 390)
        assert page.evaluate(UNREADABLE) == [], path


def test_the_room_is_walked_through_by_keyboard_alone(page: Page, owned: Owned) -> None:
    page.goto(f"{owned.server.url}/owner")
    _tab_to(page, "E-mail address")
    page.keyboard.type("owner@example.org")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    [link] = [link for link in factories.links(owned.app) if "/owner/" in link]
    page.goto(link)
    _press(page, "Sign in")
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    _press(page, "7 days")
    expect(page).to_have_url(f"{owned.server.url}/owner/?days=7")
    _press(page, "The figures as a table")
    expect(page.get_by_role("region", name="Questions of each day by outcome")).to_be_visible()
    _press(page, "Conversations")
    expect(page.get_by_role("heading", name="Conversations")).to_be_visible()
    _tab_to(page, "Outcome")
    # Letters that come slowly would each choose anew.
    for _ in range(10):
        if page.evaluate("document.activeElement.value") != "not_covered":
            page.keyboard.press("ArrowDown")
    _press(page, "Filter")
    # The list that is left shows such rows, too.
    expect(page).to_have_url(re.compile("outcome=not_covered"))
    expect(page.get_by_role("cell", name="not covered").first).to_be_visible()
    _press(page, "Recommendations")
    expect(page.get_by_role("heading", name="Recommendations")).to_be_visible()
    _tab_to(page, "Its address, as in the browser")
    page.keyboard.type("/guide/limits")
    _press(page, "Pin it: recommended first", "ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Excluded. Nobody gets it from now on.")
    _press(page, "Reset: Limits")
    expect(page.get_by_role("status")).to_contain_text("Reset.")
    _press(page, "Server")
    expect(page.get_by_role("heading", name="Server")).to_be_visible()
    _press(page, "Let limits begin again")
    _tab_to(page, "E-mail address, network address, session, or site")
    page.keyboard.type("192.0.2.7")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Nothing was counted under it.")
    acts = [row["action"] for row in factories.rows(owned.app, table(AuditEntry))]
    assert acts[-1] == "limits_reset"
    _press(page, "Log out")
    expect(page.get_by_role("heading", name="The owner's room")).to_be_visible()


def _press(page: Page, name: str, key: str = "Enter") -> None:
    _tab_to(page, name)
    page.keyboard.press(key)


def _tab_to(page: Page, name: str) -> None:
    """Press Tab until what has this name has the focus; what cannot be reached fails."""
    wanted = """name => { const at = document.activeElement, label = at.labels?.[0] ?? at;
        return (at.ariaLabel ?? label.firstChild?.textContent ?? '').trim() === name
            || label.textContent.trim() === name; }"""
    for _ in range(400):
        page.keyboard.press("Tab")
        if page.evaluate(wanted, name):
            return
    raise AssertionError(f"no Tab leads to {name}")
