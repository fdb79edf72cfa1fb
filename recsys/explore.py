"""Exploration by policy: which slots of a slate are drawn, and the exact probability of each shown item.

Every drawn slot has a pool of its own and the pools are disjoint, so that an item can come from one slot
only: the probability of the draw *is* the probability with which the item is shown, with nothing to estimate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Draw:
    """A slate as shown: candidate positions (k,) and the probability of each, float64 (k,)."""

    chosen: NDArray[np.intp]
    propensity: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Policy:
    """Draw every `every`-th slot from a pool of `pool` candidates; all other slots are greedy."""

    every: int = 10
    pool: int = 10
    temperature: float = 0.5

    @property
    def name(self) -> str:
        """How slates name the policy."""
        return f"softmax-draw/every={self.every}/pool={self.pool}/t={self.temperature:g}"

    def draw(
        self,
        greedy: NDArray[np.intp],
        rest: NDArray[np.intp],
        scores: NDArray[np.float32],
        rng: np.random.Generator,
    ) -> Draw:
        """Replace the last slot of every `every` by a draw.

        Args:
            greedy: the slate without exploration, positions among the candidates (k,).
            rest: the candidates that follow, best first; those of pool j are rest[j], rest[j + slots], ...
            scores: float32 (n,) of all candidates; the draw is a softmax of them within a pool.
            rng: seeded by the slate, so that a slate can be drawn again.
        """  # fmt: skip
        chosen = greedy.copy()
        propensity = np.ones(len(greedy))
        slots = np.arange(self.every - 1, len(greedy), self.every)
        for number, slot in enumerate(slots):
            pool = rest[number :: len(slots)][: self.pool - 1]
            options = np.concatenate([greedy[slot : slot + 1], pool])
            logits = scores[options].astype(np.float64) / self.temperature
            chances = np.exp(logits - logits.max())
            chances /= chances.sum()
            pick = int(rng.choice(len(options), p=chances))
            chosen[slot], propensity[slot] = options[pick], chances[pick]
        return Draw(chosen, propensity)


GREEDY = "greedy"  # the policy without exploration: every item shown with probability 1
