"""Plays days of a site in simulated time, and holds every figure of the overview against what SQL says.

``python -m tests.owner.week`` asks 2,000 questions over 14 days and prints what differs; `make test` plays fewer.
"""

import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urldefrag

from flask import Flask
from selectolax.lexbor import LexborHTMLParser, LexborNode
from sqlalchemy import select, text

from chatkit import create_app
from chatkit.chat.daily_counts import latency_label
from chatkit.chat.models import Message
from chatkit.config import RATE_LIMITS
from chatkit.database.orm import db, utcnow
from chatkit.gaps import clustering
from chatkit.llm.models import DailyTokens
from chatkit.owner.labels import OUTCOMES
from chatkit.owner.overview import percentile
from tests import factories
from tests.factories import API
from tests.owner import room
from tests.owner.room import OWNERS, Room

ASKED = (
    "How often does the foghorn sound?",
    "How do I install the package?",
    "How do I change the interval of the foghorn?",
    "How often must the wick of oil lamps be trimmed?",
    "What does the restart button of the graphical harbour do?",
    "Which colour has the submarine of the mayor?",
    "Does it bake bread?",
    "Hello!",
)
PAGES = ("/guide/foghorn", "/guide/install", "https://docs.example.com/lamps?from=mail", None)
# Most of them readers; those of a crawler and of an owner are not counted.
VISITORS = ("reader",) * 8 + ("account", "owner", "crawler")
BROWSER, CRAWLER = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", "Mozilla/5.0 (compatible; Seekbot/2.1)"
SETTINGS = {"OWNERS": OWNERS, "LLM_TOKENS_PER_DAY": 5_000_000} | {f"RATE_LIMIT_{name}": 10**9 for name in RATE_LIMITS}


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let it be another time for the modules of ChatKit that ask this machine's clock."""
    modules = [module for name, module in sys.modules.items() if name.startswith("chatkit.")]
    asking: list[ModuleType] = [module for module in modules if getattr(module, "utcnow", None) is utcnow]
    for module in asking:
        module.utcnow = lambda: moment  # type: ignore[attr-defined]
    try:
        yield
    finally:
        for module in asking:
            module.utcnow = utcnow  # type: ignore[attr-defined]


def play(app: Flask, questions: int, days: int, seed: int = 16) -> None:
    """Ask so many questions over so many days that end now, rate some of the answers, and some of these again."""
    draw = random.Random(seed)  # noqa: S311  (no secret is made of it)
    people = {"account": factories.person(app), "owner": factories.person(app, "owner@example.org")}
    now, sessions = utcnow(), [factories.session_id() for _ in range(20)]
    moments = sorted(now - timedelta(seconds=draw.uniform(3 * 3600, (days - 1) * 86_400)) for _ in range(questions))
    client = app.test_client()
    for moment in moments:
        visitor = draw.choice(VISITORS)
        headers = {"User-Agent": CRAWLER if visitor == "crawler" else BROWSER}
        if visitor in people:
            headers |= people[visitor].headers
        body = factories.question(draw.choice(ASKED), draw.choice(sessions), page_url=draw.choice(PAGES))
        with at(moment):
            answer = client.post(f"{API}/chat", json=body, headers=headers).get_json()
        for later in range(1, draw.randrange(3)):
            rating = {"message_id": answer["message_id"], "rating": draw.choice(("up", "down"))}
            with at(moment + timedelta(hours=later)):
                client.post(f"{API}/chat/feedback", json=rating, headers=headers)
                other = "down" if rating["rating"] == "up" else "up"
                if draw.random() < 0.2:
                    client.post(f"{API}/chat/feedback", json=rating | {"rating": other}, headers=headers)
    with app.app_context():
        for ago in range(days):
            db.session.add(DailyTokens(day=now.date() - timedelta(days=ago), tokens=draw.randrange(100_000)))
        db.session.commit()
        while clustering.cluster_batch():
            pass
        # As if a server had found each when it was first asked, and an owner had settled one.
        first = "SELECT MIN(asked_at) FROM gaps WHERE cluster_id = gap_clusters.id"
        db.session.execute(text(f"UPDATE gap_clusters SET opened_at = ({first})"))
        db.session.execute(text("UPDATE gap_clusters SET state = 'ignored' WHERE id = 1"))
        db.session.commit()


def differences(app: Flask, entered: Room) -> list[str]:
    """Return what the overview shows otherwise than SQL says, of each period."""
    found = []
    for days in (7, 28, 90):
        shown, said = _shown(entered.get("/", days=days)), _said(app, days)
        found += [
            f"{days} days, {name}: {shown.get(name)!r} is shown, {said.get(name)!r} is so"
            for name in sorted(shown.keys() | said.keys())
            if shown.get(name) != said.get(name)
        ]
    return found


def _shown(page: str) -> dict[str, Any]:
    """Return every figure of a page, by what stands beside it: numbers and percentages as they are written."""
    tree = LexborHTMLParser(page)
    found: dict[str, Any] = {}
    for figure in tree.css(".figure"):
        name, value = (_text(figure.css_first(tag)) for tag in ("dt", "dd"))
        found[name] = value
    for table in tree.css(".table"):
        label = table.attributes["aria-label"]
        for row in table.css("tbody tr"):
            cells = [_text(cell) for cell in row.css("th, td")]
            found[f"{label}: {cells[0]}"] = cells[1:]
    return found


