"""What shown papers earned, by day and policy; and what they would have earned without exploration.

A shown paper earns the strength of the strongest act on it (`recsys.store.reports.rewards`). Lists are drawn
by known chances: the log says both what they earn as they are and what the greedy ones would (`recsys.ope`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import sqrt

import numpy as np

from recsys.metrics import Figure
from recsys.ope import CLIP, Shown, Value, value_of
from recsys.store import Store
from recsys.store.reports import DAY_MS, Earned, Judged
from recsys.teaching import TEACHING

NEWEST = 5_000  # slates that off-policy estimates are made of

_Z = 1.96


@dataclass(frozen=True, slots=True)
class Reward:
    """What the slates of a policy earned, with 95% intervals.

    Attributes:
        policy: as slates name it.
        day: counted from the epoch in UTC; None for the whole period.
        per_place: the mean reward of a shown paper; its interval is over slates.
        per_slate: the mean reward of a slate.
        places: papers shown.
    """

    policy: str
    day: int | None
    per_place: Figure
    per_slate: Figure
    places: int


@dataclass(frozen=True, slots=True)
class OffPolicy:
    """The lists as they were drawn next to the greedy ones, from the same log; None where it says nothing."""

    explored: Value | None
    greedy: Value | None
    slates: int


@dataclass(frozen=True, slots=True)
class RewardReport:
    """The rewards since `since` (ms since the epoch): of each policy, by day, and off-policy."""

    since: int
    policies: tuple[Reward, ...]
    days: tuple[Reward, ...]
    off_policy: OffPolicy


def reward_report(store: Store, since: int, newest: int = NEWEST, clip: float = CLIP) -> RewardReport:
    """The report from the record; off-policy figures are of the `newest` slates.

    Raises:
        recsys.store.StoreError: the record can't be read.
    """
    earned = store.reports.earned(since)
    return RewardReport(
        since,
        tuple(by_policy(earned)),
        tuple(_reward(row.policy, row.day, [row]) for row in earned),
        off_policy(store.reports.judged(since, newest), clip),
    )


def by_policy(earned: Iterable[Earned]) -> list[Reward]:
    """All days of each policy together, in the order of their names."""
    ordered = sorted(earned, key=lambda row: row.policy)
    return [_reward(policy, None, list(rows)) for policy, rows in groupby(ordered, lambda row: row.policy)]


def off_policy(judged: Sequence[Judged], clip: float = CLIP) -> OffPolicy:
    """What the lists earn as they are drawn, and what the greedy ones would.

    Slates that asked a newcomer, that no model ranked, or of which it wasn't noted what the greedy list held
    are left out.
    """
    ranked = [
        one
        for one in judged
        if one.slate.bundle is not None
        and one.slate.policy != TEACHING
        and all(item.greedy is not None for item in one.slate.items)
    ]
    places = [(number, one, item) for number, one in enumerate(ranked) for item in one.slate.items]
    if not places:
        return OffPolicy(None, None, 0)
    shown = Shown(
        np.array([one.rewards.get(item.item, 0.0) for _, one, item in places]),
        np.array([item.propensity for _, _, item in places]),
        np.array([number for number, _, _ in places]),
    )
    greedy = np.array([float(bool(item.greedy)) for _, _, item in places])
    return OffPolicy(value_of(shown, shown.propensities, clip), value_of(shown, greedy, clip), len(ranked))


def iso_day(day: int) -> str:
    """A day as ISO writes it.

    >>> iso_day(1)
    '1970-01-02'
    """
    return str(np.datetime64(day, "D"))


def _reward(policy: str, day: int | None, rows: Sequence[Earned]) -> Reward:
    slates, places = sum(row.slates for row in rows), sum(row.places for row in rows)
    r, rr, rn, nn = (sum(getattr(row, name) for row in rows) for name in ("r", "rr", "rn", "nn"))
    mean = r / places if places else 0.0
    # The ratio estimator (Cochran 1977): slates are drawn, and with each as many places as it has.
    spread = max(0.0, rr - 2 * mean * rn + mean**2 * nn)
    return Reward(
        policy,
        day,
        _figure(mean, spread, slates, places / slates),
        _figure(r / slates, max(0.0, rr - r * r / slates), slates, 1.0),
        places,
    )


def _figure(mean: float, squares: float, n: int, size: float) -> Figure:
    """A mean with its interval, from the sum of squared deviations of n slates of a mean size."""
    if n < 2 or size == 0:
        return Figure(mean, float("nan"), float("nan"), n)
    reach = _Z * sqrt(squares / (n - 1) / n) / size
    return Figure(mean, mean - reach, mean + reach, n)


def days_ago(now: int, days: float) -> int:
    """That many days before a time, ms since the epoch."""
    return int(now - days * DAY_MS)
