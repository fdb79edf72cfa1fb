"""Learning the weights of the join from out-of-fold scores.

Every model has two weights for a reader: one for papers with many readers and one for papers with none. A
paper with n readers gets a mixture of both, `freshness` = 3 / (3 + n) of the second. Both depend on how long
the reader's history is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse

from recsys.models.sparse import row_of_each_entry

Floats = NDArray[np.float32]

HISTORY_EDGES = (1, 3, 10, 30)  # weights differ for users with 0, 1-2, 3-9, 10-29 and 30 or more papers
POPULARITY = "popularity"
_FRESH_READERS = 3.0  # the number of readers at which a paper is half fresh
_PRIOR = {  # the weight for papers with many readers and for fresh ones
    POPULARITY: (0.1, 0.1),
    "content": (0.4, 1.0),
    "tower": (0.5, 0.8),
    "item-knn": (0.3, 0.0),  # where it is asked for: it isn't by default
    "ease": (0.8, 0.3),
    "als": (0.3, 0.2),
    "head": (0.2, 0.0),
    "user-knn": (0.05, 0.0),
}
_PRIOR_USERS = 15.0  # how many users' evidence the prior is worth
_OWN_USERS = 25.0  # and how many it takes for a bucket to go its own way
_ITERATIONS = 80
_STEEPNESS = 3.0  # where its learning starts
_FLOOR = 0.003  # a chance far below it counts as none: what is nearly out of reach teaches nearly nothing


@dataclass(frozen=True, eq=False)
class Examples:
    """What the weights are learned from: candidates for some histories, and which of them were chosen.

    Attributes:
        buckets: int (n,), the histories' kinds by length.
        scores: float32 (n, n_candidates, n_terms), standardised scores of the candidates.
        freshness: float32 (n, n_candidates).
        allowed: bool (n, n_candidates), False for what is no candidate after all.
        chosen: float32 (n, n_candidates), 1 for what was held out, 0 for others.
    """

    buckets: NDArray[np.intp]
    scores: Floats
    freshness: Floats
    allowed: NDArray[np.bool_]
    chosen: Floats

    def __len__(self) -> int:
        """The number of histories."""
        return len(self.buckets)

    def of(self, some: NDArray[Any]) -> Self:
        """Of some histories only."""
        return type(self)(*(getattr(self, part.name)[some] for part in fields(self)))

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Of the histories of all parts."""
        return cls(*(np.concatenate([getattr(one, part.name) for one in parts]) for part in fields(cls)))


@dataclass(frozen=True, eq=False)
class Weights:
    """The join's weights by kind of history.

    Attributes:
        read: float32 (n_buckets, n_terms), for papers with many readers.
        fresh: float32 (n_buckets, n_terms), for papers without.
        head_start: float32 (n_buckets,), what a fresh paper has over a much-read one.
    """

    read: Floats
    fresh: Floats
    head_start: Floats

    def contributions(
        self, buckets: NDArray[np.intp], scores: Floats, freshness: Floats, terms: Sequence[str]
    ) -> Floats:
        """What each term adds to the joint scores, in the memory of `scores`.

        Args:
            buckets: int (n,) of histories.
            scores: float32 (n_terms, n, n_items), standardised.
            freshness: float32 (n_items,).
            terms: their names; the head start is part of the popularity's.
        """
        for number, name in enumerate(terms):
            scores[number] *= self.of_term(number, buckets, freshness)
            if name == POPULARITY:
                scores[number] += self.head_start[buckets, None] * freshness
        return scores

    def of_term(self, number: int, buckets: NDArray[np.intp], freshness: Floats) -> Floats:
        """What a term's standardised scores are multiplied by, float32 (n, n_items)."""
        read, fresh = self.read[buckets, number, None], self.fresh[buckets, number, None]
        weights: Floats = read + (fresh - read) * freshness
        return weights


def bucket(histories: sparse.csr_matrix) -> NDArray[np.intp]:
    """The row of the weights for each history, by how many papers it has something good to say of."""
    of_the_good = row_of_each_entry(histories)[histories.data > 0]
    positive = np.bincount(of_the_good, minlength=histories.shape[0])
    return np.searchsorted(HISTORY_EDGES, positive, side="right")


def freshness(readers: NDArray[Any]) -> Floats:
    """How far a paper is new to readers, from 1 (none has read it) towards 0, float32 by item."""
    return (_FRESH_READERS / (_FRESH_READERS + readers)).astype(np.float32)


def prior_weights(terms: Sequence[str]) -> Weights:
    """What is believed before any evidence: readers tell most of old papers, texts of new ones."""
    read, fresh = np.array([_PRIOR.get(name, (0.0, 0.0)) for name in terms]).reshape(-1, 2).T
    n_buckets = len(HISTORY_EDGES)
    return _with_newcomers(
        np.tile(read, (n_buckets, 1)), np.tile(fresh, (n_buckets, 1)), np.zeros(n_buckets), terms
    )


