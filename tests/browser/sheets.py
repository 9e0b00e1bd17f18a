"""Contact sheets of the widget: every state, layout, scheme and direction, to put beside the pictures of its design.

    .venv/bin/python -m tests.browser.sheets FOLDER [SHEET ...]

The page and what the server answers are made for it, see `sheet_site.py`. A state that cannot be reached is named in
its place on the sheet, and the command then fails.
"""

import argparse
import base64
import html
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, NamedTuple

from playwright.sync_api import Browser, Error, Page, expect, sync_playwright

from tests.browser import engines
from tests.browser.sheet_site import (
    ARABIC_QUESTION,
    BROKEN,
    EMBED_QUESTION,
    GREETING,
    LIMITED,
    USER,
    sheet_site,
)
from tests.browser.test_widget import KEEP, followed, part
from tests.browser.waiting import SECONDS, go_offline, scripts, still

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
# How much of the page is seen around a panel.
AROUND = 16
SIGNED_IN = {"token": "sheet", "user": USER}


def press(page: Page, name: str) -> None:
    """Press a button or a row of the open panel by its name."""
    part(page, "panel").get_by_role("button", name=name).or_(
        part(page, "panel").get_by_role("menuitem", name=name)
    ).first.click()


def opened(page: Page) -> None:
    """Open the panel."""
    widget = page.locator("chatkit-widget")
    widget.evaluate("one => one.open()")
    # What is typed before it can be seen stands in it, too, but the focus may be elsewhere once it can.
    expect(widget).to_have_attribute("open", "")
    expect(part(page, "input")).to_be_visible()


def typed(text: str) -> Callable[[Page], None]:
    """Open the panel and type."""

    def act(page: Page) -> None:
        opened(page)
        part(page, "input").fill(text)
        expect(page.locator("chatkit-widget").get_by_role("option").nth(1)).to_be_visible()

    return act


def asked(question: str = EMBED_QUESTION, waits: bool = True) -> Callable[[Page], None]:
    """Open the panel and ask; wait for the answer's end, unless it never comes."""

    def act(page: Page) -> None:
        opened(page)
        part(page, "input").fill(question)
        part(page, "input").press("Enter")
        if waits:
            expect(part(page, "message-assistant").last).to_have_attribute("aria-busy", "false")

    return act


def pausing(question: str, sentence: str) -> Callable[[Page], None]:
    """Ask what is answered halfway."""

    def act(page: Page) -> None:
        asked(question, waits=False)(page)
        expect(part(page, "panel")).to_contain_text(sentence)

    return act


def then(first: Callable[[Page], None], *more: Callable[[Page], None]) -> Callable[[Page], None]:
    """Do one thing after the other."""

    def act(page: Page) -> None:
        for each in (first, *more):
            each(page)

    return act


def pressed(*names: str) -> Callable[[Page], None]:
    """Press buttons by their names."""

    def act(page: Page) -> None:
        for name in names:
            press(page, name)

    return act


def written(label: str, text: str) -> Callable[[Page], None]:
    """Fill a field by its label."""
    return lambda page: part(page, "panel").get_by_label(label).first.fill(text)


def offline(page: Page) -> None:
    """Take the network away and ask."""
    opened(page)
    followed(page)
    go_offline(page)
    part(page, "input").fill(BROKEN)
    part(page, "input").press("Enter")
    expect(part(page, "panel")).to_contain_text("offline")


def selected(page: Page) -> None:
    """Select a paragraph of the page beside an answer."""
    asked("How do I upgrade ChatKit?")(page)
    page.locator("#first").evaluate("one => getSelection().selectAllChildren(one)")
    part(page, "input").fill("Does this drop open streams?")


def scrolled(page: Page) -> None:
    """Scroll the page, so that the launcher folds up."""
    page.mouse.wheel(0, 400)
    page.wait_for_function("() => scrollY > 200")


def answer_ready(page: Page) -> None:
    """Close the panel before its answer has come."""
    asked()(page)
    page.locator("chatkit-widget").evaluate(
        "one => { one.ask('Which attribute sets the colour scheme?'); one.close() }"
    )
    expect(part(page, "launcher")).to_contain_text("Answer ready")


