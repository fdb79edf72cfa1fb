"""What a policy would have earned, from the log of another: inverse propensity scoring.

Each shown paper counts by how much likelier the policy in question would have shown it there than the policy
that did: w = target / propensity. What it earned at its place is taken not to depend on the other places.

- IPS, the mean of w · reward over all places (Horvitz and Thompson, "A Generalization of Sampling Without
  Replacement from a Finite Universe", JASA 1952), with w clipped: a little biased downwards, much less noisy.
- SNIPS, the sum of w · reward over the sum of w (Swaminathan and Joachims, "The Self-Normalized Estimator for
  Counterfactual Learning", NeurIPS 2015): not moved by adding a constant to all rewards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsys.metrics import Figure, bootstrap_ratio

Doubles = NDArray[np.float64]

CLIP = 20.0  # what a place may count for at most, in places


@dataclass(frozen=True, eq=False)
class Shown:
    """What a log holds, a row for each paper at its place.

    Attributes:
        rewards: float64 (n,), what it earned.
        propensities: float64 (n,), the chance with which it was shown there, in (0, 1].
        slates: int (n,), which slate it was in, by any numbers that tell slates apart.

    Raises:
        ValueError: the columns differ in length, a propensity is not in (0, 1], or a reward isn't finite.
    """

    rewards: Doubles
    propensities: Doubles
    slates: NDArray[np.integer[Any]]

    def __post_init__(self) -> None:
        """Check the columns."""
        if not len(self.rewards) == len(self.propensities) == len(self.slates):
            raise ValueError("rewards, propensities and slates differ in length: give one of each a place")
        if not ((self.propensities > 0) & (self.propensities <= 1)).all():
            raise ValueError("a propensity is not in (0, 1]: nothing can be said of what was never shown")
        if not np.isfinite(self.rewards).all():
            raise ValueError("a reward is not finite")


@dataclass(frozen=True, slots=True)
class Value:
    """The mean reward of a place, with 95% bootstrap intervals over slates.

    Attributes:
        ips: clipped inverse propensity scoring.
        snips: self-normalised.
        effective: of how many places the estimate is worth, (sum of w)² / sum of w² (Kish 1965).
        places: in the log.
        clipped: the share of places whose weight was cut.
    """

    ips: Figure
    snips: Figure
    effective: float
    places: int
    clipped: float


def value_of(shown: Shown, target: Doubles, clip: float = CLIP) -> Value:
    """What the policy is worth that would have shown each paper at its place with the chance `target`.

    Args:
        shown: the log.
        target: float64 (n,), from 0 to 1.
        clip: the largest weight, > 0.

    Raises:
        ValueError: `target` is of another length, or holds what is no chance.
    """
    if len(target) != len(shown.rewards):
        raise ValueError("target: give a chance for each place of the log")
    if not ((target >= 0) & (target <= 1)).all():
        raise ValueError("target: a chance lies between 0 and 1")
    raw = target / shown.propensities
    weights = np.minimum(raw, clip)
    earned = weights * shown.rewards
    squares = float((weights**2).sum())
    return Value(
        ips=bootstrap_ratio(earned, np.ones(len(raw)), users=shown.slates),
        snips=_self_normalised(earned, weights, shown.slates),
        effective=float(weights.sum()) ** 2 / squares if squares else 0.0,
        places=len(raw),
        clipped=float((raw > clip).mean()) if len(raw) else 0.0,
    )


def _self_normalised(earned: Doubles, weights: Doubles, slates: NDArray[np.integer[Any]]) -> Figure:
    """Unknown where the policy would have shown nothing of the log."""
    if not weights.any():
        nan = float("nan")
        return Figure(nan, nan, nan, 0)
    return bootstrap_ratio(earned, weights, users=slates)
