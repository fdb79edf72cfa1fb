"""From a fold to the examples that the join is learned from: what each history's list could be made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.join import Examples, Floats, Weights, bucket
from recsys.models.sparse import blocks, row_of_each_entry
from recsys.parallel import in_order

_CANDIDATES = 200  # that the guide ranks highest: a target below them is out of any list's reach

Standardised = Callable[[sparse.csr_matrix], Floats]  # histories -> float32 (n_terms, n, n_items)


def examples(
    standardised: Standardised,
    terms: Sequence[str],
    freshness: Floats,
    histories: sparse.csr_matrix,
    known: sparse.csr_matrix,
    targets: sparse.csr_matrix,
    among: NDArray[np.bool_],
    guide: Weights,
) -> Examples:
    """The candidates of each history, and which of them should be found; none where none should.

    Args:
        standardised: scores histories.
        terms: names of the models.
        freshness: float32 (n_items,).
        histories: CSR (n, n_items), what the models score from.
        known: CSR (n, n_items), what the models have learned that these readers chose: no candidates, as they
            would count as wrong.
        targets: CSR (n, n_items), what should be found.
        among: bool (n_items,), the items that may be candidates.
        guide: ranks them.
    """
    buckets = bucket(histories)

    def of_block(block: slice) -> Examples:
        target, chosen_before = targets[block], known[block]
        scores = standardised(histories[block])
        ranked = guide.contributions(buckets[block], scores.copy(), freshness, terms).sum(axis=0)
        allowed = np.tile(among, (target.shape[0], 1))
        allowed[row_of_each_entry(chosen_before), chosen_before.indices] = False
        chosen = np.zeros(allowed.shape, dtype=bool)
        chosen[row_of_each_entry(target), target.indices] = True
        items = _best(np.where(allowed, ranked, -np.inf))
        rows = np.arange(len(items))[:, None]
        within = allowed[rows, items]
        picked = chosen[rows, items] & within
        of_items = np.moveaxis(scores[:, rows, items], 0, 2)
        made = Examples(buckets[block], of_items, freshness[items], within, picked.astype(np.float32))
        return made.of(np.flatnonzero(picked.any(axis=1)))

    return Examples.joined(list(in_order(of_block, blocks(histories.shape[0], histories.shape[1]))))


def _best(ranked: Floats) -> NDArray[np.intp]:
    """The candidates, int (n, n_candidates), in no order."""
    n, n_items = ranked.shape
    if n_items <= _CANDIDATES:
        return np.tile(np.arange(n_items), (n, 1))
    return np.argpartition(-ranked, _CANDIDATES, axis=1)[:, :_CANDIDATES]