def signing_in(page: Page) -> None:
    """Open the view to sign in."""
    opened(page)
    part(page, "account").evaluate("one => one.click()")
    expect(part(page, "panel").get_by_label("E-mail")).to_be_visible()


def code_asked(page: Page) -> None:
    """Sign up, so that a code is asked for."""
    signing_in(page)
    part(page, "panel").get_by_label("E-mail").fill(USER["email"])
    part(page, "panel").get_by_role("checkbox").first.check()
    press(page, "Send me a link")
    expect(part(page, "panel")).to_contain_text("Check your mail")


def came_along(page: Page) -> None:
    """Sign in by the code that is asked for."""
    part(page, "dialog").get_by_label("Code").fill("123456")
    part(page, "dialog").get_by_label("Code").press("Enter")
    expect(part(page, "toast")).to_contain_text("came along")


def strangers_link(page: Page) -> None:
    """Come back by a link that another browser asked for."""
    url = page.url
    page.goto("about:blank")
    page.goto(f"{url}#chatkit-token=stranger")
    expect(part(page, "dialog")).to_contain_text("Sign in as")


def stopped(page: Page) -> None:
    """Stop the answer that is written."""
    press(page, "Stop")
    expect(part(page, "panel")).to_contain_text("Stopped.")


def viewed(name: str) -> Callable[[Page], None]:
    """Open a view from the header or the menu, by its part."""

    def act(page: Page) -> None:
        opened(page)
        part(page, name).first.evaluate("one => one.click()")
        expect(part(page, "dialog")).to_be_visible()

    return act


class Shot(NamedTuple):
    """One picture: what is done, in which window, and how much of that is shown."""

    caption: str
    act: Callable[[Page], None]
    size: tuple[int, int] = (800, 700)
    # The whole window; otherwise what carries this part's name.
    whole: bool = False
    shows: str = "panel"
    query: str = ""
    signed_in: bool = False
    touch: bool = False
    scale: float = 1
    forced: bool = False


WIDE, PHONE, SMALL = (1200, 660), (390, 844), (320, 568)
READING, WRITING = "Reading: how do I run ChatKit behind nginx?", "Writing: how do I run ChatKit behind nginx?"
TYPED = "change the colour"
LANGUAGES = ("en", "de", "fr", "es", "pt", "ja", "zh", "ko", "ar")

