"""What is held out so that the join can be learned."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.sparse import random as random_sparse

from recsys import fold as fold_module
from recsys.fold import beginners, make_fold
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
