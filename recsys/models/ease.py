"""EASE: the linear item-item model in closed form (Steck 2019), joined with content on the Gram matrix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import Field
from scipy.linalg import LinAlgError, lapack
from scipy.sparse import csc_matrix, csr_matrix

from recsys.content import Content, Floats
from recsys.models.base import Index
from recsys.models.item_model import ItemModel, ModelConfig, damp_dislikes, dense_columns
from recsys.models.sparse import Arrays, blocks, pack, unpack


class EASEConfig(ModelConfig):
    """`content_weight` is how much a unit of text likeness counts, where a common user counts 1."""

    regularization: float = Field(default=30.0, gt=0, allow_inf_nan=False)
    content_weight: float = Field(default=4.0, ge=0, allow_inf_nan=False)
    weights_per_item: int = Field(default=200, ge=1)
    max_items: int = Field(default=12_000, ge=1)


class EASE(ItemModel):
    """Scores by history · B, B the ridge regression of every item on all others.

    With G = XᵀX + content_weight · TTᵀ + regularization · I (X the interactions, T the TF-IDF rows) and
    P = G⁻¹: B[i, j] = -P[i, j] / P[j, j], with a zero diagonal. The papers' texts act as further users,
    so that B knows of papers which nobody has read. G is dense, hence `max_items`; of B only the
    `weights_per_item` largest weights of each column are kept. Without interactions every score is 0.
    """

    name = "ease"
    Config = EASEConfig

    config: EASEConfig
    weights: csr_matrix

    def _fit(self, interactions: csr_matrix, content: Content | None) -> None:
        config, n_items = self.config, interactions.shape[1]
        if interactions.nnz == 0:
            self.weights = csr_matrix((n_items, n_items), dtype=np.float32)
            return
        if n_items > config.max_items:
            raise ValueError(f"EASE takes at most {config.max_items} items, not {n_items}: use another model")
        terms = content.terms if content is not None and config.content_weight else None
        gram = gram_matrix(interactions, terms, config.content_weight)
        np.einsum("ii->i", gram)[:] += config.regularization
        invert_in_place(gram)
        self.weights = largest_weights(gram, config.weights_per_item)

    def _score(self, histories: csr_matrix, item_rows: Index | None) -> Floats:
        return dense_columns(damp_dislikes(histories) @ self.weights, item_rows)

    @classmethod
    def fits(cls, n_items: int) -> bool:
        """Whether the dense Gram matrix of that many items is within bounds."""
        return n_items <= EASEConfig().max_items

    @property
    def n_items(self) -> int:
        """The number of items."""
        return int(self.weights.shape[0])

    def arrays(self) -> Arrays:
        """`weights`: float32 CSR (n_items, n_items), row = the liked item, column = the scored one."""
        return pack("weights", self.weights)

    def _restore(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        self.weights = unpack("weights", arrays)


def gram_matrix(interactions: csr_matrix, terms: csr_matrix | None, content_weight: float) -> Floats:
    """XᵀX + content_weight · TTᵀ, dense float32 in Fortran order as LAPACK wants it, filled by blocks."""
    n_items = interactions.shape[1]
    gram = np.empty((n_items, n_items), dtype=np.float32, order="F")
    by_item = interactions.T.tocsr()
    for block in blocks(n_items, n_items):
        gram[:, block] = (by_item @ by_item[block].T).toarray()
        if terms is not None:
            gram[:, block] += content_weight * (terms @ terms[block].T).toarray()
    return gram


def invert_in_place(matrix: Floats) -> None:
    """Invert a symmetric positive definite float32 matrix in Fortran order by Cholesky, in its own memory.

    Raises:
        LinAlgError: the matrix is not positive definite.
    """
    factor, failed = lapack.spotrf(matrix, lower=1, clean=0, overwrite_a=1)
    if not failed:
        _, failed = lapack.spotri(factor, lower=1, overwrite_c=1)
    if failed:
        raise LinAlgError("the Gram matrix is not positive definite: raise `regularization`")
    n = len(matrix)
    for block in blocks(n, n):  # LAPACK leaves the upper half as it was
        matrix[block, block.stop :] = matrix[block.stop :, block].T
        corner = np.tril(matrix[block, block])
        matrix[block, block] = corner + np.tril(corner, -1).T


def largest_weights(inverse: Floats, per_column: int) -> csr_matrix:
    """B of the inverse Gram matrix, of each column the `per_column` weights largest in magnitude, as CSR."""
    n = len(inverse)
    kept = min(per_column, n)
    rows = np.empty((n, kept), dtype=np.int32)
    values = np.empty((n, kept), dtype=np.float32)
    for block in blocks(n, n):
        columns = np.arange(block.start, block.stop)
        weights = -inverse[:, block].T / inverse[columns, columns][:, None]
        weights[np.arange(len(columns)), columns] = 0
        largest = np.argpartition(-np.abs(weights), kept - 1, axis=1)[:, :kept]
        rows[block], values[block] = largest, np.take_along_axis(weights, largest, axis=1)
    by_column = csc_matrix((values.ravel(), rows.ravel(), np.arange(0, n * kept + 1, kept)), shape=(n, n))
    by_column.eliminate_zeros()
    return csr_matrix(by_column)
