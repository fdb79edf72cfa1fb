"""Ranking metrics, per user; a figure is their mean with a bootstrap interval over users."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.content import Floats
from recsys.models.sparse import blocks, row_of_each_entry

HEAD_SHARE = 0.2  # the head: this share of the items, those with the most training interactions
_AT_ONCE = 100  # resamples drawn at once
_FEW_USERS = 20_000  # up to this many, draws are kept (at most 320 MB of them)


@dataclass(frozen=True, slots=True)
class Figure:
    """A mean over users with its 95% bootstrap interval."""

    mean: float
    low: float
    high: float
    users: int

    def told(self, digits: int = 3) -> str:
        """The mean and its interval, as far as they are known.

        >>> Figure(0.12345, 0.1, 0.15, 9).told(), Figure(0.5, float("nan"), float("nan"), 1).told()
        ('0.123 (0.100 to 0.150)', '0.500')
        """
        if np.isnan(self.mean):
            return "–"
        mean, low, high = (f"{value:.{digits}f}" for value in (self.mean, self.low, self.high))
        return mean if np.isnan(self.low) else f"{mean} ({low} to {high})"


def hits(items: NDArray[np.int32], relevant: sparse.csr_matrix) -> NDArray[np.bool_]:
    """Which recommended items are relevant: bool (n_users, k); -1 (no item) never is.

    Args:
        items: int (n_users, k) item rows, best first, -1 where there are fewer.
        relevant: CSR (n_users, n_items), the stored entries are the relevant items.
    """
    n_items = relevant.shape[1]
    wanted = row_of_each_entry(relevant) * n_items + relevant.indices
    shown = np.arange(len(items))[:, None] * n_items + items
    return np.isin(shown, wanted) & (items >= 0)


def recall(items: NDArray[np.int32], relevant: sparse.csr_matrix, k: int) -> NDArray[np.float64]:
    """Recall@k = hits / relevant, (n_users,); nan for users without relevant items."""
    return _ratio(hits(items[:, :k], relevant).sum(axis=1), np.diff(relevant.indptr))


def ndcg(items: NDArray[np.int32], relevant: sparse.csr_matrix, k: int) -> NDArray[np.float64]:
    """nDCG@k with binary gains and the ideal of min(k, relevant) hits, (n_users,); nan without relevant ones.

    Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques" (TOIS 2002).
    """
    discount = 1.0 / np.log2(np.arange(2, k + 2))
    found = hits(items[:, :k], relevant)
    gained = found @ discount[: found.shape[1]]
    ideal = np.concatenate([[0.0], np.cumsum(discount)])
    return _ratio(gained, ideal[np.minimum(np.diff(relevant.indptr), k)])


def reciprocal_rank(items: NDArray[np.int32], relevant: sparse.csr_matrix, k: int) -> NDArray[np.float64]:
    """1 / the rank of the first hit, 0 without one in the first k; (n_users,), nan without relevant items."""
    found = hits(items[:, :k], relevant)
    first = np.where(found.any(axis=1), 1.0 / (found.argmax(axis=1) + 1), 0.0)
    return np.where(np.diff(relevant.indptr) > 0, first, np.nan)


def average_precision(items: NDArray[np.int32], relevant: sparse.csr_matrix, k: int) -> NDArray[np.float64]:
    """The sum of the precision at each hit in the first k, over all relevant items; nan without any."""
    found = hits(items[:, :k], relevant)
    precision = np.cumsum(found, axis=1) / np.arange(1, found.shape[1] + 1)
    return _ratio((precision * found).sum(axis=1), np.diff(relevant.indptr))


def found_items(items: NDArray[np.int32], relevant: sparse.csr_matrix, k: int) -> sparse.csr_matrix:
    """The relevant items among the first k as float64 CSR (n_users, n_items) of ones."""
    found = hits(items[:, :k], relevant)
    users = np.nonzero(found)[0]
    ones = np.ones(len(users))
    return sparse.csr_matrix((ones, (users, items[:, :k][found])), shape=relevant.shape)


def micro_recall(found: sparse.csr_matrix, relevant: sparse.csr_matrix) -> float:
    """The share of all relevant interactions, whosever they are, that was found."""
    return float(_ratio(np.array([found.nnz]), np.array([relevant.nnz]))[0])


def macro_recall(found: sparse.csr_matrix, relevant: sparse.csr_matrix) -> float:
    """Recall of each item (how many of those who wanted it were shown it), averaged over the wanted items."""
    per_item = _ratio(
        np.bincount(found.indices, minlength=relevant.shape[1]),
        np.bincount(relevant.indices, minlength=relevant.shape[1]),
    )
    return float(np.nanmean(per_item)) if relevant.nnz else float("nan")


def head_items(train: sparse.csr_matrix) -> NDArray[np.bool_]:
    """The fifth of the items with the most training interactions, ties by lower row: bool (n_items,).

    The 80/20 convention (Abdollahpouri, Burke and Mobasher 2019, "Managing popularity bias"); the tail is
    the rest, items without any training interaction among it.
    """
    counts = np.bincount(train.indices, minlength=train.shape[1])
    head = np.zeros(train.shape[1], dtype=bool)
    head[np.argsort(-counts, kind="stable")[: round(HEAD_SHARE * len(counts))]] = True
    return head & (counts > 0)


def recall_within(
    found: sparse.csr_matrix, relevant: sparse.csr_matrix, members: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Recall of the relevant items of a group, (n_users,); nan for users who wanted none of them."""
    weights = members.astype(np.float64)
    wanted = sparse.csr_matrix((np.ones(relevant.nnz), relevant.indices, relevant.indptr), relevant.shape)
    return _ratio(found @ weights, wanted @ weights)


