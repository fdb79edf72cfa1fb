"""What the evaluation asks of a model, and how it asks: by blocks of users, the answers checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.models.topk import Rows
from recsys.splits import Split, Times

ASKED_AT_ONCE = 1_024  # users: bounds the memory of models that score densely

Lists = tuple[NDArray[Any], NDArray[Any]]  # items (n, k), best first and -1 where there are fewer, and scores


class Recommender(Protocol):
    """What can be evaluated; the methods are those of `recsys.models.base.Model`."""

    def fit(self, interactions: sparse.csr_matrix, content: Any = None, times: Times | None = None) -> Self:
        """Learn from CSR (n_users, n_items) of confidences > 0, content, and when each interaction was."""
        ...

    def recommend(
        self,
        user_rows: NDArray[Any],
        k: int,
        exclude: sparse.csr_matrix | None = None,
        candidates: NDArray[Any] | None = None,
    ) -> Lists:
        """The k best items for users of the training data."""
        ...

    def recommend_histories(
        self,
        histories: sparse.csr_matrix,
        k: int,
        exclude: sparse.csr_matrix | None = None,
        candidates: NDArray[Any] | None = None,
    ) -> Lists:
        """As `recommend`, for users whom the model never saw; `exclude` has a row for each history."""
        ...


class CannotDo(Exception):
    """A model can't be evaluated by this protocol; the message says why, and the table shows it."""


def lists_of(
    model: Recommender, split: Split, k: int, advance: Callable[[float], None] = lambda _share: None
) -> Rows:
    """The model's k best items for each request of the split: int32 (n, k), -1 where there are fewer.

    Items that the split excludes, or that are no candidates, are taken out of the lists: they take a place
    from their model, and count for nothing.

    Args:
        model: fitted on the split's training data.
        split: the requests.
        k: length of the lists.
        advance: called with the share of the requests answered so far.

    Raises:
        CannotDo: the model can't answer, or in another shape, or with rows that are no items.
    """
    n = len(split.users)
    lists = np.full((n, k), -1, dtype=np.int32)
    by_user = _rows_of_users(split) if split.trained else split.exclude
    for start in range(0, n, ASKED_AT_ONCE):
        block = slice(start, min(start + ASKED_AT_ONCE, n))
        if split.trained:
            items, _ = model.recommend(split.users[block], k, exclude=by_user, candidates=split.candidates)
        else:
            histories, exclude = split.histories[block], by_user[block]
            items, _ = model.recommend_histories(histories, k, exclude=exclude, candidates=split.candidates)
        lists[block] = _checked(items, block.stop - block.start, k, split)
        advance(block.stop / n)
    return np.asarray(np.where(_allowed(lists, split), lists, -1), dtype=np.int32)


def _rows_of_users(split: Split) -> sparse.csr_matrix:
    """What is excluded, with a row for each user of the training data instead of each request."""
    n = len(split.users)
    place = sparse.csr_matrix((np.ones(n), (split.users, np.arange(n))), shape=(split.train.shape[0], n))
    return sparse.csr_matrix(place @ abs(split.exclude))


def _checked(items: Any, n: int, k: int, split: Split) -> Rows:
    items = np.asarray(items)
    if items.shape != (n, k):
        raise CannotDo(f"items of shape {items.shape} where ({n}, {k}) was asked for")
    if (
        items.dtype.kind not in "iu"
        or items.min(initial=0) < -1
        or items.max(initial=0) >= split.test.shape[1]
    ):
        raise CannotDo(f"items that are no rows from -1 to {split.test.shape[1] - 1}")
    return np.asarray(items, dtype=np.int32)


def _allowed(lists: Rows, split: Split) -> NDArray[np.bool_]:
    n_items = split.test.shape[1]
    rows = np.repeat(np.arange(len(lists)), np.diff(split.exclude.indptr))
    excluded = rows * n_items + split.exclude.indices
    allowed: NDArray[np.bool_] = ~np.isin(np.arange(len(lists))[:, None] * n_items + lists, excluded)
    if split.candidates is not None:
        allowed &= split.candidates[lists]
    return np.asarray(allowed)
