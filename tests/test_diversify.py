"""Greedy DPP against its definition, and what its strength does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.diversify import greedy_dpp


def _embeddings(n: int, seed: int) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(n, 6)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _by_determinants(relevance: np.ndarray, embeddings: np.ndarray, k: int, strength: float) -> list[int]:
    """The same greedy choice from the definition: maximise det(L_S) in each step."""
    quality = np.exp((relevance - relevance.max()) / np.ptp(relevance) / (2 * strength)).astype(np.float64)
    similarity = (1 + embeddings.astype(np.float64) @ embeddings.T.astype(np.float64)) / 2
    np.fill_diagonal(similarity, 1)
    kernel = quality[:, None] * similarity * quality
    chosen: list[int] = []
    for _ in range(k):
        left = [i for i in range(len(relevance)) if i not in chosen]
        gains = [np.linalg.slogdet(kernel[np.ix_([*chosen, i], [*chosen, i])])[1] for i in left]
        chosen.append(left[int(np.argmax(gains))])
    return chosen


@pytest.mark.parametrize("seed", range(5))
def test_equals_the_definition(seed: int) -> None:
    relevance = np.random.default_rng(seed).normal(size=12).astype(np.float32)
    embeddings = _embeddings(12, seed)
    expected = _by_determinants(relevance, embeddings, 5, 0.3)
    assert greedy_dpp(relevance, embeddings, 5, 0.3).tolist() == expected


@settings(max_examples=50)
@given(st.integers(0, 12), st.integers(0, 15), st.floats(0, 2), st.integers(0, 99))
def test_chooses_each_once_and_as_many_as_there_are(n: int, k: int, strength: float, seed: int) -> None:
    relevance = np.random.default_rng(seed).integers(0, 3, size=n).astype(np.float32)
    chosen = greedy_dpp(relevance, _embeddings(n, seed), k, strength)
    assert len(chosen) == len(set(chosen.tolist())) == min(n, k)


def test_copies_are_spread_out() -> None:
    embeddings = np.repeat(np.eye(2, 4, dtype=np.float32), 3, axis=0)  # two papers, three copies of each
    relevance = np.array([1.0, 0.99, 0.98, 0.9, 0.89, 0.88], dtype=np.float32)
    assert set(greedy_dpp(relevance, embeddings, 2, 0.5).tolist()) == {0, 3}
    assert greedy_dpp(relevance, embeddings, 2, 0.0).tolist() == [0, 1]
