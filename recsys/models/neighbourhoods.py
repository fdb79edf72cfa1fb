"""Which items are solved together: blocks of like items, each with the items nearest to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from recsys.content import Floats, unit_rows
from recsys.models.sparse import row_of_each_entry, top_per_row
from recsys.parallel import in_order

if TYPE_CHECKING:
    from recsys.models.ease_solver import Problem

Indices = npt.NDArray[np.integer[Any]]

_DIMENSIONS = 48  # of the space in which like items are near
_HEAVIEST = 30  # terms of a text that tell which other texts are near
_DEPTH = 4  # the members' rankings are this many times as long as they would be if they had nothing in common


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """Items to regress: `members` (n,), the `support` (m,) of the regression, the members' `places` in it."""

    members: Indices
    support: Indices
    places: Indices


def everything(n_items: int) -> list[Neighbourhood]:
    """All items on all items."""
    rows = np.arange(n_items)
    return [Neighbourhood(rows, rows, rows)]


def neighbourhoods(problem: Problem, block: int, support: int, random_state: int) -> list[Neighbourhood]:
    """Blocks of at most `block` like items, each with `support` items near to them, in random order.

    Item i is near to item j by G[i, j] / √G[i, i]: by how much of j it explains alone. The members' nearest,
    second nearest and so on are taken in turn until there are enough, so that each member has its own in the
    support; what explains the block as a whole would leave out what explains the odd one.
    """
    from sklearn.utils.extmath import randomized_svd

    items = problem.items
    left, _, _ = randomized_svd(items, min(_DIMENSIONS, *items.shape), random_state=random_state)
    parts = _halved(unit_rows(np.asarray(left, dtype=np.float32)), block)
    order = np.random.default_rng(random_state).permutation(len(parts))
    outline = problem.outline(_HEAVIEST)
    by_column = csr_matrix(outline.T)
    sizes = np.asarray(items.power(2).sum(axis=1), dtype=np.float32).ravel() + problem.ridge

    def with_support(members: Indices) -> Neighbourhood:
        common = outline[members] @ by_column
        common.data /= np.sqrt(sizes[common.indices])
        chosen = _in_turn(common, members, max(support, len(members)))
        return Neighbourhood(members, chosen, np.searchsorted(chosen, members))

    return list(in_order(with_support, (parts[number] for number in order)))


def _in_turn(nearness: csr_matrix, members: Indices, n: int) -> Indices:
    """The members, and the n - len(members) items that are highest in any of their rankings, ascending.

    Args:
        nearness: CSR float32 (n_members, n_items).
        members: their rows.
        n: how many items, if there are that many.
    """
    n_items = nearness.shape[1]
    if n >= n_items:
        return np.arange(n_items)
    depth = -(-_DEPTH * n // len(members))
    first = top_per_row(nearness, depth)
    rows = row_of_each_entry(first)
    rank = np.arange(first.nnz) - first.indptr[rows]
    total = np.bincount(nearness.indices, weights=nearness.data, minlength=n_items)
    merit = total / (1 + total.max())  # below 1: what is in no ranking comes after what is in any
    np.maximum.at(merit, first.indices[np.lexsort((-first.data, rows))], depth - rank)
    merit[members] = np.inf
    return np.sort(np.argpartition(-merit, n)[:n])


def _halved(vectors: Floats, size: int) -> list[Indices]:
    """Rows in groups of at most `size`, halved again and again along the direction of the largest spread."""
    groups, waiting = list[Indices](), [np.arange(len(vectors))]
    while waiting:
        rows = waiting.pop()
        if len(rows) <= size:
            groups.append(np.sort(rows))
            continue
        centred = vectors[rows] - vectors[rows].mean(axis=0)
        direction = np.linalg.eigh(centred.T @ centred)[1][:, -1]
        order = np.lexsort((rows, centred @ direction))
        waiting += [rows[order[len(rows) // 2 :]], rows[order[: len(rows) // 2]]]
    return groups
