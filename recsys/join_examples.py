"""From a fold to the examples that the join is learned from: a few hundred candidates for each history."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.join import Examples, Floats, bucket, prior_weights
from recsys.models.sparse import blocks, row_of_each_entry
from recsys.parallel import in_order

_BEST = 256  # candidates that the prior weights rank highest, where errors matter
_DRAWN = 256  # candidates drawn from all others, which they stand for
_TARGETS = 64  # of a history, at most

Standardised = Callable[[sparse.csr_matrix], Floats]  # histories -> float32 (n_terms, n, n_items)


def examples(
    standardised: Standardised,
    terms: Sequence[str],
    freshness: Floats,
    histories: sparse.csr_matrix,
    targets: sparse.csr_matrix,
    among: NDArray[np.bool_],
    rng: np.random.Generator,
) -> Examples:
    """Candidates of each history: what should be found, what ranks high, and a sample of the rest.

    Args:
        standardised: scores histories.
        terms: names of the models.
        freshness: float32 (n_items,).
        histories: CSR (n, n_items); their items are no candidates.
        targets: CSR (n, n_items), what should be found; at least one item in each row.
        among: bool (n_items,), the items that may be candidates.
        rng: draws.
    """
    n_items = histories.shape[1]
    buckets, prior = bucket(histories), prior_weights(terms)

    def of_block(block: slice, draws: np.random.Generator) -> tuple[Floats, Floats, Floats, Floats]:
        history, target = histories[block], targets[block]
        scores = standardised(history)
        guide = prior.contributions(buckets[block], scores.copy(), freshness, terms).sum(axis=0)
        allowed = np.tile(among, (history.shape[0], 1))
        allowed[row_of_each_entry(history), history.indices] = False
        chosen = np.zeros(allowed.shape, dtype=bool)
        chosen[row_of_each_entry(target), target.indices] = True
        chosen &= allowed
        items, stands_for = _candidates(guide, allowed, chosen, draws)
        rows = np.arange(len(items))[:, None]
        picked = chosen[rows, items] & (stands_for > 0)
        of_items = np.moveaxis(scores[:, rows, items], 0, 2)
        return of_items, freshness[items], stands_for, picked.astype(np.float32)

    pieces = list(blocks(histories.shape[0], n_items))
    parts = in_order(lambda piece: of_block(*piece), zip(pieces, rng.spawn(len(pieces)), strict=True))
    return Examples(buckets, *(np.concatenate(part) for part in zip(*parts, strict=True)))


def _candidates(
    guide: Floats, allowed: NDArray[np.bool_], chosen: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[NDArray[np.intp], Floats]:
    """Items (n, n_candidates) and how many each stands for; 0 where it is not allowed or there twice."""
    n, n_items = guide.shape
    if n_items <= _BEST + _DRAWN:
        return np.tile(np.arange(n_items), (n, 1)), allowed.astype(np.float32)
    order = np.where(chosen, np.inf, np.where(allowed, guide, -np.inf))
    best = np.argpartition(-order, _BEST, axis=1)[:, :_BEST]
    rows = np.arange(n)[:, None]
    drawn = rng.integers(0, n_items, (n, _DRAWN))
    rest = allowed.copy()
    rest[rows, best] = False
    usable = rest[rows, drawn]
    share = rest.sum(axis=1, keepdims=True) / np.maximum(usable.sum(axis=1, keepdims=True), 1)
    stands_for = np.concatenate([allowed[rows, best], usable * share], axis=1)
    return np.concatenate([best, drawn], axis=1), stands_for.astype(np.float32)


def at_most(targets: sparse.csr_matrix, rng: np.random.Generator) -> sparse.csr_matrix:
    """The targets, only some of each row where there are very many: all are to be candidates."""
    rows = row_of_each_entry(targets)
    order = np.lexsort((rng.random(targets.nnz), rows))
    place = np.arange(targets.nnz) - targets.indptr[rows]
    kept = np.sort(order[place < _TARGETS])
    ones = np.ones(len(kept), dtype=np.float32)
    return sparse.csr_matrix((ones, (rows[kept], targets.indices[kept])), shape=targets.shape)
