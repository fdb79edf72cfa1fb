"""The operations on sparse matrices that models share."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from recsys.models.sparse import top_per_row


@given(data=st.data(), n_rows=st.integers(0, 4), n_columns=st.integers(1, 12), k=st.integers(1, 14))
def test_the_largest_of_each_row_are_those_of_a_sort(
    data: st.DataObject, n_rows: int, n_columns: int, k: int
) -> None:
    values = st.sampled_from([-1.0, 0.0, 0.5, 0.5, 2.0, 3.0])
    stored = data.draw(st.lists(values, min_size=n_rows * n_columns, max_size=n_rows * n_columns))
    columns = [data.draw(st.permutations(range(n_columns))) for _ in range(n_rows)]
    indices = np.array(columns, dtype=np.int32).reshape(-1)
    indptr = np.arange(n_rows + 1) * n_columns
    matrix = csr_matrix((np.array(stored, dtype=np.float32), indices, indptr), shape=(n_rows, n_columns))
    top = top_per_row(matrix, k)
    for row, dense in enumerate(matrix.toarray()):
        order = sorted(
            (column for column in range(n_columns) if dense[column] > 0), key=lambda c: (-dense[c], c)
        )
        assert top[row].indices.tolist() == sorted(order[:k])
        assert top[row].data.tolist() == [dense[column] for column in sorted(order[:k])]
