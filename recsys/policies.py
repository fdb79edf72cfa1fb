"""Policies: with which probability a place takes each of its options, given what is believed of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, softmax

Doubles = NDArray[np.float64]

_REACH = 8.0  # standard deviations; what lies beyond has a probability of 1e-15
_SUREST = 1 / 64  # no belief is taken to be surer than this share of the least sure one beside it


class Policy(Protocol):
    """A rule by which one of several options is drawn."""

    @property
    def name(self) -> str:
        """How slates name the policy."""
        ...

    def chances(self, scores: Doubles, spread: Doubles) -> Doubles:
        """The probability of each option, float64 (n,), summing to 1.

        Args:
            scores: float64 (n,), what each option is expected to be worth; n >= 1.
            spread: float64 (n,), the standard deviation of what is believed of it; >= 0.
        """
        ...


@dataclass(frozen=True, slots=True)
class Thompson:
    """An option is drawn as often as it is the best one, by what is believed (Thompson, Biometrika 1933).

    Beliefs are independent Gaussians. Drawing a value from each and taking the largest would do the same; the
    probabilities are computed instead, because they are logged.
    """

    @property
    def name(self) -> str:
        """How slates name the policy."""
        return "thompson"

    def chances(self, scores: Doubles, spread: Doubles) -> Doubles:
        """How likely each option is the best; without any spread the best score has it, ties share it."""
        if spread.max() <= 0:
            best = (scores == scores.max()).astype(np.float64)
            ties: Doubles = best / best.sum()
            return ties
        return chance_of_being_best(scores, np.maximum(spread, spread.max() * _SUREST))


@dataclass(frozen=True, slots=True)
class PlackettLuce:
    """The first choice of a Plackett-Luce draw: a softmax of the scores, whatever their spread."""

    temperature: float = 0.5

    @property
    def name(self) -> str:
        """How slates name the policy."""
        return f"plackett-luce/t={self.temperature:g}"

    def chances(self, scores: Doubles, spread: Doubles) -> Doubles:
        """The softmax of scores / temperature."""
        likely: Doubles = softmax(scores / self.temperature)
        return likely


def chance_of_being_best(mean: Doubles, spread: Doubles) -> Doubles:
    """The probability that each of n independent Gaussians is the largest, to 1e-9; float64 (n,), sum 1.

    It is the integral of the density of one times the distribution functions of all others, by the trapezoid
    rule, which converges exponentially for such functions once its step resolves the narrowest (Trefethen and
    Weideman, "The Exponentially Convergent Trapezoidal Rule", SIAM Review 2014). A product of n functions is
    up to the root of n narrower than each. The largest lies nowhere but where each of them may still be
    below, so no distribution function is divided by that is smaller than 1e-16.

    Args:
        mean: float64 (n,).
        spread: float64 (n,), > 0; the cost grows with the ratio of the largest to the smallest.
    """
    low, high = (mean - _REACH * spread).max(), (mean + _REACH * spread).max()
    steps = int(np.ceil((high - low) / spread.min() * (1 + 1.2 * np.sqrt(len(mean)))))
    x = np.linspace(low, high, steps + 1)
    z = (x - mean[:, None]) / spread[:, None]
    below = ndtr(z)
    density = np.exp(-(z**2) / 2) / spread[:, None]
    chances: Doubles = (density / below * below.prod(axis=0)).sum(axis=1)
    chances /= chances.sum()
    return chances
