"""What is held out so that the join can be learned."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.sparse import random as random_sparse

from recsys import fold as fold_module
from recsys.fold import beginners, cuts_in_time, make_fold
from recsys.models.sparse import kept


def signed(seed: int, n_users: int = 30, n_items: int = 25) -> csr_matrix:
    rng = np.random.default_rng(seed)
    matrix = random_sparse(n_users, n_items, density=0.3, format="csr", dtype=np.float32, rng=rng)
    matrix.data = np.where(rng.random(matrix.nnz) < 0.2, -1, 1).astype(np.float32)
    matrix.sum_duplicates()
    return matrix


@given(seed=st.integers(0, 50), with_fresh=st.booleans(), given_mask=st.booleans())
def test_the_parts_are_disjoint_and_make_up_the_whole(seed: int, with_fresh: bool, given_mask: bool) -> None:
    matrix = signed(seed)
    mask = np.random.default_rng(seed).random(matrix.nnz) < 0.4 if given_mask else None
    fold = make_fold(matrix, mask, with_fresh, np.random.default_rng(seed))
    seen, held, anew = fold.seen.toarray(), fold.held.toarray(), fold.anew.toarray()
    assert ((seen != 0).astype(int) + (held != 0) + (anew != 0)).max() <= 1
    of_fresh = np.isin(np.arange(25), fold.fresh)
    assert (seen[:, of_fresh] == 0).all()  # nobody has read them, and nobody has disliked them
    assert (held[:, of_fresh] == 0).all()
    assert (anew[:, ~of_fresh] == 0).all()
    whole = np.where(of_fresh, np.maximum(matrix.toarray(), 0), matrix.toarray())
    assert (seen + held + anew == whole).all()
    assert (held >= 0).all()
    assert (kept(matrix, fold.stays) != fold.seen).nnz == 0
    assert bool(len(fold.fresh)) == with_fresh
    assert sorted(fold.users) == list(np.flatnonzero(held.any(axis=1) & seen.any(axis=1)))
    if mask is not None:
        allowed = csr_matrix(
            (mask.astype(float), matrix.indices, matrix.indptr), shape=matrix.shape
        ).toarray()
        assert (allowed[held > 0] == 1).all()


def test_only_some_readers_have_something_held_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fold_module, "_MOST_USERS", 7)
    fold = make_fold(signed(0), None, False, np.random.default_rng(0))
    assert 0 < (np.diff(fold.held.indptr) > 0).sum() <= 7


def test_beginners_have_a_few_of_what_they_liked() -> None:
    histories = signed(1)
    few = beginners(histories, np.random.default_rng(0))
    assert ((few.toarray() == 0) | (few.toarray() == np.maximum(histories.toarray(), 0))).all()
    liked = (histories.toarray() > 0).sum(axis=1)
    sizes = np.tile([1, 2, 3, 5, 8], 6)
    assert np.diff(few.indptr).tolist() == np.minimum(liked, sizes).tolist()


def who_come_back(n_users: int, n_items: int = 40) -> tuple[csr_matrix, np.ndarray]:
    """Readers who say something of some papers all the time, and the times."""
    matrix = signed(0, n_users, n_items)
    return matrix, np.random.default_rng(1).integers(0, 10**6, matrix.nnz)


def test_a_cut_in_time_has_seen_nothing_that_came_after() -> None:
    matrix, times = who_come_back(60)
    folds = cuts_in_time(matrix, times, np.random.default_rng(0))
    assert len(folds) == 5
    for fold in folds:
        assert times[fold.stays].max() < times[~fold.stays].min()
        assert (kept(matrix, fold.stays) != fold.seen).nnz == 0
        after = kept(matrix, ~fold.stays).toarray()
        assert (fold.held.toarray() == np.maximum(after, 0)).all()
        assert fold.anew.nnz == len(fold.fresh) == 0
        likes = (fold.seen.toarray() > 0).any(axis=1) & fold.held.toarray().any(axis=1)
        assert sorted(fold.users) == list(np.flatnonzero(likes))
    shares = [fold.stays.mean() for fold in folds]
    assert np.allclose(shares, [0.8, 0.7, 0.6, 0.5, 0.9], atol=0.02)


def test_there_are_no_more_cuts_than_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix, times = who_come_back(60)
    monkeypatch.setattr(fold_module, "_ENOUGH_ACROSS", 70)
    assert len(cuts_in_time(matrix, times, np.random.default_rng(0))) == 2
    monkeypatch.setattr(fold_module, "_FEWEST_ACROSS", 70)
    monkeypatch.setattr(fold_module, "_MOST_USERS", 20)
    folds = cuts_in_time(matrix, times, np.random.default_rng(0))
    assert [len(fold.users) for fold in folds] == [20, 20, 20, 20]


@pytest.mark.parametrize("record", ["few readers", "nobody comes back", "all at once", "no likes", "nothing"])
def test_where_a_cut_would_teach_too_little_there_is_none(record: str) -> None:
    matrix, times = who_come_back(15 if record == "few readers" else 60)
    if record == "nobody comes back":
        times = np.repeat(np.arange(60), np.diff(matrix.indptr))
    elif record == "all at once":
        times = np.full(matrix.nnz, 7)
    elif record == "no likes":
        matrix.data[:] = -1
    elif record == "nothing":
        matrix, times = csr_matrix((60, 40), dtype=np.float32), np.zeros(0)
    assert cuts_in_time(matrix, times, np.random.default_rng(0)) == []
