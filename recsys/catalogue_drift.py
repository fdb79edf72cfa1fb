"""How the catalogue changes: each topic's share of what joins it, week by week."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from recsys.store.reports import PerDay

_SHOWN = 5  # topics in one picture


@dataclass(frozen=True)
class CatalogueDrift:
    """Shares of topics among what joined the catalogue.

    Attributes:
        weeks: first days, counted from the epoch in UTC, ascending.
        shares: by topic, the largest first: its share of the labels of each week, from 0 to 1.
        distance: the total variation distance of the last week from all before, from 0 (nothing changed)
            to 1; None before there are two weeks.
        moved: the topics whose share changed most in the last week, and by how much, the largest first.
    """

    weeks: tuple[int, ...]
    shares: dict[str, tuple[float, ...]]
    distance: float | None
    moved: tuple[tuple[str, float], ...]


def catalogue_drift(joined: Sequence[PerDay], shown: int = _SHOWN) -> CatalogueDrift:
    """The drift in what `Reports.papers_per_week` gives; a paper of two topics counts for both."""
    weeks = tuple(sorted({row.day for row in joined}))
    by_week: dict[int, Counter[str]] = {week: Counter() for week in weeks}
    for row in joined:
        by_week[row.day][row.kind] += row.number
    altogether = Counter[str]()
    for counts in by_week.values():
        altogether += counts
    largest = sorted(altogether, key=lambda topic: (-altogether[topic], topic))[:shown]
    shares = {topic: tuple(_share(by_week[week], topic) for week in weeks) for topic in largest}
    if len(weeks) < 2:
        return CatalogueDrift(weeks, shares, None, ())
    last = by_week[weeks[-1]]
    before = altogether - last
    changes = {topic: _share(last, topic) - _share(before, topic) for topic in altogether}
    moved = sorted(changes.items(), key=lambda change: (-abs(change[1]), change[0]))[:shown]
    return CatalogueDrift(weeks, shares, sum(map(abs, changes.values())) / 2, tuple(moved))


def _share(counts: Counter[str], topic: str) -> float:
    return counts[topic] / counts.total() if counts else 0.0
