"""EASE's weights of items that came after its fit, from their texts: block inversion by what the fit left.

Be G the matrix that was inverted, P its inverse and g what a new item has in common with the others: its text
only, as nobody has read it. Regressing it on the others gives the weights P g, and P = (1 - B) · diag(P) is
at hand. So they are, of item i, P[i, i] · (g - g B)[i]: what the text has in common with that item, less what
its neighbours say already. Inverting by blocks gives the other direction, what the new item says of the
others. Two new items say nothing of each other.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import sparse
from scipy.sparse import csr_matrix

from recsys.content import Floats
from recsys.models.growth import with_sparse_rows
from recsys.models.sparse import Index, blocks, top_per_row

_ALIKE = 200  # texts nearest to a new one: what lies further off hardly counts


class Newer(NamedTuple):
    """New items, m beside the n of the fit.

    `texts`: CSR (m, n_terms), as G has them. `own`: float32 (m,), their P[j, j]. `heard`: CSR (n, m), what a
    unit of each old item says of them. `said`: CSR (m, n), what a unit of theirs says of the old ones.
    """

    texts: csr_matrix
    own: Floats
    heard: csr_matrix
    said: csr_matrix

    def joined(self, later: Newer) -> Newer:
        """These and later ones; the two say nothing of each other."""
        return Newer(
            with_sparse_rows(self.texts, later.texts),
            np.concatenate([self.own, later.own]),
            csr_matrix(sparse.hstack([self.heard, later.heard], format="csr")),
            with_sparse_rows(self.said, later.said),
        )

    def rows(self, weights: csr_matrix, items: Index) -> csr_matrix:
        """The rows of B of any items, in their order, CSR (len(items), n + m); `weights` is B of the old."""
        n, m = weights.shape[0], len(self.own)
        old = items < n
        of_old = sparse.hstack([weights[items[old]], self.heard[items[old]]], format="csr")
        of_new = self.said[items[~old] - n]
        of_new = csr_matrix((of_new.data, of_new.indices, of_new.indptr), shape=(of_new.shape[0], n + m))
        both = sparse.vstack([of_old, of_new], format="csr", dtype=np.float32)
        return csr_matrix(both[np.argsort(np.argsort(~old, kind="stable"), kind="stable")])


def newer(
    texts: csr_matrix, known: csr_matrix, weights: csr_matrix, own: Floats, ridge: float, least: float
) -> Newer:
    """The weights of new items.

    Args:
        texts: of the new items as G has them, CSR (m, n_terms).
        known: those of the old items, CSR (n_terms, n).
        weights: B of the old items, CSR (n, n).
        own: P[j, j] of the old items, float32 (n,).
        ridge: of an item that nobody has read.
        least: magnitude of the weights that are kept.
    """
    m, n = texts.shape[0], len(own)
    sizes = np.asarray(texts.power(2).sum(axis=1), dtype=np.float32).ravel() + np.float32(ridge)
    nothing = csr_matrix((0, n), dtype=np.float32)
    heard, said, kept = [nothing], [nothing], np.empty(m, dtype=np.float32)
    for block in blocks(m, n):
        near = top_per_row(csr_matrix(texts[block] @ known), _ALIKE)
        common = near.toarray()
        found = own * (common - (near @ weights).toarray())
        kept[block] = 1 / (sizes[block] - np.einsum("ij,ij->i", common, found))
        back = kept[block, None] * found
        heard.append(_large(found, least))
        said.append(_large(back / (own + back * found), least))
    of_new, to_old = (csr_matrix(sparse.vstack(parts), dtype=np.float32) for parts in (heard, said))
    return Newer(texts, kept, csr_matrix(of_new.T), to_old)


def _large(weights: Floats, least: float) -> csr_matrix:
    return csr_matrix(np.where(np.abs(weights) >= least, weights, np.float32(0)))
