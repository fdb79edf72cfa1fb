"""Two towers: papers and readers in one space that is learned from what is read together."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import Field
from scipy import sparse
from scipy.sparse import csr_matrix

from recsys.content import Content, Floats, unit_csr, unit_rows
from recsys.models.attribution import Attribution, by_vectors, mean_row, over_length
from recsys.models.growth import of_width
from recsys.models.item_model import ItemModel, ModelConfig, damp_dislikes
from recsys.models.sparse import Arrays, Index, one_by_one, readers_of
from recsys.models.svd import right_singular_vectors
from recsys.models.tower_training import Parameters, Schedule, side_by_side, train
from recsys.parallel import in_order
from recsys.room import with_rows

_ARRAYS = ("item_vectors", "item_biases", "scale", "words", "unread_bias")


class TowerConfig(ModelConfig):
    """The steps follow from the data (`epochs` passes), within `least_steps` and `most_steps`.

    `words_kept` and `own_kept` are the shares that a training step leaves of each; `pull` draws to the start.
    Where there are no words at all, training takes more passes (`wordless_epochs`), and own parts, which are
    dropped for the sake of words, are kept more often (`wordless_kept`): alone on citeulike-a (a validation
    slice of the warm split of seed 100), Recall@20 is .246 for .193, and .241 if they are dropped as often.
    `members` are trained apart, each with `factors`, and stand side by side: what one of them makes of the
    chance of its batches and masks, the others don't.
    """

    factors: int = Field(default=128, ge=1, le=2048)
    members: int = Field(default=2, ge=1, le=16)
    epochs: int = Field(default=10, ge=1)
    least_steps: int = Field(default=200, ge=1)
    most_steps: int = Field(default=750, ge=1)
    batch: int = Field(default=256, ge=1)
    sampled_items: int = Field(default=4_096, ge=1)
    learning_rate: float = Field(default=0.003, gt=0, allow_inf_nan=False)
    words_kept: float = Field(default=0.5, gt=0, le=1)
    own_kept: float = Field(default=0.5, gt=0, le=1)
    wordless_epochs: int = Field(default=27, ge=1)
    wordless_kept: float = Field(default=0.8, gt=0, le=1)
    pull: float = Field(default=1e-4, ge=0, allow_inf_nan=False)

    def schedule(self, wordless: bool) -> Schedule:
        """Those of the settings that training reads."""
        settings = {name: getattr(self, name) for name in Schedule.__dataclass_fields__}
        if wordless:
            settings |= {"epochs": self.wordless_epochs, "own_kept": self.wordless_kept}
        return Schedule(**settings)


class Tower(ItemModel):
    """Scores by scale · cosine(reader, paper) + bias of the paper.

    A paper's vector is the sum of what its words have been found to say to readers and, where it has readers,
    of a part of its own; a reader's vector is the signed sum of the vectors in their history. While training,
    the own part of a paper is dropped half of the time (Volkovs, Yu and Poutanen, "DropoutNet", NIPS 2017),
    so that papers nobody has read are found by their words. Words start from latent semantic analysis.
    Several such pairs are trained and their scores averaged, as Lakshminarayanan, Pritzel and Blundell do
    ("Simple and scalable predictive uncertainty estimation using deep ensembles", NIPS 2017).
    """

    name = "tower"
    Config = TowerConfig

    config: TowerConfig
    item_vectors: Floats
    item_biases: Floats
    scale: Floats
    words: Floats
    unread_bias: Floats

    def _fit(self, interactions: csr_matrix, content: Content) -> None:
        features = tower_features(content)
        start = _start(interactions, features, self.config)
        schedule = self.config.schedule(wordless=features.nnz == 0)

        def member(rng: np.random.Generator) -> Parameters:
            learned = copy.deepcopy(start)
            train(interactions, features, learned, schedule, rng)
            return learned

        draws = np.random.default_rng(self.config.random_state).spawn(self.config.members)
        learned = side_by_side(list(in_order(member, draws)))
        read = readers_of(interactions) > 0
        learned.own[~read] = 0
        self.item_vectors = unit_rows(np.asarray(features @ learned.words + learned.own, dtype=np.float32))
        self.unread_bias = np.array([_of_the_unread(interactions, learned.bias)])
        self.item_biases = np.where(read, learned.bias, self.unread_bias)
        self.words = learned.words
        self.scale = np.exp(learned.log_scale) * np.float32(interactions.nnz > 0)

    def _extend(self, content: Content) -> None:
        features = of_width(tower_features(content), len(self.words))
        self.item_vectors = with_rows(self.item_vectors, unit_rows(np.asarray(features @ self.words)))
        self.item_biases = with_rows(self.item_biases, np.repeat(self.unread_bias, content.n_items))

    def _score(self, histories: csr_matrix, item_rows: Index | None) -> Floats:
        vectors, biases = self.item_vectors, self.item_biases
        if item_rows is not None:
            vectors, biases = vectors[item_rows], biases[item_rows]
        readers = unit_rows(np.asarray(damp_dislikes(histories) @ self.item_vectors, dtype=np.float32))
        scores: Floats = self.scale * (readers @ vectors.T) + biases
        return scores

    def _attribute(self, history: csr_matrix, item_rows: Index | None) -> Attribution:
        vectors, biases = self.item_vectors, self.item_biases
        if item_rows is not None:
            vectors, biases = vectors[item_rows], biases[item_rows]
        each = over_length(damp_dislikes(one_by_one(history)) @ self.item_vectors)
        return by_vectors(self.scale * each, vectors, self.average, biases)

    @cached_property
    def average(self) -> Floats:
        """The mean of the items' vectors, float32 (d,)."""
        return mean_row(self.item_vectors)

    def _similarities(self, item_rows: Index) -> Floats:
        similarities: Floats = self.item_vectors[item_rows] @ self.item_vectors.T
        return similarities

    @property
    def n_items(self) -> int:
        """The number of items."""
        return len(self.item_vectors)

    def arrays(self) -> Arrays:
        """`item_vectors`: float32 (n_items, d), rows of norm 1 or 0; `item_biases`; `scale`: (1,).

        And of items that nobody has read: `words`, (n_features, d), and `unread_bias`, (1,).
        """
        return {name: getattr(self, name) for name in _ARRAYS}

    def _restore(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        for name in _ARRAYS:
            setattr(self, name, arrays[name])


def tower_features(content: Content) -> csr_matrix:
    """What is known of each item beside its readers, CSR float32 (n_items, n_features), rows of norm 1 or 0.

    Terms where there are any, embeddings otherwise; with side features (topics) beside them.
    """
    parts = [csr_matrix(content.embeddings if content.terms is None else content.terms, dtype=np.float32)]
    if content.features is not None:
        parts.append(csr_matrix(content.features, dtype=np.float32))
    joined = csr_matrix(sparse.hstack([unit_csr(part) for part in parts]), dtype=np.float32)
    return unit_csr(joined)


def _start(interactions: csr_matrix, features: csr_matrix, config: TowerConfig) -> Parameters:
    """Words from the singular vectors of the texts; without text, own parts from the interactions'."""
    n_items, d = interactions.shape[1], config.factors
    words = right_singular_vectors(features, d, config.random_state)
    own = np.zeros((n_items, d), dtype=np.float32)
    if features.nnz == 0:
        own = unit_rows(right_singular_vectors(interactions, d, config.random_state))
    bias = np.zeros(n_items, dtype=np.float32)
    return Parameters(words, own, bias, np.log(np.array([10.0], dtype=np.float32)))


def _of_the_unread(interactions: csr_matrix, bias: Floats) -> np.float32:
    """What stands in for the bias of a paper without readers: the mean of those with the fewest."""
    readers = readers_of(interactions)
    if not readers.any():
        return np.float32(0)
    return np.float32(bias[readers == readers[readers > 0].min()].mean())
