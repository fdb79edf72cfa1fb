"""Content: what reads like the papers that you liked (Rocchio's centroid)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import Field
from scipy.sparse import csr_matrix

from recsys.content import Content, Floats, unit_rows
from recsys.models.base import Index
from recsys.models.item_model import ItemModel, ModelConfig, damp_dislikes
from recsys.models.sparse import Arrays, pack, unpack


class ContentConfig(ModelConfig):
    """`embedding_weight` is how much the embeddings' cosine counts, where the terms' cosine counts 1."""

    embedding_weight: float = Field(default=1.0, ge=0, allow_inf_nan=False)


class ContentModel(ItemModel):
    """Scores by the cosine of the history's signed centroid, of terms + embedding_weight · of embeddings."""

    name = "content"
    Config = ContentConfig

    config: ContentConfig
    embeddings: Floats
    terms: csr_matrix

    def _fit(self, interactions: csr_matrix, content: Content | None) -> None:
        known = content or Content(np.zeros((interactions.shape[1], 0), dtype=np.float32))
        self.embeddings = np.asarray(known.embeddings, dtype=np.float32)
        no_terms = csr_matrix((known.n_items, 0), dtype=np.float32)
        self.terms = no_terms if known.terms is None else csr_matrix(known.terms, dtype=np.float32)

    def _score(self, histories: csr_matrix, item_rows: Index | None) -> Floats:
        signed = damp_dislikes(histories)
        terms, embeddings = self.terms, self.embeddings
        if item_rows is not None:
            terms, embeddings = terms[item_rows], embeddings[item_rows]
        by_terms: Floats = (terms @ unit_rows((signed @ self.terms).toarray()).T).T
        by_embeddings: Floats = unit_rows(signed @ self.embeddings) @ embeddings.T
        return by_terms + np.float32(self.config.embedding_weight) * by_embeddings

    @property
    def n_items(self) -> int:
        """The number of items."""
        return len(self.embeddings)

    def arrays(self) -> Arrays:
        """`embeddings`: float32 (n_items, d), `terms`: float32 CSR (n_items, n_terms); either may be empty."""
        return {"embeddings": self.embeddings, **pack("terms", self.terms)}

    def _restore(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        self.embeddings, self.terms = arrays["embeddings"], unpack("terms", arrays)
