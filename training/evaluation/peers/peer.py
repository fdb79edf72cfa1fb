"""What all baselines share: they score all items, and the best are taken as the library takes them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.content import Content, Floats
from recsys.models.base import candidate_rows
from recsys.models.sparse import blocks, row_of_each_entry
from recsys.models.topk import Rows, top_k
from recsys.splits import Times

Users = NDArray[np.int64]


class Peer(ABC):
    """A baseline. To a user of whom it has nothing to say, it shows what is popular, as anyone would.

    Attributes:
        train: what it was fitted on.
        popularity: float32 (n_items,), training interactions of each item.
    """

    train: sparse.csr_matrix
    popularity: Floats

    def fit(
        self, interactions: sparse.csr_matrix, content: Content | None = None, times: Times | None = None
    ) -> Self:
        """Learn from CSR (n_users, n_items) of confidences > 0; baselines take no notice of times."""
        self.train = interactions
        self.popularity = np.asarray(interactions.sum(axis=0), dtype=np.float32).ravel()
        self._fit(interactions, content)
        return self

    @abstractmethod
    def _fit(self, interactions: sparse.csr_matrix, content: Content | None) -> None:
        """Learn."""

    @abstractmethod
    def scores(self, histories: sparse.csr_matrix, users: Users | None) -> Floats:
        """A new float32 array (n, n_items), higher is better.

        Args:
            histories: CSR (n, n_items), what is known of each user.
            users: their rows in the training data, which `histories` then equal; None if they are new.
        """

    def recommend(
        self,
        user_rows: NDArray[Any],
        k: int,
        exclude: sparse.csr_matrix | None = None,
        candidates: NDArray[Any] | None = None,
    ) -> tuple[Rows, Floats]:
        """The k best items for users of the training data; see `recsys.models.base.Model.recommend`."""
        users = np.asarray(user_rows, dtype=np.int64)
        excluded = None if exclude is None else exclude[users]
        return self._best(self.train[users], users, k, excluded, candidates)

    def recommend_histories(
        self,
        histories: sparse.csr_matrix,
        k: int,
        exclude: sparse.csr_matrix | None = None,
        candidates: NDArray[Any] | None = None,
    ) -> tuple[Rows, Floats]:
        """As `recommend`, for histories of users whom the model never saw."""
        return self._best(histories, None, k, exclude, candidates)

    def _best(
        self,
        histories: sparse.csr_matrix,
        users: Users | None,
        k: int,
        exclude: sparse.csr_matrix | None,
        candidates: NDArray[Any] | None,
    ) -> tuple[Rows, Floats]:
        n, n_items = histories.shape
        items, values = np.full((n, k), -1, dtype=np.int32), np.full((n, k), -np.inf, dtype=np.float32)
        out = np.ones(n_items, dtype=bool)
        out[np.arange(n_items) if candidates is None else candidate_rows(candidates, n_items)] = False
        for block in blocks(n, n_items):
            scores = self.scores(histories[block], None if users is None else users[block])
            scores[np.ptp(scores, axis=1) == 0] = self.popularity
            scores[:, out] = -np.inf
            if exclude is not None:
                excluded = exclude[block]
                scores[row_of_each_entry(excluded), excluded.indices] = -np.inf
            items[block], values[block] = top_k(scores, k)
        return items, values