def coverage(items: NDArray[np.int32], n_candidates: int) -> float:
    """The share of the candidates that is shown to anybody."""
    return len(np.unique(items[items >= 0])) / n_candidates if n_candidates else float("nan")


def novelty(items: NDArray[np.int32], train: sparse.csr_matrix) -> NDArray[np.float64]:
    """Mean self-information of the shown items in bits, (n_users,); nan where nothing is shown.

    -log2((c + 1) / (n + 1)), c the training interactions of the item and n the users, so that an item which
    nobody chose is finite (Vargas and Castells 2011; Zhou et al. 2010).
    """
    counts = np.bincount(train.indices, minlength=train.shape[1])
    bits = -np.log2((counts + 1) / (train.shape[0] + 1))
    shown = items >= 0
    return _ratio(np.where(shown, bits[items], 0.0).sum(axis=1), shown.sum(axis=1))


def intra_list_diversity(items: NDArray[np.int32], vectors: Floats) -> NDArray[np.float64]:
    """1 - the mean cosine of all pairs of a list, (n_users,); nan for lists of fewer than two (Ziegler 2005).

    Args:
        items: int (n_users, k), -1 where there are fewer.
        vectors: (n_items, d), rows of L2 norm 1, or 0 (such an item is like no other).
    """
    result = np.full(len(items), np.nan)
    squared_norms = np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64)
    for block in blocks(len(items), vectors.shape[1]):
        shown = items[block] >= 0
        lists, rows = np.nonzero(shown)[0], items[block][shown]
        ones = np.ones(len(rows), dtype=np.float32)
        members = sparse.csr_matrix((ones, (lists, rows)), shape=(len(shown), len(vectors)))
        sums = members @ vectors
        alike = np.einsum("ij,ij->i", sums, sums, dtype=np.float64) - members @ squared_norms
        length = shown.sum(axis=1)
        result[block] = 1 - _ratio(alike, length * (length - 1))
    return result


def bootstrap(
    values: NDArray[np.float64],
    *,
    users: NDArray[np.integer[Any]] | None = None,
    resamples: int = 1_000,
    seed: int = 0,
) -> Figure:
    """Mean and 95% percentile interval over users (Efron 1979); nan values don't count.

    Args:
        values: (n,), one of each user; or several, and then `users` says whose they are. Users are drawn with
            all their values, because those of one user are alike.
        users: int (n,), any numbers that tell users apart.
        resamples: how often users are drawn.
        seed: of the draws.
    """
    return bootstrap_ratio(values, np.ones(len(values)), users=users, resamples=resamples, seed=seed)


def bootstrap_ratio(
    above: NDArray[np.float64],
    below: NDArray[np.float64],
    *,
    users: NDArray[np.integer[Any]] | None = None,
    resamples: int = 1_000,
    seed: int = 0,
) -> Figure:
    """As `bootstrap`, of sum(above) / sum(below): a weighted mean such as micro recall."""
    known = ~np.isnan(above)
    above, below = above[known], below[known]
    if len(above) == 0:
        return Figure(float("nan"), float("nan"), float("nan"), 0)
    if users is not None:
        above, below = per_user(above, users[known]), per_user(below, users[known])
    n = len(above)
    draws = _draws if n <= _FEW_USERS else _draws.__wrapped__
    sums = np.stack([above, below], axis=1).astype(np.float32)
    drawn = np.concatenate([draws(n, seed, part) @ sums for part in range(-(-resamples // _AT_ONCE))])
    ratios = drawn[:resamples, 0] / np.maximum(drawn[:resamples, 1], 1e-12)
    low, high = np.percentile(ratios, [2.5, 97.5])
    return Figure(float(above.sum() / below.sum()), float(low), float(high), n)


@lru_cache(maxsize=40)
def _draws(n: int, seed: int, part: int) -> NDArray[np.float32]:
    """How often each of n users is drawn, in `_AT_ONCE` resamples; kept, as many figures share them."""
    rng = np.random.default_rng((seed, part))
    return rng.multinomial(n, np.full(n, 1 / n), size=_AT_ONCE).astype(np.float32)


def per_user(values: NDArray[np.float64], users: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
    """The sum of each user's values, users in ascending order."""
    sums: NDArray[np.float64] = np.zeros(len(np.unique(users)))
    np.add.at(sums, np.unique(users, return_inverse=True)[1], values)
    return sums


def _ratio(above: NDArray[Any], below: NDArray[Any]) -> NDArray[np.float64]:
    """Above / below as float64, nan where below is 0."""
    below = np.asarray(below, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares: NDArray[np.float64] = np.where(below > 0, np.asarray(above, np.float64) / below, np.nan)
    return shares
