"""What factor models share: an item is a vector and a bias, a user is a vector folded in from the history."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from recsys.content import Content, Floats, unit_rows
from recsys.models.attribution import Attribution, mean_row
from recsys.models.item_model import ItemModel
from recsys.models.sparse import Arrays, Index, positive_part
from recsys.room import with_rows


class FactorModel(ItemModel):
    """Scores by user vector · item vector + item bias. Dislikes don't move the user's vector."""

    item_vectors: Floats
    item_biases: Floats

    def _fit(self, interactions: csr_matrix, content: Content) -> None:
        n_items = interactions.shape[1]
        if interactions.nnz:
            self.item_vectors, self.item_biases = self._train(interactions, content)
        else:
            self.item_vectors = np.zeros((n_items, 1), dtype=np.float32)
            self.item_biases = np.zeros(n_items, dtype=np.float32)

    def _extend(self, content: Content) -> None:
        """Nobody chose them: no vector, and the least bias that any item has."""
        least = self.item_biases.min() if len(self.item_biases) else 0.0
        nothing = np.zeros((content.n_items, self.item_vectors.shape[1]))
        self.item_vectors = with_rows(self.item_vectors, nothing)
        self.item_biases = with_rows(self.item_biases, np.full(content.n_items, least))

    def _score(self, histories: csr_matrix, item_rows: Index | None) -> Floats:
        vectors, biases = self.item_vectors, self.item_biases
        if item_rows is not None:
            vectors, biases = vectors[item_rows], biases[item_rows]
        scores: Floats = self._user_vectors(positive_part(histories)) @ vectors.T + biases
        return scores

    def _attribute(self, history: csr_matrix, item_rows: Index | None) -> Attribution:
        vectors, biases = self.item_vectors, self.item_biases
        if item_rows is not None:
            vectors, biases = vectors[item_rows], biases[item_rows]
        directions = np.vstack([vectors - self.average, self.average])
        along = np.zeros((history.nnz, len(directions)), dtype=np.float32)
        along[history.data > 0] = self._parts_along(positive_part(history), directions)
        return Attribution(along[:, :-1], biases + along[:, -1].sum())

    @cached_property
    def average(self) -> Floats:
        """The mean of the items' vectors, float32 (factors,)."""
        return mean_row(self.item_vectors)

    def _similarities(self, item_rows: Index) -> Floats:
        unit = unit_rows(np.asarray(self.item_vectors))
        similarities: Floats = unit[item_rows] @ unit.T
        return similarities

    @property
    def n_items(self) -> int:
        """The number of items."""
        return len(self.item_vectors)

    def arrays(self) -> Arrays:
        """`item_vectors`: float32 (n_items, factors); `item_biases`: float32 (n_items,)."""
        return {"item_vectors": self.item_vectors, "item_biases": self.item_biases}

    def _restore(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        self.item_vectors, self.item_biases = arrays["item_vectors"], arrays["item_biases"]

    @abstractmethod
    def _train(self, interactions: csr_matrix, content: Content) -> tuple[Floats, Floats]:
        """Item vectors and item biases from at least one interaction."""

    @abstractmethod
    def _user_vectors(self, likes: csr_matrix) -> Floats:
        """A vector for each row of likes, float32 (n, factors); zeros for an empty one."""

    @abstractmethod
    def _parts_along(self, likes: csr_matrix, directions: Floats) -> Floats:
        """What each like of a single row adds to its vector, along some directions.

        Args:
            likes: (1, n_items).
            directions: float32 (n, factors).

        Returns:
            float32 (n_likes, n); the sum over likes is vector · direction.
        """


def row_sums(likes: csr_matrix) -> Floats:
    """The sum of each row as a column, with 1 in place of 0 so that one can divide by it."""
    totals: Floats = np.asarray(likes.sum(axis=1), dtype=np.float32).reshape(-1, 1)
    return np.where(totals > 0, totals, np.float32(1))
