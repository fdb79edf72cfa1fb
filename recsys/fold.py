"""What is held out of the training data so that the join can be learned from predictions, not from memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.models.sparse import kept, positive_part, row_of_each_entry

_HELD_OUT = 0.2  # of the interactions of a reader
_FRESH = 0.1  # of the papers with readers: all that is known of them is their text
_MOST_USERS = 2_000  # who have something held out: enough to learn from, and nearly all the data is kept
_FEWER_USERS = 500  # where there are so many papers that scoring them all for each reader takes long
_MOST_SCORES = 100_000_000  # of readers × papers
_MOST_FRESH = 1_000
_CUTS = (0.8, 0.7, 0.6, 0.5, 0.9)  # shares of what was chosen that came before a cut in time
_ENOUGH_ACROSS = 1_000  # users on both sides of a cut, of all cuts together: then no more cuts are made
_FEWEST_ACROSS = 100  # fewer say too little of what comes next
_BEGINNINGS = (1, 2, 3, 5, 8)  # papers that readers are left with, in turn, as if they had just begun


@dataclass(frozen=True, eq=False)
class Fold:
    """A training set with two parts held out.

    Attributes:
        seen: signed CSR (n_users, n_items), what the fold's models are fitted on and score.
        stays: bool (nnz,), which entries of the whole `seen` has.
        held: CSR of the same shape, some of what some readers chose, of papers that others have read.
        anew: CSR likewise, all that was chosen of the fresh papers.
        fresh: int (n,), the rows of papers that are made out to have no readers yet.
        users: int (n,), the readers with a history and something held out, in random order.
    """

    seen: sparse.csr_matrix
    stays: NDArray[np.bool_]
    held: sparse.csr_matrix
    anew: sparse.csr_matrix
    fresh: NDArray[np.intp]
    users: NDArray[np.intp]


def make_fold(
    matrix: sparse.csr_matrix,
    held_out: NDArray[np.bool_] | None,
    with_fresh: bool,
    rng: np.random.Generator,
) -> Fold:
    """Draw what is held out.

    Args:
        matrix: canonical CSR (n_users, n_items) of signed confidences.
        held_out: bool (nnz,), the entries that may be held out of a reader's history; random ones by default.
        with_fresh: whether to make out some papers to be new.
        rng: draws.
    """
    rows, liked = row_of_each_entry(matrix), matrix.data > 0
    eligible = rng.random(matrix.nnz) < _HELD_OUT if held_out is None else held_out
    able = np.unique(rows[eligible & liked])
    some = np.zeros(matrix.shape[0], dtype=bool)
    some[_sample(able, matrix.shape[1], rng)] = True
    read = np.unique(matrix.indices[liked])
    n_fresh = min(_MOST_FRESH, int(_FRESH * len(read))) if with_fresh else 0
    fresh = np.sort(rng.permutation(read)[:n_fresh])
    of_fresh = np.isin(matrix.indices, fresh)
    held = eligible & liked & some[rows] & ~of_fresh
    stays = ~held & ~of_fresh
    seen = kept(matrix, stays)
    target = kept(matrix, held)
    users = np.flatnonzero((np.diff(target.indptr) > 0) & (np.diff(seen.indptr) > 0))
    return Fold(seen, stays, target, kept(matrix, of_fresh & liked), fresh, rng.permutation(users))


def cuts_in_time(matrix: sparse.csr_matrix, times: NDArray[Any], rng: np.random.Generator) -> list[Fold]:
    """Folds that have seen all that came before a moment, and hold out what readers from before chose after.

    The future differs from the past by more than chance: what is held out at random comes from the same hours
    as what is seen. Few readers may be on both sides of one cut, so there are as many cuts as it takes.

    Args:
        matrix: canonical CSR (n_users, n_items) of signed confidences.
        times: (nnz,), when each was said.
        rng: draws.

    Returns:
        The later cuts first; none where they would teach too little, as where nobody comes back.
    """
    liked = matrix.data > 0
    if not liked.any():
        return []
    nothing = sparse.csr_matrix(matrix.shape, dtype=matrix.dtype)
    folds, across = list[Fold](), 0
    for share in _CUTS:
        before = times < np.quantile(times[liked], share)
        seen, target = kept(matrix, before), kept(matrix, ~before & liked)
        both = np.flatnonzero((np.diff(positive_part(seen).indptr) > 0) & (np.diff(target.indptr) > 0))
        users = _sample(both, matrix.shape[1], rng)
        folds.append(Fold(seen, before, target, nothing, np.zeros(0, dtype=np.intp), users))
        across += len(users)
        if across >= _ENOUGH_ACROSS:
            break
    return folds if across >= _FEWEST_ACROSS else []


def _sample(users: NDArray[np.intp], n_items: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Some of the users in random order, fewer of them the more items there are to score for each."""
    most = int(np.clip(_MOST_SCORES // max(1, n_items), _FEWER_USERS, _MOST_USERS))
    return rng.permutation(users)[:most]


def beginners(histories: sparse.csr_matrix, rng: np.random.Generator) -> sparse.csr_matrix:
    """The readers as if they had just begun: one to eight of what they liked, of the same shape."""
    left = np.zeros(histories.nnz, dtype=bool)
    for row in range(histories.shape[0]):
        span = np.arange(histories.indptr[row], histories.indptr[row + 1])
        good = span[histories.data[span] > 0]
        left[rng.permutation(good)[: _BEGINNINGS[row % len(_BEGINNINGS)]]] = True
    return kept(histories, left)