def fit_weights(examples: Sequence[Examples], terms: Sequence[str]) -> Weights:
    """The weights under which what was held out is found.

    A candidate's chance is a softmax of `steepness` · arcsinh(score), the steepness of each bucket being
    learned with the weights: exponential in small scores, a power of large ones. Rankings are the same
    without it, but scores of linear models are chances rather than logarithms of chances, the best 50
    standard deviations out; a plain softmax could only learn to ignore them. The likelihood has a floor: what
    is out of reach under any weights would otherwise outvote what a list can win or lose.

    Each bucket of history lengths has weights of its own around shared ones, and these lie around the prior:
    with few users the join stays near what is generally right, with many the data decides. All are >= 0, but
    for the head start.
    """
    prior = prior_weights(terms)
    n_terms, n_buckets = len(terms), len(HISTORY_EDGES)
    start = np.concatenate([prior.read[1:], prior.fresh[1:], prior.head_start[1:, None]], axis=1)
    width = 2 * n_terms + 1
    n = max(1, max(len(part) for part in examples))
    pull, own_pull = _PRIOR_USERS / n, _OWN_USERS / n

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        steepness, shared = np.exp(flat[:n_buckets]), flat[n_buckets : n_buckets + width]
        own = flat[n_buckets + width :].reshape(n_buckets, width)
        weights = (start + shared + own).astype(np.float32)
        value = pull * float(shared @ shared) + own_pull * float((own**2).sum())
        by_steepness, slope = np.zeros(n_buckets), np.zeros((n_buckets, width))
        for part in examples:
            surprise, more_steep, by_weights = _surprise(part, weights, steepness.astype(np.float32))
            value += surprise / n
            by_steepness += more_steep / n
            slope += by_weights / n
        downhill = [slope.sum(axis=0) + 2 * pull * shared, (slope + 2 * own_pull * own).ravel()]
        return value, np.concatenate([by_steepness * steepness, *downhill])

    # The head start is told by the popularity's term; without that term there is none.
    any_start = (None, None) if POPULARITY in terms else (0.0, 0.0)
    own_bounds = [*[(None, None)] * (2 * n_terms), any_start] * n_buckets
    shared_bounds = [*((-least, None) for least in start[0, :-1]), any_start]
    bounds = [*[(-1.0, 3.0)] * n_buckets, *shared_bounds, *own_bounds]
    at = np.zeros(len(bounds))
    at[:n_buckets] = np.log(_STEEPNESS)
    options = {"maxiter": _ITERATIONS}
    best = optimize.minimize(loss, at, jac=True, method="L-BFGS-B", bounds=bounds, options=options).x
    best = best[n_buckets:]
    learned = start + best[:width] + best[width:].reshape(n_buckets, width)
    read, fresh = np.maximum(learned[:, :n_terms], 0), np.maximum(learned[:, n_terms:-1], 0)
    return _with_newcomers(read, fresh, learned[:, -1], terms)


def _surprise(
    examples: Examples, weights: Floats, steepness: Floats
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """The mean -log(_FLOOR + chance) of each history's targets, summed over histories.

    With its derivatives by the steepness of each bucket and by the weights, (n_buckets, 2 n_terms + 1).
    """
    n_terms = examples.scores.shape[2]
    whose = np.maximum(examples.buckets - 1, 0)
    own, steep = weights[whose], steepness[whose, None]  # (n, width), (n, 1)
    fresh = examples.freshness
    of_read = np.matmul(examples.scores, own[:, :n_terms, None])[:, :, 0]
    of_fresh = np.matmul(examples.scores, own[:, n_terms:-1, None])[:, :, 0]
    scores = of_read + (of_fresh - of_read + own[:, -1:]) * fresh
    bent = np.arcsinh(scores)
    logits = np.where(examples.allowed, steep * bent, -np.inf)
    chances = np.exp(logits - logits.max(axis=1, keepdims=True))
    chances /= chances.sum(axis=1, keepdims=True)
    share = examples.chosen / examples.chosen.sum(axis=1, keepdims=True)
    value = -float((share * np.log(_FLOOR + chances)).sum())
    share *= chances / (_FLOOR + chances)
    by_logit = chances * share.sum(axis=1, keepdims=True) - share
    by_score = by_logit * steep / np.sqrt(1 + scores**2)
    by_fresh = by_score * fresh
    slope = np.concatenate(
        [
            np.matmul((by_score - by_fresh)[:, None, :], examples.scores)[:, 0],
            np.matmul(by_fresh[:, None, :], examples.scores)[:, 0],
            by_fresh.sum(axis=1, keepdims=True),
        ],
        axis=1,
    )
    of_buckets, by_steepness = np.zeros((len(HISTORY_EDGES), weights.shape[1])), np.zeros(len(HISTORY_EDGES))
    np.add.at(of_buckets, whose, slope)
    np.add.at(by_steepness, whose, (by_logit * bent).sum(axis=1))
    return value, by_steepness, of_buckets


def _with_newcomers(
    read: NDArray[Any], fresh: NDArray[Any], head_start: NDArray[Any], terms: Sequence[str]
) -> Weights:
    """Prepend the row of users of whom nothing is known: popularity is all there is."""
    newcomer = np.array([[1.0 if name == POPULARITY else 0.0 for name in terms]])
    return Weights(
        read=np.vstack([newcomer, read]).astype(np.float32),
        fresh=np.vstack([newcomer, fresh]).astype(np.float32),
        head_start=np.concatenate([[0.0], head_start]).astype(np.float32),
    )
