"""The ridge regressions of EASE, part by part: each part's members on the rest of its support."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.linalg import LinAlgError, blas, lapack
from scipy.sparse import csc_matrix, csr_matrix

from recsys.content import Floats
from recsys.models.neighbourhoods import Neighbourhood
from recsys.models.sparse import blocks, row_of_each_entry, top_per_row
from recsys.parallel import in_order

_DENSE = 1 / 32  # of the items: what more of them have is multiplied densely
_PILOTS = 16  # parts that tell how large a weight must be to be kept
_SAMPLED = 10_000_000  # weights of theirs that are looked at


@dataclass(frozen=True, eq=False)
class Problem:
    """What the regressions are about.

    Attributes:
        items: CSR float32 (n_items, n_readers + n_terms), what is known of each item.
        ridge: float32 (n_items,).
        n_readers: how many of the columns are readers.
    """

    items: csr_matrix
    ridge: Floats
    n_readers: int

    @property
    def n_items(self) -> int:
        """The number of items."""
        return int(self.items.shape[0])

    def outline(self, n_terms: int) -> csr_matrix:
        """The items with all their readers and their `n_terms` heaviest terms, of the same shape."""
        readers, terms = self.items[:, : self.n_readers], self.items[:, self.n_readers :]
        return csr_matrix(sparse.hstack([readers, top_per_row(terms, n_terms)]))

    def gram(self, rows: npt.NDArray[np.integer[Any]]) -> Floats:
        """The Gram matrix of some items with their ridge, for LAPACK: dense float32 in Fortran order.

        Only its lower half is right. What many of the items have, common words above all, is multiplied as a
        dense matrix, the rest as a sparse one: either would take several times as long for all.
        """
        some, n = self.items[rows], len(rows)
        often = np.bincount(some.indices, minlength=some.shape[1]) > n * _DENSE
        common, rare = _split(some, often)
        gram = np.empty((n, n), dtype=np.float32, order="F")
        for block in blocks(n, n):
            gram[:, block] = (rare[block] @ rare.T).toarray().T
        np.einsum("ii->i", gram)[:] += self.ridge[rows]
        whole: Floats = blas.ssyrk(1.0, common, beta=1.0, c=gram, lower=1, overwrite_c=1)
        return whole


class Regressions(NamedTuple):
    """The columns of B of some items, (n, n_items), and their P[j, j], `own`, float32 (n_items,).

    That is 1 over how much of the item the others leave unexplained, its ridge included.
    """

    weights: Any
    own: Floats


def _split(some: csr_matrix, often: npt.NDArray[np.bool_]) -> tuple[Floats, csr_matrix]:
    """The columns that are frequent, dense in Fortran order, and the matrix without them."""
    dense = often[some.indices]
    rows = row_of_each_entry(some)
    common = np.zeros((some.shape[0], max(1, int(often.sum()))), dtype=np.float32, order="F")
    common[rows[dense], (np.cumsum(often) - 1)[some.indices[dense]]] = some.data[dense]
    indptr = np.concatenate([[0], np.cumsum(~dense)])[some.indptr]
    return common, csr_matrix((some.data[~dense], some.indices[~dense], indptr), shape=some.shape)


def solve(problem: Problem, parts: Sequence[Neighbourhood], per_item: int) -> Regressions:
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
    pilots = list(in_order(lambda part: regression(problem, part), parts[:_PILOTS]))
    least = _threshold([found.weights for found in pilots], per_item)

    def kept(part: Neighbourhood, found: Regressions) -> Regressions:
        return Regressions(_largest(found.weights, part, problem.n_items, least), found.own)

    # The pilots are forgotten one by one, the columns as soon as they are joined: they are large.
    columns = [kept(part, pilots.pop(0)) for part in parts[:_PILOTS]]
    columns += in_order(lambda part: kept(part, regression(problem, part)), parts[_PILOTS:])
    by_member = sparse.hstack([found.weights for found in columns], format="csc")
    of_members = np.concatenate([found.own for found in columns])
    del columns
    weights = csr_matrix(by_member)
    del by_member
    members = np.concatenate([part.members for part in parts]).astype(np.int32)
    weights = csr_matrix((weights.data, members[weights.indices], weights.indptr), shape=weights.shape)
    weights.sort_indices()
    own = np.empty_like(of_members)
    own[members] = of_members
    return Regressions(weights, own)


def regression(problem: Problem, part: Neighbourhood) -> Regressions:
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
    own = weights[part.places, columns].copy()
    weights /= -own
    weights[part.places, columns] = 0
    return Regressions(weights, own)


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


def _largest(weights: Floats, part: Neighbourhood, n_items: int, least: np.float32) -> csc_matrix:
    """The weights of `least` magnitude or more, CSC (n_items, n_members)."""
    found = []
    for block in blocks(weights.shape[1], len(weights)):
        some = weights[:, block]
        column, row = np.nonzero(np.abs(some.T) >= least)
        indptr = np.searchsorted(column, np.arange(some.shape[1] + 1))
        entries = some[row, column], part.support[row].astype(np.int32), indptr
        found.append(csc_matrix(entries, shape=(n_items, some.shape[1])))
    return sparse.hstack(found, format="csc")
