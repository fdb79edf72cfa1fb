"""Singular vectors of sparse matrices."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix

from recsys.content import Floats


def right_singular_vectors(matrix: csr_matrix, d: int, random_state: int) -> Floats:
    """The right singular vectors of a matrix (n, m) as float32 (m, d), zeros beyond its rank."""
    from sklearn.utils.extmath import randomized_svd

    vectors = np.zeros((matrix.shape[1], d), dtype=np.float32)
    rank = min(d, *matrix.shape)
    if rank and matrix.nnz:
        _, _, right = randomized_svd(matrix, rank, random_state=random_state)
        vectors[:, :rank] = right.T
    return vectors
