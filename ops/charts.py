"""Figures by day as inline SVG; colours and dashes are the page's own style. Pure.

Nothing that people typed comes into a chart: svg.py writes its texts as they are.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import svg

from ops.words import count, day, lasting
from store import DayNumbers

WIDTH, HEIGHT = 360, 210
TOP, RIGHT, BOTTOM = 10, 8, 22
A_CHARACTER = 6.8
"""About as wide as one of an axis is, so that the greatest label has room."""
STEPS, DATES = 4, 5
MINUTE, HOUR, DAY = 60, 3_600, 86_400
UNITS = (("d", DAY), ("h", HOUR), ("min", MINUTE))

Values = Sequence[float | None]
Spot = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture, and what its marks stand for: the sample of each, with its name."""

    picture: str
    legend: tuple[tuple[str, str], ...]


def active_people(days: Sequence[DayNumbers]) -> Chart:
    """People active by day, as bars."""
    values = [one.active for one in days]
    plot = _Plot(days, _Axis.of_counts(values))
    told = f"People active by day. {_most(days, values)}"
    hints = (f"{count(value)} active" for value in values)
    return Chart(plot.drawn(told, [*plot.bars(values)], hints), (_sample("bar", "People active"),))


def created_and_completed(days: Sequence[DayNumbers]) -> Chart:
    """Tasks created, as an area, against those completed, as a line."""
    created = [sum(one.created.values()) for one in days]
    completed = [sum(one.completed.values()) for one in days]
    plot = _Plot(days, _Axis.of_counts([*created, *completed]))
    told = (
        f"Tasks by day. Created: {_most(days, created)} Completed: {_most(days, completed)} "
        "Created is an area, completed a line."
    )
    hints = (
        f"{count(made)} created, {count(done)} completed"
        for made, done in zip(created, completed, strict=True)
    )
    marks = [*plot.area(created), *plot.line(completed, "first")]
    legend = _sample("area", "Created"), _sample("first", "Completed")
    return Chart(plot.drawn(told, marks, hints), legend)


def time_to_done(days: Sequence[DayNumbers]) -> Chart:
    """From creation to completion: what half, and what nine in ten, did not exceed."""
    halves, nines = [one.seconds_p50 for one in days], [one.seconds_p90 for one in days]
    plot = _Plot(days, _Axis.of_seconds([*halves, *nines]))
    told = (
        "Time from creation to completion, by day of completion. "
        f"Half: {_longest(days, halves)} Nine in ten: {_longest(days, nines)}"
    )
    hints = (
        "nothing completed"
        if half is None
        else f"half within {lasting(half)}, nine in ten within {lasting(nine)}"
        for half, nine in zip(halves, nines, strict=True)
    )
    marks = [*plot.line(nines, "second"), *plot.line(halves, "first")]
    legend = _sample("first", "Half were done within"), _sample("second", "Nine in ten within")
    return Chart(plot.drawn(told, marks, hints), legend)


@dataclass(frozen=True, slots=True)
class _Axis:
    """What stands at the lines across, from the lowest: a value and its label."""

    marks: tuple[tuple[float, str], ...]

    @classmethod
    def of_counts(cls, values: Sequence[int]) -> "_Axis":
        return cls(tuple((mark, count(mark)) for mark in _marks(max(values, default=0))))

    @classmethod
    def of_seconds(cls, values: Values) -> "_Axis":
        """In the greatest unit of which there are two."""
        greatest = max((value for value in values if value is not None), default=0)
        unit, size = next((one for one in UNITS if greatest >= 2 * one[1]), UNITS[-1])
        return cls(
            tuple((mark * size, f"{count(mark)} {unit}") for mark in _marks(greatest / size))
        )

    @property
    def top(self) -> float:
        return self.marks[-1][0]

    @property
    def room(self) -> float:
        """How wide its labels are."""
        return 8 + A_CHARACTER * max(len(label) for _, label in self.marks)


def _marks(greatest: float) -> range:
    """Round numbers from 0 to beyond the greatest value, with at most `STEPS` steps between."""
    wanted = max(greatest / STEPS, 1)
    power = 10 ** (len(str(int(wanted))) - 1)
    step = next(power * digit for digit in (1, 2, 5, 10) if power * digit >= wanted)
    return range(0, step * max(math.ceil(greatest / step), 1) + 1, step)


