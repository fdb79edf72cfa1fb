"""The splits equal the design's seeded formulas, and nothing leaks from one part into another."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from worlds import make_world

from recsys.splits import Split, canonical, cold_item, cold_user, prequential, temporal, warm

X = make_world(n_users=80, n_items=60).interactions


def pairs(matrix: sparse.csr_matrix, users: np.ndarray | None = None) -> set[tuple[int, int]]:
    rows, cols = matrix.nonzero()
    return set(zip((rows if users is None else users[rows]).tolist(), cols.tolist(), strict=True))


@st.composite
def interactions(draw: st.DrawFn) -> sparse.csr_matrix:
    """Any small matrix: empty users, empty items, entries in any order."""
    n_users, n_items = draw(st.integers(1, 12)), draw(st.integers(1, 12))
    cell = st.tuples(st.integers(0, n_users - 1), st.integers(0, n_items - 1))
    cells = draw(st.lists(cell, unique=True, max_size=60))
    rows, cols = zip(*cells, strict=True) if cells else ((), ())
    return sparse.csr_matrix((np.ones(len(cells)), (rows, cols)), shape=(n_users, n_items))


def test_warm_is_the_designs_formula() -> None:
    split = warm(X, 7)
    test = np.random.default_rng(7).random(X.nnz) < 0.2
    rows, cols = X.nonzero()
    assert pairs(split.test, split.users) == set(zip(rows[test].tolist(), cols[test].tolist(), strict=True))
    assert pairs(split.train) == pairs(X) - pairs(split.test, split.users)


def test_cold_item_is_the_designs_formula() -> None:
    split = cold_item(X, 3)
    cold = np.random.default_rng(3).random(X.shape[1]) < 0.2
    np.testing.assert_array_equal(split.candidates, cold)
    assert set(split.train.nonzero()[1]) == set(np.flatnonzero(~cold)) & set(X.nonzero()[1])
    assert split.test.nnz + split.train.nnz == X.nnz


def test_cold_items_of_a_validation_split_are_known_items() -> None:
    outer = cold_item(X, 3)
    known = np.diff(outer.train.tocsc().indptr) > 0
    inner = cold_item(outer.train, 4, among=known)
    assert not (inner.candidates & outer.candidates).any()


@pytest.mark.parametrize("shots", [1, 3, 5])
def test_cold_user_is_the_designs_formula(shots: int) -> None:
    split = cold_user(X, 5, shots)
    rng = np.random.default_rng(5)
    new = rng.random(X.shape[0]) < 0.2
    asked = [user for user in np.flatnonzero(new) if X.indptr[user + 1] - X.indptr[user] > shots]
    assert split.users.tolist() == asked
    for place, user in enumerate(asked):
        own = X.indices[X.indptr[user] : X.indptr[user + 1]]
        chosen = own[rng.choice(len(own), size=shots, replace=False)]
        assert sorted(chosen.tolist()) == split.histories[place].indices.tolist()
    assert split.train[new].nnz == 0
    assert split.train.nnz == X[~new].nnz
    assert not split.trained


@given(interactions(), st.integers(0, 99), st.sampled_from(["warm", "cold-item", "cold-user"]))
def test_nothing_leaks(matrix: sparse.csr_matrix, seed: int, kind: str) -> None:
    split = {"warm": warm, "cold-item": cold_item, "cold-user": lambda x, s: cold_user(x, s, 1)}[kind](
        matrix, seed
    )
    assert_no_leak(split)
    asked = pairs(split.test, split.users) | pairs(split.histories, split.users)
    assert pairs(split.train) | asked <= pairs(matrix)
    again = {"warm": warm, "cold-item": cold_item, "cold-user": lambda x, s: cold_user(x, s, 1)}[kind](
        matrix, seed
    )
    assert (split.test != again.test).nnz == 0


def assert_no_leak(split: Split) -> None:
    assert (np.diff(split.test.indptr) > 0).all()
    assert split.test.multiply(split.exclude).nnz == 0
    assert split.test.multiply(split.histories).nnz == 0
    if split.trained:
        assert not pairs(split.train) & pairs(split.test, split.users)
        assert (split.histories != split.train[split.users]).nnz == 0
    if split.candidates is not None:
        assert split.candidates[split.test.indices].all()


def timed(seed: int = 0) -> tuple[sparse.csr_matrix, np.ndarray]:
    rng = np.random.default_rng(seed)
    signed = canonical(X)
    signed.data[rng.random(signed.nnz) < 0.2] = -0.7
    return signed, rng.integers(0, 61, signed.nnz)  # few: nights and t fall on times of events


def test_temporal_trains_on_the_past_only() -> None:
    signed, times = timed()
    split = temporal(signed, times)
    liked = signed.data > 0
    moment = np.quantile(times[liked], 0.8)
    assert moment in times  # an event at t itself is asked for
    rows, cols = np.repeat(np.arange(signed.shape[0]), np.diff(signed.indptr)), signed.indices
    before = liked & (times < moment)
    after = liked & (times >= moment)
    assert pairs(split.train) == set(zip(rows[before].tolist(), cols[before].tolist(), strict=True))
    assert pairs(split.test, split.users) == set(zip(rows[after].tolist(), cols[after].tolist(), strict=True))
    assert_no_leak(split)
    seen = set(zip(rows[times < moment].tolist(), cols[times < moment].tolist(), strict=True))
    assert pairs(split.exclude, split.users) == {pair for pair in seen if pair[0] in set(split.users)}


def test_prequential_predicts_each_event_from_the_past_only() -> None:
    signed, times = timed()
    liked = signed.data > 0
    when = {pair: time for pair, time in zip(_cells(signed), times.tolist(), strict=True)}
    edges = np.linspace(times[liked].min(), times[liked].max(), 7)[1:]
    predicted = []
    for split, (begin, end) in zip(prequential(signed, times), pairwise([*edges[:-1], np.inf]), strict=True):
        assert split.train.nnz == (liked & (times < begin)).sum()
        assert (np.diff(split.test.indptr) == 1).all()
        for row, user in enumerate(split.users.tolist()):
            item = int(split.test.indices[row])
            now = when[user, item]
            assert begin <= now < end
            past = {(when[user, other], other) for other in split.exclude[row].indices.tolist()}
            own = {(t, i) for (u, i), t in when.items() if u == user and (t, i) < (now, item)}
            assert past == own
            assert (split.histories[row].data > 0).all()
            predicted.append((user, item))
    assert sorted(predicted) == sorted(
        pair for pair, likes in zip(_cells(signed), liked, strict=True) if likes and when[pair] >= edges[0]
    )


def _cells(matrix: sparse.csr_matrix) -> list[tuple[int, int]]:
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    return list(zip(rows.tolist(), matrix.indices.tolist(), strict=True))


def test_times_must_fit_the_interactions() -> None:
    with pytest.raises(ValueError, match="give one for each"):
        temporal(canonical(X), np.zeros(3, dtype=np.int64))
