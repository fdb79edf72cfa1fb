"""EASE: the linear item-item model in closed form (Steck 2019), joined with content on the Gram matrix."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import Field
from scipy import sparse
from scipy.sparse import csr_matrix

from recsys.content import Content, Floats
from recsys.models.attribution import Attribution, by_sums
from recsys.models.ease_newer import Newer, newer
from recsys.models.ease_solver import Problem, solve
from recsys.models.growth import of_width, terms_of
from recsys.models.item_model import ItemModel, ModelConfig, damp_dislikes
from recsys.models.neighbourhoods import Neighbourhood, everything, neighbourhoods
from recsys.models.sparse import Arrays, Index, dense_columns, pack, unpack


class EASEConfig(ModelConfig):
    """The ridge of an item is `regularization` + `dropout` / (1 - `dropout`) · its readers.

    `content_weight` is how much a unit of text likeness counts, where a common user counts 1. Up to `whole`
    items are solved together; of more, `block` at a time are, each among its `support` nearest. Of the former
    `whole_weights` an item are kept, of the latter `weights_per_item`: on citeulike-a, solved whole and with
    no texts, half as many cost .0025 of .333 in Recall@20; on citeulike-t, by blocks, 500 cost .0003 of .275.
    """

    regularization: float = Field(default=30.0, gt=0, allow_inf_nan=False)
    dropout: float = Field(default=0.33, ge=0, lt=1)
    content_weight: float = Field(default=4.0, ge=0, allow_inf_nan=False)
    whole: int = Field(default=20_000, ge=1)
    block: int = Field(default=128, ge=1)
    support: int = Field(default=2_000, ge=1)
    whole_weights: int = Field(default=2_000, ge=1)
    weights_per_item: int = Field(default=1_000, ge=1)


class EASE(ItemModel):
    """Scores by history · B, B the ridge regression of every item on all others.

    With G = XᵀX + content_weight · TTᵀ + Λ (X the interactions, T the TF-IDF rows, Λ the diagonal ridge) and
    P = G⁻¹: B[i, j] = -P[i, j] / P[j, j], with a zero diagonal. The papers' texts act as further users, so
    that B knows of papers which hardly anybody has read. A ridge that grows with an item's readers is what
    dropout of inputs comes to (Steck, "Autoencoders that don't overfit towards the identity", NeurIPS 2020).

    A dense G is out of the question for many items. Beyond `whole` of them, blocks of like items are
    regressed on the items nearest to the block only, as in Steck, "Markov random fields for collaborative
    filtering" (NeurIPS 2019); everything else is the same. Without interactions every score is 0.
    """

    name = "ease"
    Config = EASEConfig

    config: EASEConfig
    weights: csr_matrix
    own: Floats
    texts: csr_matrix
    more: Newer | None

    def _fit(self, interactions: csr_matrix, content: Content) -> None:
        n_items = interactions.shape[1]
        self.texts, self.more = csr_matrix(self._weighted(terms_of(content)).T), None
        if interactions.nnz == 0:
            self.weights = csr_matrix((n_items, n_items), dtype=np.float32)
            self.own = np.zeros(n_items, dtype=np.float32)
            return
        problem = self._problem(interactions)
        self.weights, self.own = solve(problem, *self._plan(problem))

    def _problem(self, interactions: csr_matrix) -> Problem:
        config = self.config
        readers = np.asarray(interactions.power(2).sum(axis=0), dtype=np.float32).ravel()
        rows = [interactions, self.texts] if config.content_weight else [interactions]
        ridge = config.regularization + config.dropout / (1 - config.dropout) * readers
        items = csr_matrix(sparse.vstack(rows).T, dtype=np.float32)
        return Problem(items, ridge.astype(np.float32), n_readers=interactions.shape[0])

    def _weighted(self, terms: csr_matrix) -> csr_matrix:
        """The terms as G has them."""
        return csr_matrix(np.sqrt(self.config.content_weight).astype(np.float32) * terms)

    def _plan(self, problem: Problem) -> tuple[list[Neighbourhood], int]:
        """What is regressed on what, and how many weights an item are kept of it."""
        config = self.config
        if problem.n_items <= config.whole:
            return everything(problem.n_items), config.whole_weights
        parts = neighbourhoods(problem, config.block, config.support, config.random_state)
        return parts, config.weights_per_item

    def _extend(self, content: Content) -> None:
        texts = self._weighted(of_width(terms_of(content), self.texts.shape[0]))
        ridge = self.config.regularization
        found = newer(texts, self.texts, self.weights, self.own, ridge, self._least)
        self.more = found if self.more is None else self.more.joined(found)

    def _score(self, histories: csr_matrix, item_rows: Index | None) -> Floats:
        return dense_columns(self._sums(damp_dislikes(histories)), item_rows)

    def _sums(self, signed: csr_matrix) -> csr_matrix:
        if self.more is None:
            return signed @ self.weights
        used = np.unique(signed.indices)
        return signed[:, used] @ self._rows(used)

    def _attribute(self, history: csr_matrix, item_rows: Index | None) -> Attribution:
        signed = damp_dislikes(history)
        if self.more is None:
            return by_sums(signed, self.weights, self.average, item_rows)
        entries = csr_matrix(signed.data[None, :])  # of the history alone, in stored order
        return by_sums(entries, self._rows(signed.indices), self.average[signed.indices], item_rows)

    @cached_property
    def average(self) -> Floats:
        """What a unit of each item in a history says of the average item, float32 (n_items,)."""
        if self.more is None:
            return self._row_sums / np.float32(max(1, self.n_items))
        heard, said = (np.asarray(part.sum(axis=1)).ravel() for part in (self.more.heard, self.more.said))
        sums = np.concatenate([self._row_sums + heard, said])
        return np.asarray(sums / self.n_items, dtype=np.float32)

    def _rows(self, items: Index) -> csr_matrix:
        """The rows of B of these items, CSR (len(items), n_items)."""
        return self.weights[items] if self.more is None else self.more.rows(self.weights, items)

    @cached_property
    def _row_sums(self) -> Floats:
        """Of the weights of the fit, float32 (n_fitted,)."""
        sums: Floats = np.asarray(self.weights.sum(axis=1), dtype=np.float32).ravel()
        return sums

    @cached_property
    def _least(self) -> float:
        """The magnitude of the weights that were kept."""
        return float(np.abs(self.weights.data).min()) if self.weights.nnz else np.inf

    @property
    def n_items(self) -> int:
        """The number of items."""
        return int(self.weights.shape[0]) + (0 if self.more is None else len(self.more.own))

    def arrays(self) -> Arrays:
        """`weights`: float32 CSR (n_items, n_items), row = the liked item, column = the scored one.

        And by which further items have weights: `texts`, float32 CSR (n_terms, n_items), as G has them, and
        `own`, float32 (n_items,), how little the others leave unexplained of each.
        """
        weights, own, texts = self.weights, self.own, self.texts
        if self.more is not None:
            weights = self._rows(np.arange(self.n_items))
            own = np.concatenate([own, self.more.own])
            texts = csr_matrix(sparse.hstack([texts, self.more.texts.T]))
        return {**pack("weights", weights), **pack("texts", texts), "own": own}

    def _restore(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        self.weights, self.texts, self.own = unpack("weights", arrays), unpack("texts", arrays), arrays["own"]
        self.more = None
