"""What every loader gives."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.splits import Times


@dataclass(frozen=True, eq=False)
class Groups:
    """Named groups of items, which may overlap: `members` is float32 CSR (n_items, n_groups) of ones."""

    names: tuple[str, ...]
    members: sparse.csr_matrix


@dataclass(frozen=True, eq=False)
class Dataset:
    """Who liked what, and what is known of the items.

    Attributes:
        name: as given by `--dataset`.
        interactions: canonical float32 CSR (n_users, n_items), > 0 liked, < 0 disliked.
        users: the id of each row, as run files name it.
        items: the id of each column.
        content: a text for each item, or counts of words as CSR (n_items, n_words), or None.
        times: int64 (nnz,) in CSR order, or None; only their order and distances matter.
        topics: named topics of the items, for slices only, or None.
        years: float64 (n_items,) of publication, nan where unknown, or None.
        notes: what the reader of a report should know of the loading.
    """

    name: str
    interactions: sparse.csr_matrix
    users: tuple[str, ...]
    items: tuple[str, ...]
    content: list[str] | sparse.csr_matrix | None = None
    times: Times | None = None
    topics: Groups | None = None
    years: NDArray[np.float64] | None = None
    notes: tuple[str, ...] = field(default=())


def in_csr_order(
    rows: NDArray[np.int64],
    cols: NDArray[np.int64],
    values: NDArray[np.float32],
    times: Times,
    shape: tuple[int, int],
) -> tuple[sparse.csr_matrix, Times]:
    """A canonical matrix of pairs that occur once each, and their times in its order."""
    order = np.lexsort((cols, rows))
    matrix = sparse.csr_matrix((values[order], (rows[order], cols[order])), shape=shape)
    matrix.sort_indices()
    return matrix, times[order]
