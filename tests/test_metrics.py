"""Metrics against hand-computed figures."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from recsys.metrics import bootstrap, ndcg, recall

ITEMS = np.array([[3, 1, 0], [2, -1, -1], [0, 1, 2]], dtype=np.int32)
RELEVANT = sparse.csr_matrix(np.array([[1, 0, 0, 1, 1], [0, 0, 1, 0, 0], [0, 0, 0, 0, 0]]))


def test_recall() -> None:
    assert recall(ITEMS, RELEVANT, 3)[:2] == pytest.approx([2 / 3, 1.0])
    assert np.isnan(recall(ITEMS, RELEVANT, 3)[2])


def test_ndcg() -> None:
    ideal = 1 + 1 / np.log2(3) + 1 / np.log2(4)
    assert ndcg(ITEMS, RELEVANT, 3)[:2] == pytest.approx([(1 + 1 / np.log2(4)) / ideal, 1.0])


def test_ndcg_ideal_is_cut_at_k() -> None:
    assert ndcg(ITEMS, RELEVANT, 1)[0] == pytest.approx(1.0)


def test_bootstrap_covers_the_mean_and_shrinks() -> None:
    rng = np.random.default_rng(0)
    few, many = bootstrap(rng.random(30)), bootstrap(rng.random(3000))
    assert few.low < few.mean < few.high
    assert many.high - many.low < (few.high - few.low) / 5
    assert bootstrap(np.array([np.nan])).users == 0
