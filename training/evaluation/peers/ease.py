"""EASE as published (Steck 2019): from interactions alone, with every weight kept."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from recsys.content import Content, Floats
from recsys.models.ease_solver import Problem, regression
from recsys.models.neighbourhoods import everything
from training.evaluation.peers.peer import Peer, Users

MOST_ITEMS = 30_000  # 3.6 GB; the library's own EASE prunes its weights, which costs it some of its recall


class DenseEASE(Peer):
    """Scores by history · B, B dense float32 (n_items, n_items)."""

    def __init__(self, regularization: float) -> None:
        self.regularization = regularization

    def _fit(self, interactions: sparse.csr_matrix, content: Content | None) -> None:
        ridge = np.full(interactions.shape[1], self.regularization, dtype=np.float32)
        items = sparse.csr_matrix(interactions.T, dtype=np.float32)
        (whole,) = everything(len(ridge))
        self.weights = regression(Problem(items, ridge, n_readers=items.shape[1]), whole).weights

    def scores(self, histories: sparse.csr_matrix, users: Users | None) -> Floats:
        """The history's sum of the items' weights."""
        scores: Floats = np.asarray(histories @ self.weights, dtype=np.float32)
        return scores