class _Plot:
    """The days from left to right over an axis of values."""

    def __init__(self, days: Sequence[DayNumbers], axis: _Axis) -> None:
        self._days = days
        self._axis = axis
        self._left = axis.room
        self._a_day = (WIDTH - RIGHT - self._left) / max(len(days), 1)

    def drawn(
        self, told: str, marks: Sequence[svg.Element], hints: Iterator[str] | Sequence[str]
    ) -> str:
        """The picture as a whole; over each day, unseen, what is said when it is pointed at."""
        elements = [*self._across(), *self._dates(), *marks, *self._hints(hints)]
        return svg.SVG(
            viewBox=svg.ViewBoxSpec(0, 0, WIDTH, HEIGHT),
            class_=["chart"],
            extra={"role": "img", "aria-label": told},
            elements=elements,
        ).as_str()

    def bars(self, values: Sequence[int]) -> Iterator[svg.Element]:
        floor = self._y(0)
        for at, value in enumerate(values):
            if value:
                top = self._y(value)
                x, width = self._left + (at + 0.1) * self._a_day, 0.8 * self._a_day
                yield svg.Rect(
                    x=_cut(x), y=top, width=_cut(width), height=_cut(floor - top), class_=["bar"]
                )

    def area(self, values: Sequence[int]) -> Iterator[svg.Element]:
        spots = [(self._x(at), self._y(value)) for at, value in enumerate(values)]
        if spots:
            ends = (spots[0][0], self._y(0)), (spots[-1][0], self._y(0))
            yield svg.Path(d=_path([ends[0], *spots, ends[1]]), class_=["area"])

    def line(self, values: Values, name: str) -> Iterator[svg.Element]:
        """A line over days without a value too; a value between two such days has a dot."""
        spots = {
            at: (self._x(at), self._y(one)) for at, one in enumerate(values) if one is not None
        }
        if spots:
            yield svg.Path(d=_path([*spots.values()]), class_=["line", name])
        for at, (x, y) in spots.items():
            if at - 1 not in spots and at + 1 not in spots:
                yield svg.Circle(cx=x, cy=y, r=2, class_=["dot", name])

    def _across(self) -> Iterator[svg.Element]:
        for value, label in self._axis.marks:
            y = self._y(value)
            name = "guide" if value else "base"
            yield svg.Line(x1=_cut(self._left), x2=WIDTH - RIGHT, y1=y, y2=y, class_=[name])
            yield svg.Text(x=_cut(self._left - 5), y=y + 4, text=label, class_=["value"])

    def _dates(self) -> Iterator[svg.Element]:
        """On Mondays, where there are weeks enough."""
        weeks = len(self._days) / 7
        every = 7 * math.ceil(weeks / DATES) if weeks > 1 else 2
        first = -self._days[0].day.weekday() % 7 if self._days and weeks > 1 else 0
        for at in range(first, len(self._days), every):
            of = self._days[at].day
            x = min(max(self._x(at), self._left + 12), WIDTH - RIGHT - 16)
            yield svg.Text(x=_cut(x), y=HEIGHT - 5, text=f"{of.day} {of:%b}", class_=["date"])

    def _hints(self, hints: Iterator[str] | Sequence[str]) -> Iterator[svg.Element]:
        for at, (one, hint) in enumerate(zip(self._days, hints, strict=True)):
            yield svg.Rect(
                x=_cut(self._left + at * self._a_day),
                y=TOP,
                width=_cut(self._a_day),
                height=HEIGHT - TOP - BOTTOM,
                class_=["day"],
                elements=[svg.Title(text=f"{day(one.day)}: {hint}")],
            )

    def _x(self, at: int) -> float:
        return _cut(self._left + (at + 0.5) * self._a_day)

    def _y(self, value: float) -> float:
        return _cut(TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / self._axis.top))


def _path(spots: Sequence[Spot]) -> list[svg.PathData]:
    (x, y), *others = spots
    return [svg.M(x, y), *(svg.L(*other) for other in others)]


def _cut(number: float) -> float:
    """Tenths are finer than anybody sees, and shorter."""
    return round(number, 1)


def _sample(name: str, label: str) -> tuple[str, str]:
    """How a mark looks, beside its name."""
    box = svg.Rect(x=2, y=2, width=20, height=10, class_=[name])
    mark = svg.Line(x1=1, x2=25, y1=7, y2=7, class_=["line", name])
    sample = svg.SVG(
        viewBox=svg.ViewBoxSpec(0, 0, 26, 14),
        class_=["sample"],
        extra={"aria-hidden": "true"},
        elements=[box if name in {"bar", "area"} else mark],
    )
    return sample.as_str(), label


def _most(days: Sequence[DayNumbers], values: Sequence[int]) -> str:
    return _peak(days, values, lambda value: f"most, {count(round(value))}")


def _longest(days: Sequence[DayNumbers], values: Values) -> str:
    return _peak(days, values, lambda value: f"longest, {lasting(value)}")


def _peak(days: Sequence[DayNumbers], values: Values, words: Callable[[float], str]) -> str:
    """Where the greatest value is, in a sentence."""
    found = [(value, at) for at, value in enumerate(values) if value]
    if not found:
        return "none in these days."
    value, at = max(found, key=lambda each: each[0])
    return f"{words(value)}, on {day(days[at].day)}."
