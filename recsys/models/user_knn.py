"""User-kNN: what those choose who chose much of what you chose (Resnick et al. 1994).

The one model that isn't a sum over the history: a reader who shares four papers with you counts for far more
than four readers who share one each. Linear models of items can't say that.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import Field
from scipy import sparse
from scipy.sparse import csr_matrix

from recsys.content import Content, Floats
from recsys.models.attribution import Attribution, against_average, mean_of_rows
from recsys.models.growth import with_empty_columns, with_empty_rows
from recsys.models.item_model import ItemModel, ModelConfig, damp_dislikes
from recsys.models.sparse import (
    Arrays,
    Index,
    blocks,
    dense_columns,
    one_by_one,
    pack,
    readers_of,
    row_of_each_entry,
    top_per_row,
    unpack,
)

_FEWEST = 2  # papers of a reader: whoever chose one paper only has none to add to it


class UserKNNConfig(ModelConfig):
    """A reader counts by (what both chose / all that they chose ^ `normalisation`) ^ `steepness`.

    A paper counts there by log(1 + readers / its readers) ^ `rarity`. With a `normalisation` of 0.5 it is the
    cosine, with 1 the share of their papers that is yours: Aiolli, "Efficient top-n recommendation for very
    large scale binary rated datasets" (RecSys 2013), where a power sharpens it as well.
    """

    neighbours: int = Field(default=500, ge=1)  # bounds the time of a request, more than it does quality
    steepness: float = Field(default=2.5, gt=0, le=10)
    normalisation: float = Field(default=0.7, ge=0, le=1)
    rarity: float = Field(default=0.5, ge=0, le=3)


class UserKNN(ItemModel):
    """Scores by the share of the nearest readers who chose an item, the nearer counting for more.

    It keeps what was chosen together, not by whom: rows without a name, in random order. One's own row does
    no harm, as papers of the history score 0.
    """

    name = "user-knn"
    Config = UserKNNConfig

    config: UserKNNConfig
    chosen: csr_matrix
    nearness: csr_matrix

    def _fit(self, interactions: csr_matrix, content: Content) -> None:
        several = np.flatnonzero(np.diff(interactions.indptr) >= _FEWEST)
        chosen = interactions[np.random.default_rng(self.config.random_state).permutation(several)]
        rarity = np.log1p(chosen.shape[0] / np.maximum(readers_of(chosen), 1)) ** self.config.rarity
        lengths = (chosen @ rarity) ** self.config.normalisation
        scaled = sparse.diags(1 / lengths) @ chosen
        self.chosen = chosen
        self.nearness = csr_matrix((scaled @ sparse.diags(rarity)).T, dtype=np.float32)

    def _extend(self, content: Content) -> None:
        self.chosen = with_empty_columns(self.chosen, content.n_items)
        self.nearness = with_empty_rows(self.nearness, content.n_items)

    def _score(self, histories: csr_matrix, item_rows: Index | None) -> Floats:
        width = self.n_items if item_rows is None else len(item_rows)
        scores = np.empty((histories.shape[0], width), dtype=np.float32)
        for block in blocks(histories.shape[0], max(self.n_items, self.chosen.shape[0])):
            own = histories[block]
            found = (self._voices(self._nearest(damp_dislikes(own) @ self.nearness)) @ self.chosen).toarray()
            found[row_of_each_entry(own), own.indices] = 0
            scores[block] = found if item_rows is None else found[:, item_rows]
        return scores

    def _attribute(self, history: csr_matrix, item_rows: Index | None) -> Attribution:
        """A reader's nearness is a sum over the history: each paper has its part of that reader's voice."""
        signed = damp_dislikes(history)
        nearest = self._nearest(signed @ self.nearness)
        each = (one_by_one(signed) @ self.nearness)[:, nearest.indices].toarray()
        voices = each * (self._voices(nearest).data / nearest.data)
        chosen = self.chosen[nearest.indices]
        chosen.data[np.isin(chosen.indices, history.indices)] = 0
        return against_average(voices @ dense_columns(chosen, item_rows), voices @ mean_of_rows(chosen))

    def _nearest(self, nearness: csr_matrix) -> csr_matrix:
        """Of each row; a reader who chose what is disliked may be too far to be any."""
        return top_per_row(nearness, self.config.neighbours)

    def _voices(self, nearest: csr_matrix) -> csr_matrix:
        """What each of the nearest counts; those of a row count 1 together."""
        rows = row_of_each_entry(nearest)
        highest = np.zeros(nearest.shape[0], dtype=np.float32)
        np.maximum.at(highest, rows, nearest.data)  # taken off first: powers of small numbers vanish
        voices = (nearest.data / highest[rows]) ** np.float32(self.config.steepness)
        voices /= np.bincount(rows, voices, minlength=nearest.shape[0])[rows]
        return csr_matrix((voices.astype(np.float32), nearest.indices, nearest.indptr), shape=nearest.shape)

    @property
    def n_items(self) -> int:
        """The number of items."""
        return int(self.chosen.shape[1])

    def arrays(self) -> Arrays:
        """`chosen`: float32 CSR (n_readers, n_items), what the readers of several papers chose.

        And `nearness`: float32 CSR (n_items, n_readers), what a unit of each item in a history adds to the
        nearness of each reader.
        """
        return {**pack("chosen", self.chosen), **pack("nearness", self.nearness)}

    def _restore(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        self.chosen, self.nearness = unpack("chosen", arrays), unpack("nearness", arrays)
