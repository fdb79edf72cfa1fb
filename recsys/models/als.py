"""Implicit ALS: weighted matrix factorisation (Hu, Koren and Volinsky 2008), of readers and of words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import Field
from scipy import sparse
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from recsys.content import Content, Floats
from recsys.models.factors import FactorModel
from recsys.models.fold_in import Doubles, Ridge, fold_in_parts, folded_in
from recsys.models.growth import of_width, terms_of
from recsys.models.item_model import ModelConfig
from recsys.models.sparse import Arrays, readers_of, row_of_each_entry, top_per_row
from recsys.room import with_rows

_LEAST_RIDGE, _PER_ENTRY = 20.0, 2.2


class ALSConfig(ModelConfig):
    """`alpha` is the confidence that a unit of interaction adds, on the average, to the 1 of every pair.

    It adds more to a rare item, by its readers to the power -`rarity`: that somebody found what few know says
    more than that they know what all do. On citeulike-a (warm, seed 100) this costs the model itself some
    Recall@20 (.330, .327), but in a sum with EASE there is .344 for .340.

    A word counts as a reader of the items of whose text it is one of the `heaviest`, a usual one by `word` of
    an interaction. The other words of a text add time, and on citeulike-t nothing else.

    `regularization` is that of every vector, by readers as by words. By default it grows with the data, as
    that of single rows does in Zhou et al. ("Large-scale parallel collaborative filtering for the Netflix
    prize", AAIM 2008): 20 is right on citeulike-t, and far too little where readers and items have many
    interactions. See `usual_ridge`.

    Eight iterations are enough: Recall@20 of 8 and of 15 was .329 and .328 on citeulike-a, .330 and .326 on
    MovieLens 100K, of 7 and of 15 .236 and .230 on citeulike-t (warm splits of seed 100).
    """

    factors: int = Field(default=400, ge=1, le=2048)
    alpha: float = Field(default=20.0, gt=0, allow_inf_nan=False)
    rarity: float = Field(default=0.5, ge=0, le=1)
    word: float = Field(default=0.4, ge=0, le=10)
    heaviest: int = Field(default=25, ge=1)
    regularization: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    iterations: int = Field(default=8, ge=1)


class ALS(FactorModel):
    """A user's vector is the exact solution of their half of the problem, given the items' vectors.

    The texts act as further users, one for each word: an item has a vector that readers and words agree on,
    and one without readers has that of its words. It is collective matrix factorisation (Singh and Gordon,
    "Relational learning via collective matrix factorization", KDD 2008) with one loss for both.
    """

    name = "als"
    Config = ALSConfig

    config: ALSConfig
    ridge: float  # read while fitting only: what a fit leaves is in `of_readers` and `of_items`
    confidence: Floats
    of_readers: Ridge
    words: Floats
    of_items: Ridge
    units: Doubles

    def _fit(self, interactions: csr_matrix, content: Content) -> None:
        self.ridge = self.config.regularization or usual_ridge(interactions)
        texts = self._heaviest(content)
        word = self.config.word / texts.data.mean() if texts.nnz else 0.0
        said = texts * np.float32(word)
        voices = csr_matrix(sparse.vstack([interactions, said.T]), dtype=np.float32)
        rarity = self._rarity(voices)[voices.indices].mean() if voices.nnz else 1.0
        self.units = np.array([self.config.alpha / rarity, word])
        self.confidence = self._confidence(voices)
        self.words = np.zeros((texts.shape[1], 1), dtype=np.float32)
        self.of_items = Ridge.of(self.words, self.ridge)
        super()._fit(voices if interactions.nnz else interactions, content)
        unread = np.flatnonzero(readers_of(interactions) == 0)
        self.item_vectors[unread] = self._by_words(said[unread], self.confidence[unread])
        self.of_readers = Ridge.of(self.item_vectors, self.ridge)

    def _heaviest(self, content: Content) -> csr_matrix:
        """The terms that count, CSR (n_items, n_terms); none where words don't."""
        texts = terms_of(content)
        return top_per_row(texts, self.config.heaviest) if self.config.word else texts[:, :0]

    def _rarity(self, voices: csr_matrix) -> Floats:
        """How much more a voice counts at each item for how few have one, float32 (n_items,)."""
        rare: Floats = np.maximum(readers_of(csr_matrix(voices)), 1) ** np.float32(-self.config.rarity)
        return rare

    def _confidence(self, voices: csr_matrix) -> Floats:
        """What a unit of a voice adds to the confidence in each item, float32 (n_items,)."""
        return self._rarity(voices) * np.float32(self.units[0])

    def _added(self, likes: csr_matrix) -> Floats:
        """What each stored like adds to the confidence in its pair, float32 (nnz,)."""
        added: Floats = self.confidence[likes.indices] * likes.data
        return added

    def _by_words(self, said: csr_matrix, confidence: Floats) -> Floats:
        """The vectors of items that have only words, float32 (n, factors)."""
        added = said.data * confidence[row_of_each_entry(said)]
        by_item = csr_matrix((added, said.indices, said.indptr), shape=said.shape)
        return folded_in(by_item, self.words, self.of_items)

    def _extend(self, content: Content) -> None:
        said = of_width(self._heaviest(content), len(self.words)) * np.float32(self.units[1])
        confidence = self._confidence(said.T)
        self.item_vectors = with_rows(self.item_vectors, self._by_words(said, confidence))
        self.item_biases = with_rows(self.item_biases, np.zeros(content.n_items))
        self.confidence = with_rows(self.confidence, confidence)

    def _train(self, interactions: csr_matrix, content: Content) -> tuple[Floats, Floats]:
        from implicit.cpu.als import AlternatingLeastSquares  # serving doesn't need it

        config = self.config
        confidence = interactions.copy()
        confidence.data = 1 + self._added(interactions)
        with threadpool_limits(1, "blas"):  # implicit has threads of its own
            trainer = AlternatingLeastSquares(
                factors=config.factors,
                regularization=self.ridge,
                iterations=config.iterations,
                random_state=config.random_state,
            )
            trainer.fit(confidence, show_progress=False)
        voices = np.asarray(trainer.user_factors)
        self.words = voices[len(voices) - len(self.words) :].copy()
        self.of_items = Ridge.of(voices, self.ridge)
        return np.asarray(trainer.item_factors), np.zeros(interactions.shape[1], dtype=np.float32)

    def _user_vectors(self, likes: csr_matrix) -> Floats:
        added = csr_matrix((self._added(likes), likes.indices, likes.indptr), shape=likes.shape)
        return folded_in(added, self.item_vectors, self.of_readers)

    def _parts_along(self, likes: csr_matrix, directions: Floats) -> Floats:
        liked = self.item_vectors[likes.indices].astype(np.float64)
        added = self._added(likes).astype(np.float64)
        along = directions.T.astype(np.float64)
        return fold_in_parts(liked, added, self.of_readers, along).astype(np.float32)

    def arrays(self) -> Arrays:
        """Those of a factor model; `readers.whole` and `.inverse`, the ridge of readers.

        `confidence`, float32 (n_items,), is what a unit of interaction with each item adds. By which further
        items have vectors: `words`, float32 (n_terms, factors), the ridge of items, and `units`, what a voice
        adds to confidence at an item of one voice, and what a unit of a term counts of an interaction.
        """
        own = {"confidence": self.confidence, "words": self.words, "units": self.units}
        ridges = {"readers": self.of_readers, "items": self.of_items}
        parts = {f"{name}.{part}": a for name, r in ridges.items() for part, a in r._asdict().items()}
        return {**super().arrays(), **own, **parts}

    def _restore(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        super()._restore(arrays)
        self.confidence, self.words, self.units = (arrays[name] for name in ("confidence", "words", "units"))
        self.of_readers = Ridge(arrays["readers.whole"], arrays["readers.inverse"])
        self.of_items = Ridge(arrays["items.whole"], arrays["items.inverse"])


def usual_ridge(interactions: csr_matrix) -> float:
    """The regularization for as many interactions as a reader and an item have, where they have any.

    It is `_PER_ENTRY` for each, the geometric mean of both counts, and `_LEAST_RIDGE` where they are few.
    """
    readers = int(np.count_nonzero(np.diff(interactions.indptr)))
    items = int(np.count_nonzero(readers_of(interactions)))
    usual = float(interactions.nnz / math.sqrt(max(1, readers * items)))
    return max(_LEAST_RIDGE, _PER_ENTRY * usual)
