"""Charts of pages: bars beside each other, drawn by the server as SVG, told apart by pattern as well as by colour."""

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Final

from grants.domain.money import show_short

# Each ink has a contrast with white of more than 3 to 1, and each series a pattern of its own.
_LOOKS: Final = (
    ("#12436d", "solid"),
    ("#1d7f77", "diagonal"),
    ("#801650", "dots"),
    ("#c24a00", "lines"),
    ("#3d3d3d", "crosses"),
)
SERIES_MAX: Final = len(_LOOKS)
_WIDTH: Final = 900
_LABELS: Final = 210
_VALUES: Final = 80
_TOP: Final = 64
_BAR, _GAP, _BETWEEN = 15, 3, 18
_LINE: Final = 18
_LETTERS: Final = 26
"""Of a label's line."""
_STEPS: Final = (1, 2, 5)
_TICKS_MAX: Final = 6


@dataclass(frozen=True)
class Series:
    """What bars of one look show, in pence: one value for each label."""

    name: str
    values: Sequence[int]


@dataclass(frozen=True)
class Chart:
    """Bars beside each other for each label. `name` is its id on the page; `description` says in words what is to be seen.

    `of` is what the labels are, as the heading of its table.
    """

    name: str
    title: str
    description: str
    labels: Sequence[str]
    series: Sequence[Series]
    of: str


@dataclass(frozen=True)
class Bar:
    """One bar, with its value in a few letters beside it."""

    x: int
    y: int
    width: int
    height: int
    series: int
    text: str


@dataclass(frozen=True)
class Look:
    """How a series looks, and where the legend says so."""

    name: str
    ink: str
    pattern: str
    x: int


@dataclass(frozen=True)
class Words:
    """Lines of text at a place."""

    x: int
    y: int
    lines: Sequence[str]


@dataclass(frozen=True)
class Drawing:
    """A chart with the place of everything in it: `{{ chart(drawing) }}` of chart.html. Figures are in pence."""

    chart: Chart
    width: int
    height: int
    looks: Sequence[Look]
    bars: Sequence[Bar]
    labels: Sequence[Words]
    ticks: Sequence[Words]
    top: int
    line_height: int

    @property
    def rows(self) -> list[tuple[str, list[int]]]:
        """The same as a table: a label and its values."""
        return [
            (label, [one.values[number] for one in self.chart.series]) for number, label in enumerate(self.chart.labels)
        ]


def drawn(chart: Chart) -> Drawing:
    """The chart as it is drawn. Values below zero have no bar. Raises ValueError for more series than can be told apart."""
    if len(chart.series) > SERIES_MAX:
        raise ValueError(f"a chart tells {SERIES_MAX} series apart")
    largest = max((value for one in chart.series for value in one.values), default=0)
    step = _step(largest)
    end = max(-(-largest // step), 1) * step
    per_group = len(chart.series) * (_BAR + _GAP) + _BETWEEN
    bars, labels = [], []
    for row, label in enumerate(chart.labels):
        top = _TOP + row * per_group + _BETWEEN // 2
        lines = wrap(label, _LETTERS) or [label]
        middle = top + (per_group - _BETWEEN) // 2
        labels.append(Words(_LABELS - 10, middle - (len(lines) - 1) * _LINE // 2 + 5, lines))
        for number, one in enumerate(chart.series):
            value = one.values[row]
            width = _length(max(value, 0), end)
            bars.append(Bar(_LABELS, top + number * (_BAR + _GAP), width, _BAR, number, show_short(value)))
    return Drawing(
        chart=chart,
        width=_WIDTH,
        height=_TOP + len(chart.labels) * per_group + 8,
        looks=[
            Look(one.name, *_LOOKS[number], x=_LABELS + number * (_WIDTH - _LABELS) // max(len(chart.series), 4))
            for number, one in enumerate(chart.series)
        ],
        bars=bars,
        labels=labels,
        ticks=[
            Words(_LABELS + _length(value, end), _TOP - 8, [show_short(value)]) for value in range(0, end + 1, step)
        ],
        top=_TOP,
        line_height=_LINE,
    )


def _length(value: int, end: int) -> int:
    return value * (_WIDTH - _LABELS - _VALUES) // end


def _step(largest: int) -> int:
    """The smallest of £1, £2, £5, £10, … of which a few reach the largest value."""
    step, power = 100, 100
    while largest > step * _TICKS_MAX:
        for factor in _STEPS:
            step = factor * power
            if largest <= step * _TICKS_MAX:
                return step
        power *= 10
    return step
