"""The ridge regressions of EASE, part by part: each part's members on the rest of its support."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.linalg import LinAlgError, lapack
from scipy.sparse import csr_matrix

from recsys.content import Floats
from recsys.models.neighbourhoods import Neighbourhood
from recsys.models.sparse import blocks

_PILOTS = 16  # parts that tell how large a weight must be to be kept
_SAMPLED = 10_000_000  # weights of theirs that are looked at


@dataclass(frozen=True, eq=False)
class Problem:
    """Items by what is known of them, CSR float32 (n_items, n_users + n_terms), and the ridge of each."""

    items: csr_matrix
    ridge: Floats

    @property
    def n_items(self) -> int:
        """The number of items."""
        return int(self.items.shape[0])

    def gram(self, rows: npt.NDArray[np.integer[Any]]) -> Floats:
        """The Gram matrix of some items with their ridge: dense float32 in Fortran order, for LAPACK."""
        some = self.items[rows]
        n = len(rows)
        gram = np.empty((n, n), dtype=np.float32, order="F")
        for block in blocks(n, n):
            gram[:, block] = (some @ some[block].T).toarray()
        np.einsum("ii->i", gram)[:] += self.ridge[rows]
        return gram


def solve(problem: Problem, parts: Sequence[Neighbourhood], per_item: int) -> csr_matrix:
    """B as CSR float32 (n_items, n_items), of it the weights largest in magnitude, `per_item` on the average.

    A fixed number for each column would cost far more, as columns of much-read items need more of them: on
    citeulike-a (Recall@20 with all weights .334) 1,000 of each column reach .323, 1,000 on the average .333.

    Args:
        problem: what is known of the items.
        parts: which items are regressed on which; every item is a member of one; in random order.
        per_item: how many weights are kept.

    Raises:
        LinAlgError: a Gram matrix is not positive definite.
    """
    pilots = [regression(problem, part) for part in parts[:_PILOTS]]
    least = _threshold(pilots, per_item)
    others = (regression(problem, part) for part in parts[_PILOTS:])
    found = [
        _kept(weights, part, least)
        for part, weights in zip(parts, chain(_emptied(pilots), others), strict=True)
    ]
    rows, columns, values = (np.concatenate(arrays) for arrays in zip(*found, strict=True))
    return csr_matrix((values, (rows, columns)), shape=(problem.n_items, problem.n_items))


def _emptied(held: list[Floats]) -> Iterable[Floats]:
    """Each once, forgotten as soon as it is taken: they are large."""
    while held:
        yield held.pop(0)


def regression(problem: Problem, part: Neighbourhood) -> Floats:
    """The columns of B of a part's members, all weights, float32 (n_support, n_members).

    Raises:
        LinAlgError: the Gram matrix is not positive definite.
    """
    gram = problem.gram(part.support)
    if len(part.members) == len(part.support):
        weights = _inverse(gram).T  # it is symmetric; so histories find their rows one after another
    else:
        units = np.zeros((len(part.support), len(part.members)), dtype=np.float32, order="F")
        units[part.places, np.arange(len(part.members))] = 1
        _, weights, failed = lapack.sposv(gram, units, lower=1, overwrite_a=1, overwrite_b=1)
        _check(failed)
    columns = np.arange(len(part.members))
    weights /= -weights[part.places, columns].copy()
    weights[part.places, columns] = 0
    return weights


def _inverse(gram: Floats) -> Floats:
    """The inverse of a symmetric positive definite matrix in Fortran order by Cholesky, in its own memory."""
    factor, failed = lapack.spotrf(gram, lower=1, clean=0, overwrite_a=1)
    _check(failed)
    inverse: Floats
    inverse, failed = lapack.spotri(factor, lower=1, overwrite_c=1)
    _check(failed)
    n = len(inverse)
    for block in blocks(n, n):  # LAPACK leaves the upper half as it was
        inverse[block, block.stop :] = inverse[block.stop :, block].T
        corner = np.tril(inverse[block, block])
        inverse[block, block] = corner + np.tril(corner, -1).T
    return inverse


def _check(failed: int) -> None:
    if failed:
        raise LinAlgError("the Gram matrix is not positive definite: raise `regularization`")


def _threshold(pilots: Sequence[Floats], per_item: int) -> np.float32:
    """The magnitude that `per_item` weights an item exceed in an even sample; the least one is above 0."""
    smallest = np.float32(np.finfo(np.float32).tiny)
    n_weights, n_members = sum(w.size for w in pilots), sum(w.shape[1] for w in pilots)
    stride = max(1, n_weights // _SAMPLED)
    sample = np.concatenate([np.abs(w.ravel(order="K")[::stride]) for w in pilots])
    n_kept = len(sample) * per_item * n_members // max(1, n_weights)
    if n_kept >= len(sample):
        return smallest
    place = len(sample) - n_kept
    return max(smallest, np.partition(sample, place)[place])


def _kept(
    weights: Floats, part: Neighbourhood, least: np.float32
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], Floats]:
    """Rows, columns and values of the weights that are kept."""
    found = []
    for block in blocks(weights.shape[1], len(weights)):
        some = weights[:, block]
        column, row = np.nonzero(np.abs(some.T) >= least)
        members = part.members[block][column].astype(np.int32)
        found.append((part.support[row].astype(np.int32), members, some[row, column]))
    rows, columns, values = (np.concatenate(arrays) for arrays in zip(*found, strict=True))
    return rows, columns, values
