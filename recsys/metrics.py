"""Ranking metrics, per user; a figure is their mean with a bootstrap interval over users."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse


@dataclass(frozen=True, slots=True)
class Figure:
    """A mean over users with its 95% bootstrap interval."""

    mean: float
    low: float
    high: float
    users: int


def hits(items: NDArray[np.int32], relevant: sparse.csr_matrix) -> NDArray[np.bool_]:
    """Which recommended items are relevant: bool (n_users, k); -1 (no item) never is.

    Args:
        items: int (n_users, k) item rows, best first, -1 where there are fewer.
        relevant: CSR (n_users, n_items), the stored entries are the relevant items.
    """
    found = np.zeros(items.shape, dtype=bool)
    for user in range(items.shape[0]):
        rows = relevant.indices[relevant.indptr[user] : relevant.indptr[user + 1]]
        found[user] = np.isin(items[user], rows)
    return found


def recall(items: NDArray[np.int32], relevant: sparse.csr_matrix, k: int) -> NDArray[np.float64]:
    """Recall@k = hits / relevant, (n_users,); nan for users without relevant items."""
    count = np.diff(relevant.indptr).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares: NDArray[np.float64] = hits(items[:, :k], relevant).sum(axis=1) / count
    return shares


def ndcg(items: NDArray[np.int32], relevant: sparse.csr_matrix, k: int) -> NDArray[np.float64]:
    """nDCG@k with binary gains and the ideal of min(k, relevant) hits, (n_users,); nan without relevant ones.

    Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques" (TOIS 2002).
    """
    discount = 1.0 / np.log2(np.arange(2, k + 2))
    found = hits(items[:, :k], relevant)
    gained = found @ discount[: found.shape[1]]
    ideal = np.concatenate([[0.0], np.cumsum(discount)])
    best = ideal[np.minimum(np.diff(relevant.indptr), k)]
    with np.errstate(invalid="ignore", divide="ignore"):
        result: NDArray[np.float64] = gained / best
    return result


def bootstrap(values: NDArray[np.float64], *, resamples: int = 1_000, seed: int = 0) -> Figure:
    """Mean and 95% percentile interval over users (Efron 1979); users without a value don't count."""
    values = values[~np.isnan(values)]
    if len(values) == 0:
        return Figure(float("nan"), float("nan"), float("nan"), 0)
    rng = np.random.default_rng(seed)
    counts = rng.multinomial(len(values), np.full(len(values), 1 / len(values)), size=resamples)
    low, high = np.percentile(counts @ values / len(values), [2.5, 97.5])
    return Figure(float(values.mean()), float(low), float(high), len(values))
