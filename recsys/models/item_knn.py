"""Item-kNN: what is like the papers that you liked, by who else liked both (Sarwar et al. 2001)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import Field
from scipy import sparse
from scipy.sparse import csr_matrix

from recsys.content import Content, Floats
from recsys.models.attribution import Attribution, by_sums, mean_of_rows
from recsys.models.growth import with_empty_columns, with_empty_rows
from recsys.models.item_model import ItemModel, ModelConfig, damp_dislikes
from recsys.models.sparse import (
    Arrays,
    Index,
    blocks,
    dense_columns,
    pack,
    row_of_each_entry,
    top_per_row,
    unpack,
)
from recsys.parallel import in_order


class ItemKNNConfig(ModelConfig):
    """`shrinkage` draws similarities that rest on few common users towards 0.

    Its default is near the best on validation splits of the training parts of both citeulike sets (Recall@20
    at 0, 5, 10, 20, 50: -t .084 .127 .139 .145 .147, -a .193 .212 .214 .214 .207).
    """

    neighbours: int = Field(default=100, ge=1)
    shrinkage: float = Field(default=20.0, ge=0, allow_inf_nan=False)


class ItemKNN(ItemModel):
    """Scores by the history's sum of cosines, each item knowing its nearest `neighbours` only."""

    name = "item-knn"
    Config = ItemKNNConfig

    config: ItemKNNConfig
    similarity: csr_matrix

    def _fit(self, interactions: csr_matrix, content: Content) -> None:
        self.similarity = cosine_neighbours(interactions, self.config.neighbours, self.config.shrinkage)

    def _extend(self, content: Content) -> None:
        rows = with_empty_rows(self.similarity, content.n_items)  # of items that are like none
        self.similarity = with_empty_columns(rows, content.n_items)

    def _score(self, histories: csr_matrix, item_rows: Index | None) -> Floats:
        return dense_columns(damp_dislikes(histories) @ self.similarity, item_rows)

    def _attribute(self, history: csr_matrix, item_rows: Index | None) -> Attribution:
        return by_sums(damp_dislikes(history), self.similarity, self.average, item_rows)

    @cached_property
    def average(self) -> Floats:
        """What a unit of each item in a history says of the average item, float32 (n_items,)."""
        return mean_of_rows(self.similarity)

    @property
    def n_items(self) -> int:
        """The number of items."""
        return int(self.similarity.shape[0])

    def arrays(self) -> Arrays:
        """`similarity`: float32 CSR (n_items, n_items), row = the liked item, column = its neighbour."""
        return pack("similarity", self.similarity)

    def _restore(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        self.similarity = unpack("similarity", arrays)


def cosine_neighbours(interactions: csr_matrix, k: int, shrinkage: float = 0.0) -> csr_matrix:
    """For each item its k most similar others: dot / (norm * norm + shrinkage), float32 CSR.

    Built by blocks of items, so that memory holds one block of similarities and the result.
    """
    n_items = interactions.shape[1]
    by_item = interactions.T.tocsr()
    norms = np.sqrt(np.asarray(by_item.multiply(by_item).sum(axis=1))).ravel()

    def nearest(block: slice) -> csr_matrix:
        return _nearest(by_item[block] @ interactions, block.start, norms, k, shrinkage)

    found = list(in_order(nearest, blocks(n_items, n_items)))
    return (
        csr_matrix(sparse.vstack(found), dtype=np.float32) if found else csr_matrix((0, 0), dtype=np.float32)
    )


def _nearest(dots: csr_matrix, first: int, norms: npt.NDArray[Any], k: int, shrinkage: float) -> csr_matrix:
    items = first + row_of_each_entry(dots)
    cosines = dots.data / (norms[items] * norms[dots.indices] + shrinkage)
    cosines[items == dots.indices] = 0  # an item is not its own neighbour
    return top_per_row(csr_matrix((cosines, dots.indices, dots.indptr), shape=dots.shape), k)
