"""Plots: the geometry of an SVG, and the table of the same figures. `parts.html` draws both.

What lies across is in percent of the width, what stands up in pixels: the drawing is as wide as its page, and its
labels are as large as any text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chatkit.owner.figures import count

HEIGHT, TOP, BOTTOM = 220, 10, 28
MOST_LABELS = 8


@dataclass(frozen=True)
class Bar:
    """A rectangle of one series: ``x`` and ``width`` in percent of the plot's width, ``y`` and ``height`` in pixels."""

    x: float
    y: float
    width: float
    height: float
    series: int
    title: str


@dataclass(frozen=True)
class Tick:
    """A label at an axis, in the axis's unit; a minor one is left out where there is little room."""

    at: float
    label: str
    is_minor: bool = False


@dataclass(frozen=True)
class Plot:
    """Stacked bars: what is drawn, and as the table says it: a row each column, with the figure of each series."""

    title: str
    bars: Sequence[Bar]
    x_ticks: Sequence[Tick]
    y_ticks: Sequence[Tick]
    series: Sequence[str]
    rows: Sequence[tuple[str, Sequence[int]]]
    height: int = HEIGHT
    base: int = HEIGHT - BOTTOM


def stacked_bars(
    title: str, columns: Sequence[str], series: Mapping[str, Sequence[int]], labels: Sequence[str] = ()
) -> Plot:
    """Return bars side by side, one a column, each made of the figures that the series have there, from below.

    The ``labels`` below them, one a column and some of them left out, are the names of the columns unless given.
    """
    totals = [sum(values) for values in zip(*series.values(), strict=True)]
    top = _round_up(max(totals, default=0))
    step = 100 / max(1, len(columns))
    scale = (HEIGHT - TOP - BOTTOM) / top
    bars = []
    for column, name in enumerate(columns):
        reached = 0
        for number, (part, values) in enumerate(series.items()):
            value = values[column]
            if value:
                reached += value
                x, y = (column + 0.1) * step, HEIGHT - BOTTOM - reached * scale
                said = f"{name}: {count(value)} {part}"
                bars.append(Bar(_short(x), _short(y), _short(step * 0.8), _short(value * scale), number, said))
    labelled = range(0, len(columns), max(1, -(-len(columns) // MOST_LABELS)))
    x_ticks = [
        Tick(_short((at + 0.5) * step), (labels or columns)[at], is_minor=bool(place % 2))
        for place, at in enumerate(labelled)
    ]
    y_ticks = [Tick(_short(HEIGHT - BOTTOM - value * scale), _in_short(value)) for value in (0, top // 2, top)]
    rows = [(name, [values[at] for values in series.values()]) for at, name in enumerate(columns)]
    return Plot(title, bars, x_ticks, y_ticks, list(series), rows)


def _short(length: float) -> float:
    return round(length, 2)


def _in_short(value: int) -> str:
    """Return a number that has few digits other than 0, such as ``150k``."""
    for power, letter in ((1_000_000, "M"), (1_000, "k")):
        if value >= power:
            return f"{value / power:g}{letter}"
    return str(value)


def _round_up(value: int) -> int:
    """Return a number at least as large that reads well at the top of an axis, and so does its half."""
    power = 1
    while True:
        for tenths in (20, 24, 30, 40, 50, 60, 80, 100, 120, 160):
            top, rest = divmod(tenths * power, 10)
            if top >= value and not rest and top % 2 == 0:
                return top
        power *= 10
