"""What teaches the join where the next choice is asked for, and all until then is known."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

_HELD_OUT = 0.2
_FEWEST = 3  # a reader with fewer papers keeps them all


def newest_of_each_reader(matrix: sparse.csr_matrix, times: NDArray[Any], seed: int) -> NDArray[np.bool_]:
    """The newest fifth of what each reader chose, bool (nnz,) in CSR order.

    Where times are equal (histories imported without times) chance decides, by the seed.

    Args:
        matrix: CSR (n_users, n_items) of signed confidences.
        times: (nnz,) in CSR order, when each was chosen, in any unit.
        seed: of the draws.

    >>> matrix = sparse.csr_matrix([[1.0, 1.0, -1.0, 1.0], [0.0, 1.0, 1.0, 0.0]])
    >>> newest_of_each_reader(matrix, np.array([5, 9, 12, 2, 1, 2]), seed=0).tolist()
    [False, True, False, False, False, False]
    """
    chance = np.random.default_rng(seed).random(matrix.nnz)
    held = np.zeros(matrix.nnz, dtype=bool)
    for row in range(matrix.shape[0]):
        span = np.arange(matrix.indptr[row], matrix.indptr[row + 1])
        chosen = span[matrix.data[span] > 0]
        if len(chosen) < _FEWEST:
            continue
        newest_first = chosen[np.lexsort((chance[chosen], -times[chosen]))]
        held[newest_first[: max(1, round(_HELD_OUT * len(chosen)))]] = True
    return held
