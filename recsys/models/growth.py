"""Item-side arrays with further items behind their own; the arrays that were there stay as they are."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse import csr_matrix

from recsys.content import Content, Floats

Matrix = TypeVar("Matrix", Floats, csr_matrix)


def with_rows(array: Floats, more: npt.NDArray[Any]) -> Floats:
    """The array (n, ...) with further rows of the same shape, in its own dtype."""
    return np.concatenate([array, more.astype(array.dtype, copy=False)])


def with_sparse_rows(matrix: csr_matrix, more: csr_matrix) -> csr_matrix:
    """The same of a CSR matrix."""
    return csr_matrix(sparse.vstack([matrix, more], format="csr"), dtype=matrix.dtype)


def with_strangers(similarity: csr_matrix, n: int) -> csr_matrix:
    """Similarities (n_items, n_items) of items of which `n` more are like none; the entries are shared."""
    n_items = similarity.shape[0] + n
    indptr = np.concatenate([similarity.indptr, np.full(n, similarity.nnz, dtype=similarity.indptr.dtype)])
    return csr_matrix((similarity.data, similarity.indices, indptr), shape=(n_items, n_items), copy=False)


def terms_of(content: Content) -> csr_matrix:
    """The terms of a content, of no columns where there are none."""
    return csr_matrix((content.n_items, 0), dtype=np.float32) if content.terms is None else content.terms


def of_width(matrix: Matrix, width: int) -> Matrix:
    """The rows as a model of that many columns reads them; one that was fitted to none reads nothing.

    Raises:
        ValueError: it was fitted to other columns.
    """
    if matrix.shape[1] != width and width > 0:
        raise ValueError(f"content has {matrix.shape[1]} columns, the model knows {width}")
    return matrix[:, :width]
