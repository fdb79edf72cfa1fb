"""Most popular: the same for everyone, and the yardstick of everything else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from recsys.content import Content, Floats
from recsys.models.base import Index
from recsys.models.item_model import ItemModel, ModelConfig
from recsys.models.sparse import Arrays


class PopularityConfig(ModelConfig):
    """Nothing to choose."""


class Popularity(ItemModel):
    """Scores an item by log(1 + the sum of all confidences in it)."""

    name = "popularity"
    Config = PopularityConfig

    popularity: Floats

    def _fit(self, interactions: csr_matrix, content: Content | None) -> None:
        totals = np.asarray(interactions.sum(axis=0, dtype=np.float64)).ravel()
        self.popularity = np.log1p(totals).astype(np.float32)

    def _score(self, histories: csr_matrix, item_rows: Index | None) -> Floats:
        popularity = self.popularity if item_rows is None else self.popularity[item_rows]
        return np.tile(popularity, (histories.shape[0], 1))

    @property
    def n_items(self) -> int:
        """The number of items."""
        return len(self.popularity)

    def arrays(self) -> Arrays:
        """`popularity`: float32 (n_items,)."""
        return {"popularity": self.popularity}

    def _restore(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        self.popularity = arrays["popularity"]
