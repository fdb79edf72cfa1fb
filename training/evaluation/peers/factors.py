"""BPR and LightFM as their own libraries rank: with the vectors that they trained for each user.

The library's own models of these names fold users in from their histories, which is an approximation: as
baselines they would flatter us. Here only users who were not trained are folded in, in the same way.
"""

from __future__ import annotations

from abc import abstractmethod

import numpy as np
from scipy import sparse
from threadpoolctl import threadpool_limits

from recsys.content import Content, Floats
from recsys.models.factors import row_sums
from recsys.models.lightfm_model import item_features
from recsys.models.sparse import top_per_row
from training.evaluation.peers.peer import Peer, Users

TERMS_PER_ITEM = 10  # features of an item for LightFM: its strongest terms


class Factors(Peer):
    """Scores by user vector · item vector + item bias."""

    user_vectors: Floats
    item_vectors: Floats
    item_biases: Floats

    def scores(self, histories: sparse.csr_matrix, users: Users | None) -> Floats:
        """With the trained vectors where there are some, folded in from the history elsewhere."""
        vectors = self._folded_in(histories)
        if users is not None:
            trained = np.diff(histories.indptr) > 0
            vectors[trained] = self.user_vectors[users[trained]]
        scores: Floats = vectors @ self.item_vectors.T + self.item_biases
        return scores

    @abstractmethod
    def _folded_in(self, histories: sparse.csr_matrix) -> Floats:
        """A vector for each history, float32 (n, factors); zeros for an empty one."""


class BPR(Factors):
    """Bayesian personalised ranking (Rendle et al. 2009) by `implicit`."""

    def __init__(
        self,
        factors: int,
        learning_rate: float,
        regularization: float,
        iterations: int = 100,
        random_state: int = 0,
    ) -> None:
        self.factors, self.iterations, self.random_state = factors, iterations, random_state
        self.learning_rate, self.regularization = learning_rate, regularization

    def _fit(self, interactions: sparse.csr_matrix, content: Content | None) -> None:
        from implicit.cpu.bpr import BayesianPersonalizedRanking

        trainer = BayesianPersonalizedRanking(
            factors=self.factors,
            learning_rate=self.learning_rate,
            regularization=self.regularization,
            iterations=self.iterations,
            num_threads=1,  # several would race, and no two fits be the same
            random_state=self.random_state,
        )
        with threadpool_limits(1, "blas"):
            trainer.fit(interactions, show_progress=False)
        # implicit keeps the item's bias as the last factor, where all users have a one.
        self.user_vectors = np.asarray(trainer.user_factors)[:, :-1]
        self.item_vectors = np.asarray(trainer.item_factors)[:, :-1]
        self.item_biases = np.asarray(trainer.item_factors)[:, -1]

    def _folded_in(self, histories: sparse.csr_matrix) -> Floats:
        return np.asarray((histories @ self.item_vectors) / np.sqrt(row_sums(histories)), dtype=np.float32)


class LightFM(Factors):
    """LightFM with the WARP loss (Kula 2015; Weston et al. 2011), with or without features of the items."""

    def __init__(
        self, factors: int, epochs: int, learning_rate: float, use_features: bool, random_state: int
    ) -> None:
        self.factors, self.epochs, self.learning_rate = factors, epochs, learning_rate
        self.use_features, self.random_state = use_features, random_state

    def _fit(self, interactions: sparse.csr_matrix, content: Content | None) -> None:
        from lightfm import LightFM as Trainer

        features = item_features(interactions, self._features(content))
        trainer = Trainer(
            no_components=self.factors,
            learning_rate=self.learning_rate,
            loss="warp",
            random_state=self.random_state,
        )
        pairs = interactions.tocoo()
        liked = sparse.coo_matrix((np.ones_like(pairs.data), (pairs.row, pairs.col)), shape=pairs.shape)
        # One thread: several would race, and no two fits be the same.
        trainer.fit(liked, item_features=features, sample_weight=pairs, epochs=self.epochs, num_threads=1)
        self.item_biases, self.item_vectors = trainer.get_item_representations(features)
        self.user_vectors = trainer.get_user_representations()[1]

    def _features(self, content: Content | None) -> sparse.csr_matrix | None:
        if not self.use_features or content is None or content.terms is None:
            return None
        strongest = top_per_row(content.terms, TERMS_PER_ITEM)
        strongest.data[:] = 1
        return strongest

    def _folded_in(self, histories: sparse.csr_matrix) -> Floats:
        return np.asarray((histories @ self.item_vectors) / row_sums(histories), dtype=np.float32)
