"""Which papers to ask a newcomer about: those whose answers would teach most.

What a reader thinks of a paper is taken to be linear in its text, so an answer about one narrows what is
believed of all that are like it. Papers are chosen greedily by how much their answers narrow it, in
expectation, for what readers choose (Cohn, Ghahramani and Jordan, "Active Learning with Statistical Models",
JAIR 1996). Papers like a chosen one have little left to teach, so the set is diverse by construction; after
some answers the next set is chosen on what is believed by then.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

TEACHING = "teaching"  # how slates name the policy

_POOL = 500  # papers that are weighed against each other
_NOISE = 0.2  # the variance of an answer, beside the 1 of what a text says of a reader nothing is known of
# The join's scores are logits of what is chosen next. Newcomers have opinions on more than they would choose.
_OPINIONS = 0.5

Doubles = NDArray[np.floating[Any]]


class Lesson(NamedTuple):
    """A paper to ask about, and what its answer is expected to teach (only comparable within a set)."""

    row: int
    worth: float


def teaching_set(
    embeddings: NDArray[np.float32],
    scores: NDArray[np.float32],
    known: NDArray[np.integer[Any]],
    allowed: NDArray[np.bool_],
    n: int,
) -> list[Lesson]:
    """The n papers whose answers would teach most, in the order to ask them; fewer where fewer are allowed.

    A paper that the reader has no opinion on teaches nothing, so what each would teach counts by how likely
    there is one; and what is learned counts by how likely the papers are chosen that it is about.

    Args:
        embeddings: float32 (n_items, d), rows of norm 1, or 0 where a paper has no text.
        scores: float32 (n_items,), the reader's joint scores on what is known so far: for a newcomer,
            popularity.
        known: rows of the papers that the reader answered or was asked about.
        allowed: bool (n_items,), which papers may be asked about.
        n: how many. Among equals the order doesn't favour early papers, and is always the same.
    """
    pool = _likeliest(scores, allowed)
    if len(pool) == 0:
        return []
    chances = softmax(_OPINIONS * scores[pool].astype(np.float64))
    covariance = _believed(embeddings[pool], embeddings[known], chances)
    return [Lesson(int(pool[place]), worth) for place, worth in _greedy(covariance, chances, n)]


def _likeliest(scores: NDArray[np.float32], allowed: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The allowed rows with the best scores, at most `_POOL`, best first."""
    order = np.random.default_rng(0).permutation(len(scores))  # among equals: from all over the catalogue
    order = order[allowed[order]]
    ranked: NDArray[np.intp] = order[np.argsort(-scores[order], kind="stable")][:_POOL]
    return ranked


def _believed(pool: NDArray[np.float32], known: NDArray[np.float32], chances: Doubles) -> Doubles:
    """The covariance of what is believed of the pool's papers, given answers on the known: float64 (m, m)."""
    centre = chances @ pool  # what all have in common ranks none above another
    texts, seen = pool.astype(np.float64) - centre, known.astype(np.float64) - centre
    precision = np.eye(texts.shape[1]) + seen.T @ seen / _NOISE
    covariance: Doubles = texts @ np.linalg.solve(precision, texts.T)
    return covariance


def _greedy(covariance: Doubles, chances: Doubles, n: int) -> list[tuple[int, float]]:
    """(place in the pool, worth) of each choice: by the largest expected fall of what variance is left."""
    left = np.ones(len(chances), dtype=bool)
    chosen: list[tuple[int, float]] = []
    for _ in range(min(n, len(chances))):
        spread = covariance.diagonal() + _NOISE
        worth = chances * (covariance**2 @ chances) / spread
        best = int(np.argmax(np.where(left, worth, -1.0)))
        chosen.append((best, float(worth[best])))
        left[best] = False
        covariance = covariance - np.outer(covariance[best], covariance[best]) / spread[best]
    return chosen
