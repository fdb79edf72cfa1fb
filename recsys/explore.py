"""Exploration by policy: which places of a slate chance decides, and the exact probability of each outcome.

Two kinds of place are left to chance. A *drawn* place takes one of a pool of options, with the chances of a
policy; pools are disjoint, so an item can come from one drawn place only. And in each slate one pair of
neighbouring places, both greedy, changes places with probability 1/2, which is what position bias is
estimated from (`training.position_bias`). What is logged is the chance of the item *at its place*, over all
that is random. Nothing of it is estimated: a slate is drawn from the very numbers that are logged.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recsys.policies import Doubles, Policy

GREEDY = "greedy"  # without exploration: every item shown with probability 1

_EVERY = 10  # one drawn place in ten, unless the reader wants more or less; and one swap at most
_POOL = 10  # options of a drawn place
_SLACK = 1e-9  # for rounding, where a place is computed as a real number
_SURPRISE = 0.5  # how much an unknown paper may do for an unknown reader, in spreads of the scores
_KNOWN_PAPER = 10.0  # readers that halve that of what is due to the paper


@dataclass(frozen=True, slots=True)
class Draw:
    """A slate as shown.

    Attributes:
        chosen: positions among the candidates, (k,).
        propensity: the chance of each at its place, in (0, 1], float64 (k,).
        pair: the upper of the two places that a coin was tossed for; None where there were none.
    """

    chosen: NDArray[np.intp]
    propensity: Doubles
    pair: int | None


@dataclass(frozen=True, eq=False)
class DrawnPlace:
    """A place with its options (positions among the candidates) and the chance of each; they sum to 1."""

    place: int
    options: NDArray[np.intp]
    chances: Doubles

    def pick(self, chance: float) -> int:
        """Which option a number that is uniform in [0, 1) stands for."""
        return int(np.searchsorted(self._up_to, chance, side="right"))

    @cached_property
    def _up_to(self) -> Doubles:
        sums = np.cumsum(self.chances)
        up_to: Doubles = sums / sums[-1]
        return up_to


@dataclass(frozen=True, eq=False)
class Plan:
    """All slates that may be shown, and how likely each is.

    Attributes:
        greedy: the slate without exploration, positions among the candidates (k,).
        drawn: the places that are drawn.
        pairs: the upper places of the pairs that may change places, all equally likely to be taken.
        policy: how slates name it.
    """

    greedy: NDArray[np.intp]
    drawn: tuple[DrawnPlace, ...]
    pairs: NDArray[np.intp]
    policy: str

    def draw(self, rng: np.random.Generator) -> Draw:
        """One of the slates; `rng` is seeded by the slate's id, so that it can be drawn again."""
        chosen, propensity = self.greedy.copy(), self._staying.copy()
        for drawn in self.drawn:
            pick = drawn.pick(rng.random())
            chosen[drawn.place], propensity[drawn.place] = drawn.options[pick], drawn.chances[pick]
        if not len(self.pairs):
            return Draw(chosen, propensity, None)
        upper = int(self.pairs[rng.integers(len(self.pairs))])
        if rng.random() < 0.5:
            both = [upper, upper + 1]
            chosen[both] = chosen[both[::-1]]
            propensity[both] = self._changing
        return Draw(chosen, propensity, upper)

    @cached_property
    def _changing(self) -> float:
        """The chance that one given pair changes places."""
        return 0.5 / len(self.pairs) if len(self.pairs) else 0.0

    @cached_property
    def _staying(self) -> Doubles:
        """The chance of each greedy item at its own place: less where it is in a pair, still less in two."""
        staying = np.ones(len(self.greedy))
        for partner in (self.pairs, self.pairs + 1):
            staying[partner] -= self._changing
        return staying


def plan(
    greedy: NDArray[np.intp],
    rest: NDArray[np.intp],
    scores: NDArray[np.float32],
    spread: NDArray[np.float32],
    policy: Policy,
    discovery: float = 1.0,
) -> Plan:
    """How a slate is explored.

    The j-th drawn place is the one at 10 j / `discovery`, counted from 1. Its pool is the greedy item of that
    place and at most nine of `rest`, dealt out in turn. A slate of fewer than ten places has no pair: more
    than one swap in ten places is too much.

    Args:
        greedy: the slate without exploration, positions among the candidates (k,).
        rest: the candidates that follow, best first.
        scores: float32 (n_candidates,), what each is expected to be worth.
        spread: float32 (n_candidates,), the standard deviation of what is believed of each, >= 0.
        policy: gives the chances within a pool.
        discovery: how many places are drawn, as a multiple of one in ten; from 0 to 3.
    """
    places = _drawn_places(len(greedy), discovery)
    drawn = []
    for number, place in enumerate(places):
        options = np.concatenate([greedy[place : place + 1], rest[number :: len(places)][: _POOL - 1]])
        chances = policy.chances(scores[options].astype(np.float64), spread[options].astype(np.float64))
        drawn.append(DrawnPlace(int(place), options, chances))
    is_greedy = np.ones(len(greedy), dtype=bool)
    is_greedy[places] = False
    pairs = np.flatnonzero(is_greedy[:-1] & is_greedy[1:]) if len(greedy) >= _EVERY else places[:0]
    name = f"{policy.name}/discovery={discovery:g}" if drawn or len(pairs) else GREEDY
    return Plan(greedy, tuple(drawn), pairs, name)


def unexplored(greedy: NDArray[np.intp]) -> Plan:
    """The greedy slate (positions among the candidates) as the only one."""
    return Plan(greedy, (), greedy[:0], GREEDY)


def usual_spread(
    scores: NDArray[np.float32], readers: NDArray[np.float32], doubt: NDArray[np.float32]
) -> NDArray[np.float32]:
    """How uncertain the scores of candidates are, float32 (n_candidates,), in the scores' own unit.

    The variance is the doubt about the reader plus 1 / (1 + readers / 10) for the paper, in units of half the
    standard deviation of the scores: new readers and new papers are the ones to learn about.

    Args:
        scores: float32 (n_candidates,), as learned: nothing is uncertain in what a reader stated.
        readers: float32 (n_candidates,), how many chose each paper.
        doubt: float32 (n_candidates,), how much of what could be known of the reader isn't, from 0 to 1.
    """
    variance = doubt + 1 / (1 + readers / _KNOWN_PAPER)
    return np.asarray(_SURPRISE * scores.std() * np.sqrt(variance), dtype=np.float32)


def _drawn_places(k: int, discovery: float) -> NDArray[np.intp]:
    """The drawn ones of k places, ascending, from 0."""
    number = int(k * discovery / _EVERY + _SLACK)
    if number == 0:
        return np.zeros(0, dtype=np.intp)
    return np.floor(np.arange(1, number + 1) * _EVERY / discovery + _SLACK).astype(np.intp) - 1
