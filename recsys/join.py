"""Learning the weights of the join from out-of-fold predictions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse

from recsys.models.sparse import row_of_each_entry

HISTORY_EDGES = (1, 3, 10)  # weights differ for users with 0, 1-2, 3-9 and 10 or more papers
_PRIOR = {  # for each of the three kinds of history, from short to long
    "popularity": (0.1, 0.1, 0.1),
    "content": (1.0, 0.8, 0.5),
    "item-knn": (0.4, 0.5, 0.6),
    "ease": (0.4, 0.6, 0.8),
    "als": (0.2, 0.2, 0.2),
    "lightfm": (0.1, 0.2, 0.3),
}
_PRIOR_USERS = 15.0  # how many users' evidence the prior is worth
_OWN_USERS = 25.0  # and how many it takes for a bucket to go its own way
_ITERATIONS = 60


def bucket(histories: sparse.csr_matrix) -> NDArray[np.intp]:
    """The row of the weights for each history, by how many papers it has something good to say of."""
    positive = np.asarray((histories > 0).sum(axis=1)).ravel()
    return np.searchsorted(HISTORY_EDGES, positive, side="right")


def prior_weights(terms: Sequence[str]) -> NDArray[np.float32]:
    """What is believed before any evidence, (1 + n_buckets, n_terms).

    Content leads while little is known of a reader; the longer the history, the more other readers tell.
    """
    nothing = (0.0,) * len(HISTORY_EDGES)
    return _with_newcomers(np.array([_PRIOR.get(name, nothing) for name in terms]).T, terms)


def _with_newcomers(weights: NDArray[Any], terms: Sequence[str]) -> NDArray[np.float32]:
    """Prepend the row of users of whom nothing is known: popularity is all there is."""
    newcomer = np.array([[1.0 if name == "popularity" else 0.0 for name in terms]])
    return np.vstack([newcomer, weights]).astype(np.float32)


def examples(
    matrix: sparse.csr_matrix,
    seen: sparse.csr_matrix,
    target: sparse.csr_matrix,
    users: NDArray[np.intp],
    rng: np.random.Generator,
) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """Histories and what should be found from them: each user whole, and again as if they had just begun.

    The beginners' histories are one to five of the user's own papers, so that the join learns how far to
    trust each model when little is known.
    """
    short_rows, short_cols, short_data = [], [], []
    for number, user in enumerate(users):
        span = slice(seen.indptr[user], seen.indptr[user + 1])
        good = np.flatnonzero(seen.data[span] > 0)
        if len(good) == 0:
            continue
        some = rng.choice(good, size=min(len(good), 1 + number % 5), replace=False)
        short_rows.extend([number] * len(some))
        short_cols.extend(seen.indices[span][some])
        short_data.extend(seen.data[span][some])
    short = sparse.csr_matrix((short_data, (short_rows, short_cols)), shape=(len(users), matrix.shape[1]))
    histories = sparse.vstack([seen[users], short]).tocsr()
    targets = sparse.vstack([target[users], target[users]]).tocsr()
    return histories, targets


def fit_weights(
    scores: NDArray[np.float32],
    histories: sparse.csr_matrix,
    targets: sparse.csr_matrix,
    terms: Sequence[str],
) -> NDArray[np.float32]:
    """The most probable weights after the held-out interactions, under a softmax over all other items.

    Each bucket of history lengths has weights of its own around shared ones, and these lie around the prior:
    with few users the join stays near what is generally right, with many the data decides.

    Args:
        scores: float32 (n_terms, n, n_items), standardised per history.
        histories: CSR (n, n_items), what the scores were computed from.
        targets: CSR (n, n_items), the stored entries are what should be found.
        terms: names of the terms.

    Returns:
        float32 (1 + n_buckets, n_terms), all >= 0; the first row is for users of whom nothing is known.
    """
    buckets = np.maximum(bucket(histories) - 1, 0)
    n_buckets, n_terms, n = len(HISTORY_EDGES), len(terms), scores.shape[1]
    known = row_of_each_entry(histories), histories.indices
    found = _mean_over(targets, scores)
    prior = prior_weights(terms)[1:].astype(np.float64)
    pull, own_pull = _PRIOR_USERS / n, _OWN_USERS / n

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        shared, own = flat[:n_terms], flat[n_terms:].reshape(n_buckets, n_terms)
        weights = (prior + shared + own)[buckets].astype(np.float32)
        logits = combine(weights, scores)
        logits[known] = -np.inf
        peak = logits.max(axis=1)
        chances = np.exp(logits - peak[:, None])
        total = chances.sum(axis=1)
        likelihood = (weights * found).sum(axis=1) - peak - np.log(total)
        expected = np.matmul(scores.transpose(1, 0, 2), chances[:, :, None])[:, :, 0] / total[:, None]
        slope = np.zeros((n_buckets, n_terms))
        np.add.at(slope, buckets, (expected - found) / n)
        value = pull * float(shared @ shared) + own_pull * float((own**2).sum()) - float(likelihood.mean())
        downhill = [slope.sum(axis=0) + 2 * pull * shared, (slope + 2 * own_pull * own).ravel()]
        return value, np.concatenate(downhill)

    start = np.zeros(n_terms + n_buckets * n_terms)
    bounds = [(-least, None) for least in prior.min(axis=0)] + [(None, None)] * (n_buckets * n_terms)
    options = {"maxiter": _ITERATIONS}
    best = optimize.minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    learned = prior + best.x[:n_terms] + best.x[n_terms:].reshape(n_buckets, n_terms)
    return _with_newcomers(np.maximum(learned, 0.0), terms)


def combine(weights: NDArray[np.float32], scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """The joint scores (n, n_items) of weights (n, n_terms) and scores (n_terms, n, n_items)."""
    joint: NDArray[np.float32] = np.matmul(weights[:, None, :], scores.transpose(1, 0, 2))[:, 0]
    return joint


def _mean_over(targets: sparse.csr_matrix, scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean of every term's scores over each history's targets, (n, n_terms)."""
    rows = row_of_each_entry(targets)
    share = 1.0 / np.diff(targets.indptr)[rows]
    means = [np.bincount(rows, share * term[rows, targets.indices], targets.shape[0]) for term in scores]
    return np.stack(means, axis=1).astype(np.float32)
