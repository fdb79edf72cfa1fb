"""Metrics against hand-computed figures and the field's reference implementation."""

from __future__ import annotations

from itertools import combinations

import ir_measures
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from recsys.metrics import (
    average_precision,
    bootstrap,
    coverage,
    found_items,
    head_items,
    intra_list_diversity,
    macro_recall,
    micro_recall,
    ndcg,
    novelty,
    recall,
    recall_within,
    reciprocal_rank,
)

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


@given(st.integers(0, 10_000), st.integers(1, 30))
def test_agrees_with_ir_measures(seed: int, k: int) -> None:
    """Recall, nDCG, reciprocal rank and average precision, next to the field's reference implementation."""
    rng = np.random.default_rng(seed)
    n_users, n_items = 6, 25
    relevant = sparse.random(n_users, n_items, 0.2, format="csr", rng=rng)
    relevant.data[:] = 1
    lists = np.stack([rng.permutation(n_items) for _ in range(n_users)]).astype(np.int32)[:, :k]
    qrels = {
        str(user): {str(item): 1 for item in relevant[user].indices}
        for user in range(n_users)
        if relevant[user].nnz
    }
    run = {
        str(user): {str(item): float(n_items - place) for place, item in enumerate(lists[user])}
        for user in range(n_users)
    }
    if not qrels:
        return
    measures = {
        ir_measures.R @ k: recall,
        ir_measures.nDCG @ k: ndcg,
        ir_measures.RR @ k: reciprocal_rank,
        ir_measures.AP @ k: average_precision,
    }
    for found in ir_measures.iter_calc(list(measures), qrels, run):
        ours = measures[found.measure](lists, relevant, k)[int(found.query_id)]
        assert ours == pytest.approx(found.value, abs=1e-9), found.measure


def test_recall_by_item_and_by_interaction() -> None:
    found = found_items(ITEMS, RELEVANT, 3)
    # Items 0, 2 and 3 were found for all who wanted them, item 4 was not.
    assert macro_recall(found, RELEVANT) == pytest.approx(3 / 4)
    assert micro_recall(found, RELEVANT) == pytest.approx(3 / 4)
    assert recall_within(found, RELEVANT, np.array([0, 0, 1, 0, 1], dtype=bool))[:2] == pytest.approx([0, 1])


def test_head_is_the_fifth_with_the_most_training_interactions() -> None:
    train = sparse.csr_matrix(np.array([[0, 1, 1, 0, 0], [0, 1, 0, 0, 0]]))
    assert head_items(train).tolist() == [False, True, False, False, False]
    assert not head_items(sparse.csr_matrix((2, 5))).any()


def test_coverage_and_novelty() -> None:
    train = sparse.csr_matrix(np.array([[1, 0, 0, 0, 0], [1, 0, 0, 0, 0], [1, 1, 0, 0, 0]]))
    assert coverage(ITEMS, 5) == pytest.approx(4 / 5)
    bits = -np.log2(np.array([4, 2, 1, 1, 1]) / 4)
    assert novelty(ITEMS, train) == pytest.approx(
        [(bits[3] + bits[1] + bits[0]) / 3, bits[2], bits[:3].mean()]
    )


@given(st.integers(0, 1_000))
def test_diversity_is_one_minus_the_mean_cosine_of_pairs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(9, 4)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors[0] = 0  # an item of which nothing is known
    lists = np.stack([rng.permutation(9)[:4] for _ in range(3)]).astype(np.int32)
    lists[1, 2:] = -1
    lists[2, 1:] = -1
    for row, value in enumerate(intra_list_diversity(lists, vectors)):
        shown = lists[row][lists[row] >= 0]
        cosines = [vectors[a] @ vectors[b] for a, b in combinations(shown, 2)]
        expected = 1 - np.mean(cosines) if cosines else np.nan
        assert value == pytest.approx(expected, abs=1e-5, nan_ok=True)


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    rng = np.random.default_rng(1)
    held = 0
    for trial in range(200):
        figure = bootstrap(rng.exponential(size=150), seed=trial)
        held += figure.low <= 1.0 <= figure.high
    assert 0.90 <= held / 200 <= 0.985


def test_values_of_one_user_are_drawn_together() -> None:
    rng = np.random.default_rng(2)
    users = np.repeat(np.arange(60), 20)
    values = np.repeat(rng.random(60), 20)  # twenty copies say no more than one
    alone, clustered = bootstrap(values[::20]), bootstrap(values, users=users)
    naive = bootstrap(values)
    assert clustered.users == 60
    assert clustered.high - clustered.low == pytest.approx(alone.high - alone.low, rel=0.05)
    assert naive.high - naive.low < (clustered.high - clustered.low) / 3
