"""One half of weighted matrix factorisation: vectors of rows, given those of the columns, solved exactly.

The problem of one row is that of Hu, Koren and Volinsky, "Collaborative filtering for implicit feedback
datasets" (ICDM 2008): the sum over all columns of (1 + c) (preference - u · y)², with a ridge; the preference
is 1 and c > 0 where the row has an entry, both are 0 elsewhere.
"""

from __future__ import annotations

import itertools
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from recsys.content import Floats

Doubles = npt.NDArray[np.floating[Any]]  # float64, as numpy's linear algebra types it


class Ridge(NamedTuple):
    """What all rows have in common: `whole`, YᵀY + regularization · I of all columns, and its `inverse`."""

    whole: Doubles
    inverse: Doubles

    @classmethod
    def of(cls, vectors: Floats, regularization: float) -> Self:
        """That of columns with these vectors, (n, factors)."""
        exact = vectors.astype(np.float64)
        whole = exact.T @ exact + regularization * np.eye(exact.shape[1])
        return cls(whole, np.linalg.inv(whole))


def folded_in(added: csr_matrix, vectors: Floats, ridge: Ridge) -> Floats:
    """The vector of each row, float32 (n, factors); zeros for an empty one.

    Args:
        added: CSR (n, n_columns), what each entry adds to the confidence of 1.
        vectors: float32 (n_columns, factors).
        ridge: theirs.
    """
    found = np.zeros((added.shape[0], vectors.shape[1]), dtype=np.float32)
    extra = added.data.astype(np.float64)
    for row, (start, end) in enumerate(itertools.pairwise(added.indptr)):
        chosen = vectors[added.indices[start:end]].astype(np.float64)
        found[row] = fold_in(chosen, extra[start:end], ridge)
    return found


def fold_in(chosen: Doubles, extra: Doubles, ridge: Ridge) -> Doubles:
    """The vector u of (ridge + Yᵀ C Y) u = Yᵀ (1 + c), Y the chosen columns' vectors, c = diag C = `extra`.

    A row shorter than a vector is solved in its own size, by the Woodbury identity with the inverse of
    the ridge: (1 + C Y ridge⁻¹ Yᵀ) w = 1 + c, u = ridge⁻¹ Yᵀ w. It is several times faster for usual ones.
    """
    if len(chosen) >= len(ridge.whole):
        return np.linalg.solve(ridge.whole + (chosen.T * extra) @ chosen, (1 + extra) @ chosen)
    projected = chosen @ ridge.inverse
    system = np.eye(len(chosen)) + extra[:, None] * (projected @ chosen.T)
    return np.linalg.solve(system, 1 + extra) @ projected


def fold_in_parts(chosen: Doubles, extra: Doubles, ridge: Ridge, along: Doubles) -> Doubles:
    """What each chosen column adds to the vector of `fold_in`, along the columns of `along`, (n_chosen, n).

    It adds (1 + c) (ridge + Yᵀ C Y)⁻¹ y, by which Hu, Koren and Volinsky explain recommendations. A short
    row is solved in its own size: (ridge + Yᵀ C Y)⁻¹ Yᵀ = ridge⁻¹ Yᵀ (1 + C Y ridge⁻¹ Yᵀ)⁻¹.
    """
    if len(chosen) >= len(ridge.whole):
        return (1 + extra)[:, None] * (
            chosen @ np.linalg.solve(ridge.whole + (chosen.T * extra) @ chosen, along)
        )
    projected = chosen @ ridge.inverse
    system = np.eye(len(chosen)) + extra[:, None] * (projected @ chosen.T)
    return (1 + extra)[:, None] * np.linalg.solve(system.T, projected @ along)
