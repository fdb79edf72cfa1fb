"""Line charts as plain geometry, which the template `chart.html.j2` draws as SVG; without scripts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import floor, isfinite, log10

WIDTH, WIDE, HEIGHT = 640, 1_120, 210
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 14, 12, 28
_LABELS = 7  # along the x axis at most; more would run into each other
_TICKS = 4


@dataclass(frozen=True)
class Series:
    """One line: `values` along x, None where there is none; an interval around each, if there is one."""

    name: str
    values: Sequence[float | None]
    low: Sequence[float | None] | None = None
    high: Sequence[float | None] | None = None


@dataclass(frozen=True)
class Drawn:
    """One line as it is drawn: `points` are (x, y, what it says), neighbours joined by `paths`."""

    name: str
    points: list[tuple[float, float, str]]
    paths: list[str]
    bars: list[tuple[float, float, float]]  # x, y of the low end, y of the high end


@dataclass(frozen=True)
class Chart:
    """A picture: `ticks` are (y, label), `labels` (x, label); `description` says it in words."""

    name: str
    title: str
    description: str
    width: int
    lines: list[Drawn]
    ticks: list[tuple[float, str]]
    labels: list[tuple[float, str]]


def chart(
    name: str, title: str, along: Sequence[str], series: Sequence[Series], width: int = WIDTH
) -> Chart | None:
    """The picture of some series over the same x; None where there is nothing to draw.

    Args:
        name: for ids within the page.
        title: what is shown, with its unit.
        along: what each place on x is called.
        series: five at most can be told apart.
        width: of the picture; `WIDE` for one that stands alone.
    """
    known = [v for one in series for part in (one.values, one.low, one.high) for v in _known(part)]
    if not known:
        return None
    ticks = _ticks(min(0.0, *known), max(known))
    low, high = ticks[0], ticks[-1]

    def x(place: int) -> float:
        return round(
            _LEFT + (width - _LEFT - _RIGHT) * (place / (len(along) - 1) if len(along) > 1 else 0.5), 1
        )

    def y(value: float) -> float:
        return round(_TOP + (HEIGHT - _TOP - _BOTTOM) * (high - value) / (high - low), 1)

    lines = [_drawn(one, along, x, y) for one in series]
    step = -(-len(along) // _LABELS)
    shown = range((len(along) - 1) % step, len(along), step)  # the last one always
    return Chart(
        name,
        title,
        " ".join(_said(one, along) for one in series),
        width,
        lines,
        [(y(tick), _number(tick)) for tick in ticks],
        [(x(place), along[place]) for place in shown],
    )


def _drawn(
    one: Series, along: Sequence[str], x: Callable[[int], float], y: Callable[[float], float]
) -> Drawn:
    points: list[tuple[float, float, str]] = []
    paths: list[list[str]] = [[]]
    bars = []
    for place, value in enumerate(one.values):
        if value is None or not isfinite(value):
            paths.append([])
            continue
        points.append((x(place), y(value), f"{one.name}, {along[place]}: {_number(value)}"))
        paths[-1].append(f"{x(place)},{y(value)}")
        low, high = (side[place] if side else None for side in (one.low, one.high))
        if low is not None and high is not None and isfinite(low) and isfinite(high):
            bars.append((x(place), y(low), y(high)))
    return Drawn(one.name, points, [" ".join(path) for path in paths if len(path) > 1], bars)


def _known(values: Sequence[float | None] | None) -> list[float]:
    return [value for value in values or () if value is not None and isfinite(value)]


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers from at most `low` to at least `high`."""
    span = (high - low) or abs(high) or 1.0
    size = 10 ** floor(log10(span / _TICKS))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor * _TICKS >= span * 0.999)
    first = floor(low / step + 1e-9)
    ticks = [round((first + number) * step, 12) for number in range(_TICKS + 3)]
    last = next(number for number, tick in enumerate(ticks) if tick >= high - step * 1e-6 and number > 0)
    return ticks[: last + 1]


def _number(value: float) -> str:
    """As short as it can be told.

    >>> _number(12_500), _number(0.125), _number(3)
    ('12,500', '0.125', '3')
    """
    return f"{value:,.0f}" if value == round(value) or abs(value) >= 1_000 else f"{value:.3g}"


def _said(one: Series, along: Sequence[str]) -> str:
    known = [
        (value, place) for place, value in enumerate(one.values) if value is not None and isfinite(value)
    ]
    if not known:
        return f"{one.name}: nothing known."
    (least, _), (most, when) = min(known), max(known)
    last, where = known[-1]
    return (
        f"{one.name}: {_number(last)} at the end ({along[where]}), from {_number(least)} to {_number(most)} "
        f"(the most, {along[when]})."
    )
