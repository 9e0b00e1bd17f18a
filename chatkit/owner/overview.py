"""The figures of the overview, all of them sums of the daily counts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import case, func, select

from chatkit.chat.daily_counts import Measure
from chatkit.chat.models import DailyCount
from chatkit.config import settings
from chatkit.database.orm import db, utcnow
from chatkit.gaps.models import GapCluster
from chatkit.gaps.service import OPEN
from chatkit.llm.models import DailyTokens
from chatkit.owner.labels import OUTCOMES
from chatkit.owner.plots import Plot, stacked_bars

PERIODS = (7, 28, 90)
# Open gaps are put together by for how long they have been open.
AGES = (
    (timedelta(days=1), "less than a day"),
    (timedelta(days=7), "up to 7 days"),
    (timedelta(days=28), "up to 28 days"),
    (timedelta.max, "longer"),
)
MOST_PAGES = 10


@dataclass(frozen=True)
class CitedPage:
    """A page, how many answers rest on it, and how many of these are rated down."""

    url: str
    cited: int
    down: int


@dataclass(frozen=True)
class Latency:
    """How long answers took, in milliseconds: half of them, and 95 of 100, no longer than this."""

    answers: int
    p50: int
    p95: int


@dataclass(frozen=True)
class Tokens:
    """What the model used, and may use in a day; ``cap`` is None where no model is configured."""

    today: int
    cap: int | None
    plot: Plot


@dataclass(frozen=True)
class Overview:
    """What happened in the last days, today among them."""

    days: int
    since: date
    until: date
    questions: int
    outcomes: dict[str, int]
    plot: Plot
    ratings: dict[str, int]
    gaps: Sequence[tuple[str, int]]
    cited: Sequence[CitedPage]
    rated_down: Sequence[CitedPage]
    latency: Latency | None
    tokens: Tokens


def overview(days: int) -> Overview:
    """Return the figures of so many days."""
    today = utcnow().date()
    since = today - timedelta(days=days - 1)
    dates = [since + timedelta(days=number) for number in range(days)]
    by_day = _by_day(since)
    pages = _pages(since)
    daily = {outcome: [by_day.get((day, outcome), 0) for day in dates] for outcome in OUTCOMES}
    outcomes = {outcome: sum(numbers) for outcome, numbers in daily.items()}
    series = {OUTCOMES[outcome]: numbers for outcome, numbers in daily.items()}
    cited = sorted(pages, key=lambda page: (-page.cited, page.url))
    down = sorted((page for page in pages if page.down), key=lambda page: (-page.down, page.url))
    return Overview(
        days,
        since,
        today,
        sum(outcomes.values()),
        outcomes,
        _by_date("Questions of each day by outcome", dates, series),
        _sums(Measure.RATING, since),
        _gaps_by_age(),
        cited[:MOST_PAGES],
        down[:MOST_PAGES],
        _latency(since),
        _tokens(dates),
    )


def percentile(counts: dict[int, int], part: float) -> int:
    """Return the least value that so great a part of what was counted does not pass."""
    wanted, reached = part * sum(counts.values()), 0
    for value in sorted(counts):
        reached += counts[value]
        if reached >= wanted:
            return value
    raise ValueError("nothing was counted")


def _by_date(title: str, dates: Sequence[date], series: Mapping[str, Sequence[int]]) -> Plot:
    """Return the plot of some days; below it stand their months and days."""
    return stacked_bars(title, [day.isoformat() for day in dates], series, [f"{day:%m-%d}" for day in dates])


def _by_day(since: date) -> dict[tuple[date, str], int]:
    rows = select(DailyCount.day, DailyCount.label, func.sum(DailyCount.number)).where(
        DailyCount.measure == Measure.OUTCOME.value, DailyCount.day >= since
    )
    counted = db.session.execute(rows.group_by(DailyCount.day, DailyCount.label))
    return {(day, label): int(number) for day, label, number in counted}


def _sums(measure: Measure, since: date) -> dict[str, int]:
    """Return how many of each label there were."""
    number = func.sum(DailyCount.number)
    rows = select(DailyCount.label, number).where(DailyCount.measure == measure.value, DailyCount.day >= since)
    return {label: int(count) for label, count in db.session.execute(rows.group_by(DailyCount.label))}


def _pages(since: date) -> list[CitedPage]:
    cited, down = (
        func.sum(case((DailyCount.measure == measure.value, DailyCount.number), else_=0))
        for measure in (Measure.CITED, Measure.CITED_DOWN)
    )
    measures = (Measure.CITED.value, Measure.CITED_DOWN.value)
    rows = select(DailyCount.label, cited, down).where(DailyCount.measure.in_(measures), DailyCount.day >= since)
    return [CitedPage(url, int(a), int(b)) for url, a, b in db.session.execute(rows.group_by(DailyCount.label))]


def _latency(since: date) -> Latency | None:
    counts = {int(label): number for label, number in _sums(Measure.LATENCY, since).items()}
    if not counts:
        return None
    return Latency(sum(counts.values()), percentile(counts, 0.5), percentile(counts, 0.95))


def _gaps_by_age() -> list[tuple[str, int]]:
    """Return how many gaps are open, each of questions that ask the same, by for how long they have been."""
    now = utcnow()
    opened = db.session.scalars(select(GapCluster.opened_at).where(GapCluster.state.in_(OPEN)))
    counts = Counter(next(label for days, label in AGES if now - at < days) for at in opened)
    return [(label, counts[label]) for _, label in AGES]


def _tokens(dates: Sequence[date]) -> Tokens:
    rows = select(DailyTokens.day, DailyTokens.tokens).where(DailyTokens.day >= dates[0])
    used = {row.day: row.tokens for row in db.session.execute(rows)}
    plot = _by_date("Tokens of the model of each day", dates, {"tokens": [used.get(day, 0) for day in dates]})
    cap = settings().llm_tokens_per_day if settings().llm_model else None
    return Tokens(used.get(dates[-1], 0), cap, plot)
