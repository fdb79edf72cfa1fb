"""How well the scores that lists were ranked by foretell what readers do, day by day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recsys.metrics import Figure, bootstrap_ratio
from recsys.store.reports import DAY_MS, Judged
from recsys.teaching import TEACHING


@dataclass(frozen=True, slots=True)
class ScoreDay:
    """One day's slates that a model ranked.

    Attributes:
        day: counted from the epoch in UTC.
        score: the mean score of what was shown.
        error: how often, of two papers of a slate of which the reader took up one, the other had the higher
            score (ties count half); 0.5 is chance. With its 95% interval over slates.
    """

    day: int
    score: float
    error: Figure


def score_drift(judged: Sequence[Judged]) -> list[ScoreDay]:
    """The days in order; without slates that asked a newcomer, that no model ranked, or that two did."""
    by_day: dict[int, list[Judged]] = defaultdict(list)
    for one in judged:
        if one.slate.bundle is not None and one.slate.policy != TEACHING and not _of_two(one):
            by_day[one.slate.time // DAY_MS].append(one)
    return [_of_day(day, by_day[day]) for day in sorted(by_day)]


def _of_two(one: Judged) -> bool:
    return any(item.team is not None for item in one.slate.items)


def _of_day(day: int, judged: Sequence[Judged]) -> ScoreDay:
    scores = [item.score for one in judged for item in one.slate.items]
    wrong, pairs = np.array([_wrong_pairs(one) for one in judged], dtype=np.float64).T
    error = bootstrap_ratio(wrong[pairs > 0], pairs[pairs > 0])
    return ScoreDay(day, float(np.mean(scores)) if scores else float("nan"), error)


def _wrong_pairs(one: Judged) -> tuple[float, int]:
    """How many pairs of a paper taken up and one not taken up stand the wrong way, and how many there are."""
    scores = np.array([item.score for item in one.slate.items])
    taken = np.array([one.rewards.get(item.item, 0.0) > 0 for item in one.slate.items], dtype=bool)
    ahead = scores[taken][:, None] - scores[~taken][None, :]
    return float((ahead < 0).sum() + 0.5 * (ahead == 0).sum()), ahead.size
