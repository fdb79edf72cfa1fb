"""The one small interface of all models, the join of them included.

A fitted model is *item-side*: it keeps nothing by user, and a user is what their history says. So
users of the training data, users who came since and the online path are scored by the same code.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from recsys.content import AnyContent, Content, Floats
from recsys.models.attribution import Attribution
from recsys.models.sparse import Arrays, Index, blocks, row_of_each_entry
from recsys.models.topk import Rows, top_k


class Model(ABC):
    """Something that scores items for histories; `interactions` are those that it was fitted on."""

    name: ClassVar[str]

    interactions: csr_matrix

    @abstractmethod
    def fit(
        self, interactions: csr_matrix, content: AnyContent = None, times: npt.NDArray[Any] | None = None
    ) -> Self:
        """Learn the items' arrays.

        Args:
            interactions: (n_users, n_items) confidences > 0; may have no rows and no entries. Kept, as
                float32 CSR, for `score` and `recommend`.
            content: what is known of the same items, in any form that `as_content` takes.
            times: (nnz,) in canonical CSR order, when each was chosen, in any unit; None where it isn't
                known, or where what is asked for isn't the future.

        Raises:
            ValueError: a confidence is negative or not finite, `content` has other items, or `times` doesn't
                have one for each stored entry.
        """

    @abstractmethod
    def score_histories(self, histories: csr_matrix, item_rows: Index | None = None) -> Floats:
        """How well each item suits each history: higher is better, comparable within a row only.

        Args:
            histories: (n, n_items) signed confidences, > 0 liked and < 0 disliked; rows may be empty.
            item_rows: score these items only, in this order; all of them by default.

        Returns:
            float32 (n, n_items or len(item_rows)), finite; a new array that the caller may change.

        Raises:
            ValueError: `histories` is about another number of items.
        """

    def attribute(self, history: csr_matrix, item_rows: Index | None = None) -> Attribution:
        """Which paper of one history a score comes from; a model that can't tell leaves all in the bias.

        Args:
            history: (1, n_items) signed confidences.
            item_rows: the items that are scored, as of `score_histories`.

        Raises:
            ValueError: `history` is about another number of items, or of more than one reader.
        """
        scores = self.score_histories(history, item_rows)[0]
        return Attribution(np.zeros((history.nnz, len(scores)), dtype=np.float32), scores)

    @abstractmethod
    def similar_items(self, item_rows: Index, k: int) -> tuple[Rows, Floats]:
        """The k items nearest to each item, best first, itself excluded; shapes as of `recommend`."""

    @abstractmethod
    def extended(self, content: Content) -> Self:
        """The model with further items behind its own, of which nothing but the content is known.

        They are scored, and count in histories, as items are that nobody had chosen when the model was
        fitted. What the model says of its own items stays the same.

        Args:
            content: of the further items, by the same terms and features as that of the fit.

        Raises:
            ValueError: the content has other terms or features than the model knows.
        """

    @abstractmethod
    def arrays(self) -> Arrays:
        """Everything that scoring needs, as plain arrays by name."""

    @abstractmethod
    def params(self) -> dict[str, Any]:
        """The hyper-parameters, as JSON can hold them."""

    @classmethod
    @abstractmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]], params: dict[str, Any]) -> Self:
        """The model that `arrays()` and `params()` were taken of, without users; arrays may be memory-mapped.

        Raises:
            KeyError: an array is missing.
        """

    def score(self, user_rows: Index, item_rows: Index | None = None) -> Floats:
        """Scores of users of the training data: `score_histories` of their interactions.

        Raises:
            IndexError: a row is none of the training data's.
        """
        return self.score_histories(self._histories_of(user_rows), item_rows)

    def recommend(
        self,
        user_rows: Index,
        k: int,
        exclude: csr_matrix | None = None,
        candidates: npt.NDArray[Any] | None = None,
    ) -> tuple[Rows, Floats]:
        """The k best items for users of the training data, best first, ties by lower item row.

        Args:
            user_rows: rows of the interactions that the model was fitted on.
            k: how many items.
            exclude: (n_users, n_items); its stored entries are left out.
            candidates: the only items allowed, as a bool mask (n_items,) or as item rows; all by default.

        Returns:
            items int32 (len(user_rows), k) and scores float32 (len(user_rows), k); -1 and -inf where
            fewer than k items are left.

        Raises:
            IndexError: a user row is none of the training data's.
            ValueError: `exclude` or `candidates` does not fit the items.
        """
        if exclude is not None and exclude.shape != self.interactions.shape:
            raise ValueError(f"exclude has shape {exclude.shape}, interactions {self.interactions.shape}")
        excluded = None if exclude is None else csr_matrix(exclude)[user_rows]
        return self.recommend_histories(self._histories_of(user_rows), k, excluded, candidates)

    def recommend_histories(
        self,
        histories: csr_matrix,
        k: int,
        exclude: csr_matrix | None = None,
        candidates: npt.NDArray[Any] | None = None,
    ) -> tuple[Rows, Floats]:
        """As `recommend`, for histories of any users; `exclude` has one row per history."""
        item_rows = None if candidates is None else candidate_rows(candidates, histories.shape[1])
        if exclude is not None and item_rows is not None:
            exclude = exclude[:, item_rows]
        n_users = histories.shape[0]
        items = np.full((n_users, k), -1, dtype=np.int32)
        scores = np.full((n_users, k), -np.inf, dtype=np.float32)
        for block in blocks(n_users, histories.shape[1]):
            block_scores = self.score_histories(histories[block], item_rows)
            if exclude is not None:
                excluded = exclude[block]
                block_scores[row_of_each_entry(excluded), excluded.indices] = -np.inf
            best, scores[block] = top_k(block_scores, k)
            items[block] = best if item_rows is None else _renamed(best, item_rows)
        return items, scores

    def _histories_of(self, user_rows: Index) -> csr_matrix:
        rows = np.asarray(user_rows, dtype=np.int64)
        n_users = self.interactions.shape[0]
        if len(rows) and not (rows.min() >= 0 and rows.max() < n_users):
            raise IndexError(
                f"a user row is none of the {n_users} trained ones: score their histories instead"
            )
        return self.interactions[rows]


def candidate_rows(candidates: npt.NDArray[Any], n_items: int) -> npt.NDArray[np.int64]:
    """The item rows, ascending and each once, of a bool mask (n_items,) or of rows in any order.

    Raises:
        ValueError: the mask has another length, or a row is out of range.
    """
    candidates = np.asarray(candidates)
    if candidates.dtype == bool:
        if candidates.shape != (n_items,):
            raise ValueError(f"candidates is a mask of shape {candidates.shape}: give ({n_items},)")
        return np.flatnonzero(candidates)
    rows = np.unique(candidates.astype(np.int64))
    if len(rows) and not (rows[0] >= 0 and rows[-1] < n_items):
        raise ValueError(f"candidates has a row outside 0 .. {n_items - 1}")
    return rows


def _renamed(best: Rows, item_rows: Index) -> Rows:
    """Places among the candidates as item rows; -1 stays."""
    return np.where(best < 0, -1, np.append(item_rows, -1)[best]).astype(np.int32)
