"""Models of the library's registry that know a user by their history alone, and lose nothing by it."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from sklearn.utils.extmath import randomized_svd

from recsys.content import Content, Floats, unit_rows
from recsys.models import ItemModel
from training.evaluation.peers.peer import Peer, Users


class ItemSide(Peer):
    """A model of the registry as a peer."""

    def __init__(self, model: ItemModel) -> None:
        self.model = model

    def _fit(self, interactions: sparse.csr_matrix, content: Content | None) -> None:
        self.model.fit(interactions, content)

    def scores(self, histories: sparse.csr_matrix, users: Users | None) -> Floats:
        """The model's scores of the histories."""
        return self.model.score_histories(histories)


class LsaCentroid(Peer):
    """The cosine with the centroid of the history, by latent semantic analysis (Deerwester et al. 1990)."""

    def __init__(self, dimensions: int, random_state: int) -> None:
        self.dimensions, self.random_state = dimensions, random_state

    def _fit(self, interactions: sparse.csr_matrix, content: Content | None) -> None:
        if content is None or content.terms is None:
            raise ValueError("LSA needs texts or counts of words")
        dimensions = min(self.dimensions, *content.terms.shape)
        left, singular, _ = randomized_svd(content.terms, dimensions, random_state=self.random_state)
        self.vectors = unit_rows(np.asarray(left * singular, dtype=np.float32))

    def scores(self, histories: sparse.csr_matrix, users: Users | None) -> Floats:
        """Cosines with the history's centroid; 0 for an empty one."""
        centroids = unit_rows(np.asarray(histories @ self.vectors, dtype=np.float32))
        cosines: Floats = centroids @ self.vectors.T
        return cosines