def _said(app: Flask, days: int) -> dict[str, Any]:
    """Return the same of the tables themselves, without what counts as it comes."""
    today = utcnow().date()
    dates = [today - timedelta(days=days - 1 - number) for number in range(days)]
    with app.app_context():
        joined = "FROM messages JOIN answer_facts ON answer_id = messages.id LEFT JOIN feedback f USING (answer_id)"
        counted = text(f"SELECT messages.id, f.rating AS rated {joined} WHERE is_counted")
        ratings: dict[int, str | None] = {row.id: row.rated for row in db.session.execute(counted)}
        answers = db.session.scalars(select(Message).where(Message.id.in_(ratings))).all()
        answers = [answer for answer in answers if answer.created_at.astimezone(UTC).date() >= dates[0]]
        opened = "SELECT opened_at FROM gap_clusters WHERE state NOT IN ('verified', 'ignored')"
        gaps = [_time(each) for each in db.session.scalars(text(opened))]
        tokens = {row.day: row.tokens for row in db.session.scalars(select(DailyTokens))}
    outcomes = Counter(str(answer.outcome) for answer in answers)
    by_day = Counter((answer.created_at.date(), str(answer.outcome)) for answer in answers)
    found: dict[str, Any] = {"Questions": f"{_number(len(answers))} in {days} days"}
    for outcome, label in OUTCOMES.items():
        found[label.capitalize()] = _with_share(outcomes[outcome], len(answers))
    for day in dates:
        row = [by_day[day, outcome] for outcome in OUTCOMES]
        if answers:
            found[f"Questions of each day by outcome: {day}"] = [_number(each) for each in (*row, sum(row))]
        if any(tokens.get(each) for each in dates):
            found[f"Tokens of the model of each day: {day}"] = [_number(tokens.get(day, 0))]
    rated = Counter(ratings[answer.id] for answer in answers)
    both = rated["up"] + rated["down"]
    found |= {"Rated helpful": _with_share(rated["up"], both), "Rated not helpful": _with_share(rated["down"], both)}
    cited, down = Counter[str](), Counter[str]()
    for answer in answers:
        for url in {urldefrag(each["url"]).url for each in answer.sources if each["id"] in answer.citations}:
            cited[url] += 1
            down[url] += ratings[answer.id] == "down"
    for label, counts in (("Most cited pages", cited), ("Pages most often rated not helpful", +down)):
        for url, _ in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:10]:
            share = f" ({_percent(down[url], cited[url])})" if cited[url] >= 20 else ""
            found[f"{label}: {url}"] = [_number(cited[url]), _number(down[url]) + share]
    until = utcnow()
    for first, last, label in (
        (0, 1, "Less than a day"),
        (1, 7, "Up to 7 days"),
        (7, 28, "Up to 28 days"),
        (28, 10**6, "Longer"),
    ):
        ages = [(until - each) / timedelta(days=1) for each in gaps]
        found[label] = _number(sum(first <= age < last for age in ages))
    times = Counter(int(latency_label(a.answer_metadata["total_time_ms"])) for a in answers if a.outcome != "greeting")
    if times:
        number = _number(times.total())
        found["Half within"] = f"{_number(percentile(times, 0.5))} ms of {number} answers"
        found["95 of 100 within"] = f"{_number(percentile(times, 0.95))} ms of {number} answers"
    found["Tokens today"] = f"{_number(tokens.get(today, 0))} of {_number(5_000_000)} a day"
    return found


def _text(node: LexborNode | None) -> str:
    assert node is not None
    return " ".join(node.text().replace("\u202f", "_").split()).replace("_", "\u202f")


def _number(number: int) -> str:
    return f"{number:,}".replace(",", "\u202f")


def _percent(part: int, whole: int) -> str:
    shown = f"{100 * part / whole:.0f} %"
    return {"0 %": "< 1 %" if part else shown, "100 %": "> 99 %" if part < whole else shown}.get(shown, shown)


def _with_share(part: int, whole: int) -> str:
    share = _percent(part, whole) if whole >= 20 else ""
    return " ".join(filter(None, [_number(part), share, f"of {_number(whole)}" if whole else ""]))


def _time(value: datetime | str) -> datetime:
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/week.db"
        settings = {"SECRET_KEY": factories.SECRET_KEY, "DATABASE_URL": url, "SEMANTIC": "off"} | SETTINGS
        settings |= {"LLM_MODEL": "none", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
        app = create_app({name: value for name, value in settings.items() if name != "LLM_MODEL"})
        with redirect_stdout(StringIO()):
            app.test_cli_runner().invoke(args=["db", "upgrade"])
            factories.index(app, Path(folder) / "guide")
            play(app, 2_000, 14)
        # The model is only named, so that its tokens are shown; nobody asks it.
        shown = create_app(settings)
        with redirect_stdout(StringIO()):
            found = differences(shown, room.enter(shown))
            figures = sum(len(_said(shown, days)) for days in (7, 28, 90))
    print("\n".join(found) or f"2,000 questions over 14 days: all {figures} figures are as SQL says.")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
