"""The deterministic top-k."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.models.topk import top_k


@st.composite
def tied_scores(draw: st.DrawFn) -> np.ndarray:
    n_columns = draw(st.integers(0, 12))
    values = st.sampled_from([-np.inf, -1.0, 0.0, -0.0, 0.5, 2.0])
    rows = draw(st.lists(st.lists(values, min_size=n_columns, max_size=n_columns), max_size=4))
    return np.array(rows, dtype=np.float32).reshape(len(rows), n_columns)


@given(scores=tied_scores(), k=st.integers(0, 15))
def test_it_is_the_sort_by_score_then_row(scores: np.ndarray, k: int) -> None:
    items, values = top_k(scores, k)
    assert items.shape == values.shape == (len(scores), k)
    for row, row_scores in enumerate(scores):
        candidates = [item for item, score in enumerate(row_scores) if score > -np.inf]
        expected = sorted(candidates, key=lambda item: (-row_scores[item], item))[:k]
        padding = [-1] * (k - len(expected))
        assert items[row].tolist() == expected + padding
        assert values[row].tolist() == [row_scores[item] for item in expected] + [-np.inf] * len(padding)


def test_many_ties_across_the_boundary() -> None:
    scores = np.zeros((1, 10_000), dtype=np.float32)
    scores[0, 9_000] = 1
    assert top_k(scores, 4)[0].tolist() == [[9_000, 0, 1, 2]]


def test_nan_and_negative_k_are_refused() -> None:
    with pytest.raises(ValueError, match="NaN"):
        top_k(np.array([[0.0, np.nan]], dtype=np.float32), 1)
    with pytest.raises(ValueError, match="k is -1"):
        top_k(np.zeros((1, 2), dtype=np.float32), -1)
