"""Sparse matrices as the plain arrays of a bundle, and the few operations on them that models share."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

Arrays = dict[str, npt.NDArray[Any]]
Index = npt.NDArray[np.integer[Any]]

BLOCK_VALUES = 2**23  # a dense float32 block takes at most 32 MB (or one row)


def pack(name: str, matrix: csr_matrix) -> Arrays:
    """A CSR matrix as four arrays named `name.data`, `name.indices`, `name.indptr` and `name.shape`."""
    return {
        f"{name}.data": matrix.data,
        f"{name}.indices": matrix.indices,
        f"{name}.indptr": matrix.indptr,
        f"{name}.shape": np.array(matrix.shape, dtype=np.int64),
    }


def unpack(name: str, arrays: Mapping[str, npt.NDArray[Any]]) -> csr_matrix:
    """The CSR matrix that `pack` took apart; memory-mapped arrays stay mapped.

    Raises:
        KeyError: one of its arrays is not there.
    """
    parts = tuple(arrays[f"{name}.{part}"] for part in ("data", "indices", "indptr"))
    return csr_matrix(parts, shape=tuple(int(n) for n in arrays[f"{name}.shape"]), copy=False)


def blocks(n_rows: int, width: int) -> Iterator[slice]:
    """Slices over the rows, such that a dense block of `width` columns stays within `BLOCK_VALUES`."""
    step = max(1, BLOCK_VALUES // max(1, width))
    for start in range(0, n_rows, step):
        yield slice(start, min(start + step, n_rows))


def row_of_each_entry(matrix: csr_matrix) -> npt.NDArray[np.intp]:
    """The row of each stored entry, in stored order (explicit zeros count)."""
    return np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))


def kept(matrix: csr_matrix, mask: npt.NDArray[np.bool_]) -> csr_matrix:
    """The entries for which the mask, in stored order, holds: a matrix of the same shape."""
    indptr = np.concatenate([[0], np.cumsum(mask)])[matrix.indptr]
    return csr_matrix((matrix.data[mask], matrix.indices[mask], indptr), shape=matrix.shape)


def positive_part(signed: csr_matrix) -> csr_matrix:
    """The entries > 0 of a signed matrix."""
    return kept(signed, signed.data > 0)


def readers_of(signed: csr_matrix) -> npt.NDArray[np.float32]:
    """How many users chose each item, float32 (n_items,)."""
    return np.bincount(signed.indices[signed.data > 0], minlength=signed.shape[1]).astype(np.float32)


def check_entries(name: str, values: npt.NDArray[Any] | None, matrix: csr_matrix) -> None:
    """Values, if there are any, go by the stored entries of a matrix whose order is canonical.

    Raises:
        ValueError: they don't.
    """
    if values is not None and (values.shape != (matrix.nnz,) or not matrix.has_canonical_format):
        raise ValueError(
            f"{name} of shape {values.shape}: give one for each of the {matrix.nnz} interactions, "
            "in CSR order (interactions.sum_duplicates() makes it canonical)"
        )


def one_by_one(history: csr_matrix) -> csr_matrix:
    """A history (1, n_items) with each entry in a row of its own, in stored order: (n_entries, n_items)."""
    rows = np.arange(history.nnz + 1)
    return csr_matrix((history.data, history.indices, rows), shape=(history.nnz, history.shape[1]))


def dense_columns(scores: csr_matrix, item_rows: Index | None) -> npt.NDArray[np.float32]:
    """Sparse scores as a dense array, of some columns or of all."""
    dense: npt.NDArray[np.float32] = (scores if item_rows is None else scores[:, item_rows]).toarray()
    return dense


def top_per_row(matrix: csr_matrix, k: int) -> csr_matrix:
    """The k largest entries > 0 of each row, ties by lower column; indices sorted."""
    kept = matrix.data > 0
    for start, end in itertools.pairwise(matrix.indptr):
        if end - start > k:
            kept[start:end] &= _among_largest(matrix.data[start:end], matrix.indices[start:end], k)
    indptr = np.concatenate([[0], np.cumsum(kept)])[matrix.indptr]
    top = csr_matrix((matrix.data[kept], matrix.indices[kept], indptr), shape=matrix.shape)
    top.sort_indices()
    return top


def _among_largest(values: npt.NDArray[Any], columns: npt.NDArray[Any], k: int) -> npt.NDArray[np.bool_]:
    """Which values are among the k largest, of more than k."""
    least = np.partition(values, len(values) - k)[len(values) - k]
    largest: npt.NDArray[np.bool_] = values > least
    ties = np.flatnonzero(values == least)
    missing = k - np.count_nonzero(largest)
    if missing < len(ties):
        ties = ties[np.argpartition(columns[ties], missing)[:missing]]
    largest[ties] = True
    return largest
