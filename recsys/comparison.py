"""Whether two models differ past noise: paired over users, corrected for how many pairs were looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from recsys.metrics import per_user


@dataclass(frozen=True, slots=True)
class Comparison:
    """The mean difference of two models, its interval, and the p-value of there being none."""

    difference: float
    low: float
    high: float
    p: float
    users: int


def compare(
    values: NDArray[np.float64],
    against: NDArray[np.float64],
    users: NDArray[np.integer[Any]] | None = None,
    level: float = 0.95,
) -> Comparison:
    """The paired t-test over users, which is the most reliable one on such metrics (Urbano et al. 2019).

    Where a user has several values (seeds, events), users are clusters: the variance is that of the ratio
    estimator over users (Cochran 1977), which for one value each is the paired t-test itself.

    Args:
        values: (n,), nan where a request doesn't count.
        against: (n,) of the other model, in the same order.
        users: int (n,), whose each value is; one of each user by default.
        level: of the interval, such as 1 - 0.05 / m for one of m intervals that shall all hold (Bonferroni).
    """
    known = ~np.isnan(values) & ~np.isnan(against)
    differences = values[known] - against[known]
    counts = np.ones(len(differences))
    if users is not None:
        differences, counts = per_user(differences, users[known]), per_user(counts, users[known])
    n = len(differences)
    if n < 2:
        nan = float("nan")
        return Comparison(float(differences.sum() / counts.sum()) if n else nan, nan, nan, nan, n)
    mean = float(differences.sum() / counts.sum())
    spread = float(((differences - mean * counts) ** 2).sum())
    error = sqrt(spread * n / (n - 1)) / float(counts.sum())
    if error == 0:
        return Comparison(mean, mean, mean, 1.0 if mean == 0 else 0.0, n)
    reach = float(stats.t.ppf((1 + level) / 2, n - 1)) * error
    p = float(2 * stats.t.sf(abs(mean) / error, n - 1))
    return Comparison(mean, mean - reach, mean + reach, p, n)


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values adjusted for their number, step-down (Holm 1979); nan (nothing compared) stays out.

    >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    adjusted = [float("nan")] * len(p_values)
    order = [place for place in np.argsort(p_values, kind="stable") if not np.isnan(p_values[place])]
    highest = 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, (len(order) - rank) * p_values[place]))
        adjusted[int(place)] = highest
    return adjusted