SHEETS: dict[str, Sequence[Shot]] = {
    "01-open-and-ask": (
        Shot("Empty", opened),
        Shot("Typing: results under the question", typed(TYPED)),
        Shot("Streaming: reading", pausing(READING, "Reading 5 sections")),
        Shot("Streaming: writing", pausing(WRITING, "Set DATABASE_URL")),
        Shot("Stopped", then(pausing(WRITING, "Set DATABASE_URL"), stopped)),
        Shot("Greeting", asked(GREETING)),
        Shot("Launcher", lambda page: None, (360, 240), shows="launcher"),
        Shot("Launcher, collapsed", scrolled, (700, 240), shows="launcher"),
        Shot("Launcher, answer ready", answer_ready, (700, 240), shows="launcher"),
    ),
    "03-answered": (
        Shot("Answered, with code", asked()),
        Shot("Answered, with a table", asked("Which attribute sets the colour scheme?")),
        Shot("Long code, cut", asked("How do I start ChatKit with systemd?")),
        Shot("Written by a model", asked("How do I run ChatKit behind nginx with PostgreSQL?")),
        Shot("The model broke off", asked("How do I make a backup behind nginx?")),
    ),
    "05-no-answer-and-trouble": (
        Shot("Nearest sections", asked("Can I run ChatKit on Kubernetes?")),
        Shot("Not covered", asked("Does ChatKit work with Discord?")),
        Shot("Rate limited: the draft stays", then(asked(), asked(LIMITED, waits=False))),
        Shot("Offline: the question waits", offline),
        Shot("Error", asked(BROKEN)),
        Shot("Selected text", selected),
        Shot("Feedback with reasons", then(asked(), pressed("Not helpful"))),
        Shot("The menu", then(asked(), lambda page: press(page, "More"))),
    ),
    "06-chats-and-account": (
        Shot("Chats", viewed("history"), signed_in=True),
        Shot("For you", viewed("personalize"), signed_in=True),
        Shot("For you: what a page rests on", then(viewed("personalize"), pressed("What it rests on")), signed_in=True),
        Shot("Without an account: near this page", viewed("personalize")),
        Shot("Sign in, first step", signing_in),
        Shot("Sign in, the code", code_asked),
        Shot("Your chat came along", then(asked(), code_asked, came_along)),
        Shot("Sign in as …?", strangers_link, signed_in=True),
        Shot("My data", viewed("account"), signed_in=True),
        Shot("Delete: typed confirmation", then(viewed("account"), pressed("Delete my account")), signed_in=True),
        Shot(
            "The same, confirmed",
            then(viewed("account"), pressed("Delete my account"), written("Type", "Delete ")),
            signed_in=True,
        ),
    ),
    "07-side-modal-inline": (
        Shot("Side panel: the page makes room", asked(), WIDE, whole=True, query="layout=side"),
        Shot("Modal: search and ask in one field", typed(TYPED), WIDE, whole=True, query="layout=modal"),
        Shot("Modal: the answer", asked(), WIDE, whole=True, query="layout=modal"),
        Shot("Expanded", then(asked(), pressed("More", "Make it larger")), WIDE, whole=True),
        Shot("Inline: a block of the page", opened, (900, 900), whole=True, query="layout=inline"),
    ),
    "08-phones": (
        Shot("390 × 844, empty", opened, PHONE, whole=True, touch=True),
        Shot("390 × 844, typing", typed(TYPED), PHONE, whole=True, touch=True),
        Shot(
            "390 × 844, answered with steps", asked("How do I sign in without a mail server?"), PHONE, True, touch=True
        ),
        Shot("320 × 568", asked("Which attribute sets the colour scheme?"), SMALL, whole=True, touch=True),
    ),
    "09-every-reader": (
        Shot("Right to left: empty", opened, query="lang=ar"),
        Shot("Right to left: answered", asked(ARABIC_QUESTION), query="lang=ar"),
        Shot("Right to left: typing", typed(TYPED), query="lang=ar"),
        Shot("Right to left: my data", viewed("account"), query="lang=ar", signed_in=True),
        Shot("Right to left: in the page", asked(ARABIC_QUESTION), (900, 700), whole=True, query="lang=ar"),
        Shot("Forced colours", asked(), forced=True),
        Shot("390 px at 200 %", asked(), (195, 422), whole=True, touch=True, scale=2),
        Shot("1,280 × 1,024 at 400 %", asked(), (320, 256), whole=True),
    ),
    "10-right-to-left": (
        Shot("Side panel", asked(ARABIC_QUESTION), WIDE, whole=True, query="lang=ar&layout=side"),
        Shot("Modal: search and ask in one field", typed(TYPED), WIDE, whole=True, query="lang=ar&layout=modal"),
        Shot("Modal: the answer", asked(ARABIC_QUESTION), WIDE, whole=True, query="lang=ar&layout=modal"),
        Shot("Inline: a block of the page", asked(ARABIC_QUESTION), (900, 900), True, query="lang=ar&layout=inline"),
        Shot("390 × 844, empty", opened, PHONE, whole=True, query="lang=ar", touch=True),
        Shot("390 × 844, typing", typed(TYPED), PHONE, whole=True, query="lang=ar", touch=True),
        Shot("390 × 844, answered", asked(ARABIC_QUESTION), PHONE, whole=True, query="lang=ar", touch=True),
    ),
    "11-languages": tuple(
        Shot(language, act, query=f"lang={language}", signed_in=True)
        for language in LANGUAGES
        for act in (typed(TYPED), viewed("account"))
    ),
}
STYLE = """body { margin: 0; padding: 32px; font: 600 13px system-ui; background: light-dark(#edeef2, #0c0d10);
  color: light-dark(#16181d, #eceef2); display: flex; flex-wrap: wrap; gap: 32px; align-items: flex-start }
  figure { margin: 0; max-width: 1240px } img { display: block; max-width: 100% }
  figcaption { margin-bottom: 12px } h1 { flex: 0 0 100%; margin: 0; font-size: 18px } .failed { color: #b3261e }"""


