"""Implicit ALS: weighted matrix factorisation (Hu, Koren and Volinsky 2008)."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import Field
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from recsys.content import Content, Floats
from recsys.models.factors import FactorModel
from recsys.models.item_model import ModelConfig
from recsys.models.sparse import Arrays, readers_of
from recsys.room import with_rows

Doubles = npt.NDArray[np.floating[Any]]  # float64, as numpy's linear algebra types it


class ALSConfig(ModelConfig):
    """`alpha` is the confidence that a unit of interaction adds, on the average, to the 1 of every pair.

    It adds more to a rare item, by its readers to the power -`rarity`: that somebody found what few know says
    more than that they know what all do. On citeulike-a (warm, seed 100) this costs the model itself some
    Recall@20 (.330, .327), but in a sum with EASE there is .344 for .340.

    Eight iterations are enough: Recall@20 of 8 and of 15 was .329 and .328 on citeulike-a, .330 and .326 on
    MovieLens 100K, of 7 and of 15 .236 and .230 on citeulike-t (warm splits of seed 100).
    """

    factors: int = Field(default=400, ge=1, le=2048)
    alpha: float = Field(default=20.0, gt=0, allow_inf_nan=False)
    rarity: float = Field(default=0.5, ge=0, le=1)
    regularization: float = Field(default=20.0, gt=0, allow_inf_nan=False)
    iterations: int = Field(default=8, ge=1)


class ALS(FactorModel):
    """A user's vector is the exact solution of their half of the problem, given the items' vectors."""

    name = "als"
    Config = ALSConfig

    config: ALSConfig
    confidence: Floats
    ridge: Doubles
    inverse: Doubles

    def _fit(self, interactions: csr_matrix, content: Content | None) -> None:
        self.confidence = self._confidence(interactions)
        super()._fit(interactions, content)
        vectors = self.item_vectors.astype(np.float64)
        self.ridge = vectors.T @ vectors + self.config.regularization * np.eye(vectors.shape[1])
        self.inverse = np.linalg.inv(self.ridge)

    def _confidence(self, interactions: csr_matrix) -> Floats:
        rare = np.maximum(readers_of(interactions), 1.0) ** -self.config.rarity
        mean = rare[interactions.indices].mean() if interactions.nnz else 1.0
        return (self.config.alpha * rare / mean).astype(np.float32)

    def _added(self, likes: csr_matrix) -> Floats:
        """What each stored like adds to the confidence in its pair, float32 (nnz,)."""
        added: Floats = self.confidence[likes.indices] * likes.data
        return added

    def _extend(self, content: Content) -> None:
        super()._extend(content)  # without a vector, no confidence moves anything
        self.confidence = with_rows(self.confidence, np.zeros(content.n_items))

    def _train(self, interactions: csr_matrix, content: Content | None) -> tuple[Floats, Floats]:
        from implicit.cpu.als import AlternatingLeastSquares  # serving doesn't need it

        config = self.config
        confidence = interactions.copy()
        confidence.data = 1 + self._added(interactions)
        with threadpool_limits(1, "blas"):  # implicit has threads of its own
            trainer = AlternatingLeastSquares(
                factors=config.factors,
                regularization=config.regularization,
                iterations=config.iterations,
                random_state=config.random_state,
            )
            trainer.fit(confidence, show_progress=False)
        return np.asarray(trainer.item_factors), np.zeros(interactions.shape[1], dtype=np.float32)

    def _user_vectors(self, likes: csr_matrix) -> Floats:
        vectors = np.zeros((likes.shape[0], self.item_vectors.shape[1]), dtype=np.float32)
        added = self._added(likes).astype(np.float64)
        for user, (start, end) in enumerate(itertools.pairwise(likes.indptr)):
            liked = self.item_vectors[likes.indices[start:end]].astype(np.float64)
            vectors[user] = fold_in(liked, added[start:end], self.ridge, self.inverse)
        return vectors

    def _parts_along(self, likes: csr_matrix, directions: Floats) -> Floats:
        liked = self.item_vectors[likes.indices].astype(np.float64)
        added = self._added(likes).astype(np.float64)
        along = directions.T.astype(np.float64)
        return fold_in_parts(liked, added, self.ridge, self.inverse, along).astype(np.float32)

    def arrays(self) -> Arrays:
        """Those of a factor model; `ridge`, vectorsᵀ · vectors + regularization · I, and its `inverse`.

        And `confidence`, float32 (n_items,), what a unit of interaction with each item adds.
        """
        own = {"confidence": self.confidence, "ridge": self.ridge, "inverse": self.inverse}
        return {**super().arrays(), **own}

    def _restore(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        super()._restore(arrays)
        self.confidence = arrays["confidence"]
        self.ridge, self.inverse = arrays["ridge"], arrays["inverse"]


def fold_in(liked: Doubles, extra: Doubles, ridge: Doubles, inverse: Doubles) -> Doubles:
    """The user vector u of (ridge + Yᵀ C Y) u = Yᵀ (1 + c), Y the liked items' vectors, c = diag C = `extra`.

    A history shorter than a vector is solved in its own size, by the Woodbury identity with the inverse of
    `ridge`: (1 + C Y ridge⁻¹ Yᵀ) w = 1 + c, u = ridge⁻¹ Yᵀ w. It is several times faster for usual histories.
    """
    if len(liked) >= len(ridge):
        return np.linalg.solve(ridge + (liked.T * extra) @ liked, (1 + extra) @ liked)
    projected = liked @ inverse
    system = np.eye(len(liked)) + extra[:, None] * (projected @ liked.T)
    return np.linalg.solve(system, 1 + extra) @ projected


def fold_in_parts(
    liked: Doubles, extra: Doubles, ridge: Doubles, inverse: Doubles, along: Doubles
) -> Doubles:
    """What each liked item adds to the vector of `fold_in`, along the columns of `along`, (n_liked, n).

    It adds (1 + c) (ridge + Yᵀ C Y)⁻¹ y, by which Hu, Koren and Volinsky explain recommendations. A short
    history is solved in its own size: (ridge + Yᵀ C Y)⁻¹ Yᵀ = ridge⁻¹ Yᵀ (1 + C Y ridge⁻¹ Yᵀ)⁻¹.
    """
    if len(liked) >= len(ridge):
        return (1 + extra)[:, None] * (liked @ np.linalg.solve(ridge + (liked.T * extra) @ liked, along))
    projected = liked @ inverse
    system = np.eye(len(liked)) + extra[:, None] * (projected @ liked.T)
    return (1 + extra)[:, None] * np.linalg.solve(system.T, projected @ along)
