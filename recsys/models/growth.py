"""Item-side arrays with further items behind their own; the arrays that were there stay as they are."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from scipy.sparse import csr_matrix

from recsys.content import Content, Floats
from recsys.room import with_rows

Matrix = TypeVar("Matrix", Floats, csr_matrix)


def with_sparse_rows(matrix: csr_matrix, more: csr_matrix) -> csr_matrix:
    """The matrix with further rows, copied as little as `with_rows` copies."""
    ends = matrix.indptr[-1] + more.indptr[1:]
    grown = ((matrix.data, more.data), (matrix.indices, more.indices), (matrix.indptr, ends))
    shape = (matrix.shape[0] + more.shape[0], matrix.shape[1])
    return csr_matrix(tuple(with_rows(*parts) for parts in grown), shape=shape, copy=False)


def with_empty_rows(matrix: csr_matrix, n: int) -> csr_matrix:
    """The matrix with `n` more rows of nothing; the entries are shared."""
    indptr = with_rows(matrix.indptr, np.full(n, matrix.nnz))
    shape = (matrix.shape[0] + n, matrix.shape[1])
    return csr_matrix((matrix.data, matrix.indices, indptr), shape=shape, copy=False)


def with_empty_columns(matrix: csr_matrix, n: int) -> csr_matrix:
    """The matrix with `n` more columns of nothing; the arrays are shared."""
    shape = (matrix.shape[0], matrix.shape[1] + n)
    return csr_matrix((matrix.data, matrix.indices, matrix.indptr), shape=shape, copy=False)


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