@contextmanager
def state(browser: Browser, shot: Shot, scheme: str, url: str) -> Iterator[Page]:
    """Open the page in the window that a state is shown in."""
    width, height = shot.size
    options: dict[str, Any] = {"color_scheme": scheme, "reduced_motion": "reduce", "has_touch": shot.touch}
    if shot.forced:
        options["forced_colors"] = "active"
    context = browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=shot.scale,
        is_mobile=shot.touch and width >= SMALL[0],
        **options,
    )
    context.set_default_timeout(SECONDS * 1000)
    page = context.new_page()
    page.goto(f"{url}/guide/embedding?{shot.query}")
    if shot.signed_in:
        page.evaluate(KEEP, SIGNED_IN)
        page.reload()
    yield page
    context.close()


def _picture(browser: Browser, shot: Shot, scheme: str, url: str) -> bytes | str:
    """Return a state as a PNG, or why it was not reached."""
    with state(browser, shot, scheme, url) as page:
        try:
            loading = scripts(page)
            shot.act(page)
            still(page, loading)
            if shot.whole:
                return page.screenshot()
            box = part(page, shot.shows).bounding_box()
            if box is None:
                return f"no {shot.shows} is shown"
            x, y = max(0.0, box["x"] - AROUND), max(0.0, box["y"] - AROUND)
            width = min(shot.size[0] - x, box["width"] + 2 * AROUND)
            height = min(shot.size[1] - y, box["height"] + 2 * AROUND)
            return page.screenshot(clip={"x": x, "y": y, "width": width, "height": height})
        except (Error, AssertionError) as error:
            return str(error).partition("\n")[0]


def _figure(shot: Shot, picture: bytes | str) -> str:
    caption = f"<figcaption>{html.escape(shot.caption)}</figcaption>"
    if isinstance(picture, str):
        return f"<figure>{caption}<p class=failed>{html.escape(picture)}</p></figure>"
    width = round(int.from_bytes(picture[16:20], "big") / (2 if shot.scale > 1 else 1))
    data = base64.b64encode(picture).decode()
    return f'<figure>{caption}<img width={width} src="data:image/png;base64,{data}"></figure>'


def draw(folder: Path, names: Sequence[str]) -> int:
    """Draw the sheets of these names into a folder, all when none is named; return how many states were not reached."""
    executable = engines.find(engines.CHROMIUM)
    if executable is None:
        raise SystemExit("no Chromium: run `make browser`")
    folder.mkdir(parents=True, exist_ok=True)
    expect.set_options(timeout=SECONDS * 1000)
    failed = 0
    with sheet_site() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        for name, shots in SHEETS.items():
            for scheme in SCHEMES if not names or name in names else ():
                pictures = [(shot, _picture(browser, shot, scheme, url)) for shot in shots]
                missed = [(shot, why) for shot, why in pictures if isinstance(why, str)]
                failed += len(missed)
                for shot, why in missed:
                    print(f"{name} {scheme}, {shot.caption}: {why}", file=sys.stderr)
                figures = "".join(_figure(*each) for each in pictures)
                sheet = browser.new_page(viewport={"width": 1720, "height": 900}, color_scheme=scheme)
                sheet.set_content(f"<style>:root {{ color-scheme: {scheme} }} {STYLE}</style><h1>{name}</h1>{figures}")
                sheet.screenshot(path=folder / f"{name}-{scheme}.png", full_page=True)
                sheet.close()
                print(folder / f"{name}-{scheme}.png")
        browser.close()
    return failed


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("sheets", nargs="*", choices=[*SHEETS, []])
    arguments = parser.parse_args()
    sys.exit(1 if draw(arguments.folder, arguments.sheets) else 0)
