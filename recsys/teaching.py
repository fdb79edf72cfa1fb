"""Which papers to ask a newcomer about: those whose answers would teach most.

What is believed of a reader's scores is a Gaussian over the catalogue: the head's posterior, or where there
is no head a linear model over the texts. An answer about one paper narrows it for all like it. Papers
are chosen greedily by how much, in expectation, they narrow it for what readers choose (Cohn, Ghahramani and
Jordan, "Active Learning with Statistical Models", JAIR 1996). Papers like a chosen one have little left to
teach, so the set is diverse by construction; after some answers the next set is chosen on the posterior.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import softmax

from recsys.hybrid import Hybrid
from recsys.models.head import Head

Doubles = NDArray[np.floating[Any]]

TEACHING = "teaching"  # how slates name the policy

_POOL = 500  # papers that are weighed against each other
_CONFIDENCE = 5.0  # of an answer, where no head knows it, beside the 1 of a text's prior


class Lesson(NamedTuple):
    """A paper to ask about, and what its answer is expected to teach (only comparable within a set)."""

    row: int
    worth: float


def teaching_set(
    hybrid: Hybrid,
    embeddings: NDArray[np.float32],
    history: sparse.csr_matrix,
    scores: NDArray[np.float32],
    allowed: NDArray[np.bool_],
    n: int,
) -> list[Lesson]:
    """The n papers whose answers would teach most, in the order to ask them; fewer where fewer are allowed.

    A paper that the reader has no opinion of teaches nothing. How likely they have one is what the join says:
    its scores are the logits of what is chosen next. The same chances say of which papers it is worth knowing
    more.

    Args:
        hybrid: the models in service.
        embeddings: float32 (n_items, d), rows of norm 1, or 0 where a paper has no text.
        history: CSR float32 (1, n_items) of signed weights: what is known so far, maybe nothing.
        scores: float32 (n_items,), the reader's joint scores.
        allowed: bool (n_items,), which papers may be asked about.
        n: how many; ties go by an order that doesn't favour early papers, and is always the same.
    """
    pool = _likeliest(scores, allowed)
    chances = softmax(scores[pool].astype(np.float64))
    covariance, noise = _believed(hybrid, embeddings, history, pool)
    return [Lesson(int(pool[place]), worth) for place, worth in _greedy(covariance, noise, chances, n)]


def _likeliest(scores: NDArray[np.float32], allowed: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The allowed rows with the best scores, at most `_POOL`, best first."""
    order = np.random.default_rng(0).permutation(len(scores))  # among equals: from all over the catalogue
    order = order[allowed[order]]
    return order[np.argsort(-scores[order], kind="stable")][:_POOL]


def _believed(
    hybrid: Hybrid, embeddings: NDArray[np.float32], history: sparse.csr_matrix, pool: NDArray[np.intp]
) -> tuple[Doubles, float]:
    """The covariance of the pool's scores, float64 (m, m), and the variance of an answer."""
    head = hybrid.models.get("head")
    if isinstance(head, Head):
        features = head.features[pool].astype(np.float64)
        return features @ head.belief(history).covariance @ features.T, 1 / head.config.alpha
    texts = embeddings[pool].astype(np.float64)
    known = embeddings[history.indices].astype(np.float64)
    precision = np.eye(texts.shape[1]) + _CONFIDENCE * (known.T * np.abs(history.data)) @ known
    return texts @ np.linalg.solve(precision, texts.T), 1 / _CONFIDENCE


def _greedy(covariance: Doubles, noise: float, chances: Doubles, n: int) -> list[tuple[int, float]]:
    """(place in the pool, worth) of each choice: the largest expected fall of the variance, then the rest."""
    left = np.ones(len(chances), dtype=bool)
    chosen: list[tuple[int, float]] = []
    for _ in range(min(n, len(chances))):
        spread = covariance.diagonal() + noise
        worth = chances * (chances @ covariance**2) / spread
        best = int(np.argmax(np.where(left, worth, -1.0)))
        chosen.append((best, float(worth[best])))
        left[best] = False
        covariance = covariance - np.outer(covariance[best], covariance[best]) / spread[best]
    return chosen
