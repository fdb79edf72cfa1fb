"""Content: what reads like the papers that you liked (Rocchio's centroid)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import Field
from scipy.sparse import csr_matrix

from recsys.content import Content, Floats, unit_rows
from recsys.models.attribution import Attribution, by_vectors, mean_row, over_length
from recsys.models.growth import of_width, terms_of, with_sparse_rows
from recsys.models.item_model import ItemModel, ModelConfig, damp_dislikes
from recsys.models.sparse import Arrays, Index, one_by_one, pack, unpack
from recsys.room import with_rows

PAIRS = 10_000  # of items, to measure how far scores spread


class ContentConfig(ModelConfig):
    """`embedding_weight` is how much the embeddings' cosine counts, where the terms' cosine counts 1.

    Both on one scale: see `spread_ratio`.
    """

    embedding_weight: float = Field(default=1.0, ge=0, allow_inf_nan=False)


class ContentModel(ItemModel):
    """Scores by the cosine with the history's signed centroid: that of TF-IDF terms plus that of embeddings.

    Where there are only embeddings, or only terms, it is the cosine of those.
    """

    name = "content"
    Config = ContentConfig

    config: ContentConfig
    embeddings: Floats
    terms: csr_matrix
    embedding_scale: Floats

    def _fit(self, interactions: csr_matrix, content: Content) -> None:
        self.embeddings = np.asarray(content.embeddings, dtype=np.float32)
        self.terms = csr_matrix(terms_of(content), dtype=np.float32)
        ratio = spread_ratio(self.terms, self.embeddings, self.config.random_state)
        self.embedding_scale = np.array([self.config.embedding_weight * ratio], dtype=np.float32)

    def _extend(self, content: Content) -> None:
        self.embeddings = with_rows(self.embeddings, of_width(content.embeddings, self.embeddings.shape[1]))
        self.terms = with_sparse_rows(self.terms, of_width(terms_of(content), self.terms.shape[1]))

    def _score(self, histories: csr_matrix, item_rows: Index | None) -> Floats:
        signed = damp_dislikes(histories)
        terms, embeddings = self.terms, self.embeddings
        if item_rows is not None:
            terms, embeddings = terms[item_rows], embeddings[item_rows]
        by_terms: Floats = (terms @ unit_rows((signed @ self.terms).toarray()).T).T
        by_embeddings: Floats = unit_rows(signed @ self.embeddings) @ embeddings.T
        return by_terms + self.embedding_scale * by_embeddings

    def _attribute(self, history: csr_matrix, item_rows: Index | None) -> Attribution:
        signed = damp_dislikes(one_by_one(history))
        terms, embeddings = self.terms, self.embeddings
        if item_rows is not None:
            terms, embeddings = terms[item_rows], embeddings[item_rows]
        average_terms, average_embedding = self.average
        near = by_vectors(
            self.embedding_scale * over_length(signed @ self.embeddings),
            embeddings,
            average_embedding,
            np.zeros(len(embeddings), dtype=np.float32),
        )
        shared = over_length(signed @ self.terms)
        of_average = shared @ average_terms
        by_terms: Floats = (shared @ terms.T).toarray() - of_average[:, None]
        return Attribution(near.papers + by_terms, near.bias + of_average.sum())

    @cached_property
    def average(self) -> tuple[Floats, Floats]:
        """The means over items of terms, float32 (n_terms,), and of embeddings, float32 (d,)."""
        return mean_row(self.terms), mean_row(self.embeddings)

    @property
    def n_items(self) -> int:
        """The number of items."""
        return len(self.embeddings)

    def arrays(self) -> Arrays:
        """`embeddings`: (n_items, d); `embedding_scale`: (1,); `terms`: CSR (n_items, n_terms), float32."""
        own = {"embeddings": self.embeddings, "embedding_scale": self.embedding_scale}
        return {**own, **pack("terms", self.terms)}

    def _restore(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        self.embeddings, self.terms = arrays["embeddings"], unpack("terms", arrays)
        self.embedding_scale = arrays["embedding_scale"]


def spread_ratio(terms: csr_matrix, embeddings: Floats, random_state: int) -> float:
    """How far cosines of terms differ between random pairs of items, over how far those of embeddings do.

    The two differ by their nature (TF-IDF cosines are near 0, those of dense vectors spread wide), so without
    this the embeddings would drown the terms. It is 1 where either has nothing to say.
    """
    n_items = len(embeddings)
    if n_items == 0:
        return 1.0
    left, right = np.random.default_rng(random_state).integers(0, n_items, size=(2, PAIRS))
    left, right = left[left != right], right[left != right]
    if len(left) == 0:
        return 1.0
    of_terms = np.asarray(terms[left].multiply(terms[right]).sum(axis=1)).std()
    of_embeddings = np.einsum("ij,ij->i", embeddings[left], embeddings[right]).std()
    return float(of_terms / of_embeddings) if of_terms > 0 and of_embeddings > 0 else 1.0
