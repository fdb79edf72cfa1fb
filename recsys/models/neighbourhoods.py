"""Which items are solved together: blocks of like items, each with the items nearest to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from recsys.content import Floats, unit_rows

if TYPE_CHECKING:
    from recsys.models.ease_solver import Problem

Indices = npt.NDArray[np.integer[Any]]

_DIMENSIONS = 48  # of the space in which like items are near


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
    """Blocks of at most `block` like items, each with its `support` nearest, in random order.

    An item is near to a block by how much of the members it explains alone: the sum over members j of
    G[i, j]² / (G[i, i] · G[j, j]).
    """
    from sklearn.utils.extmath import randomized_svd

    items = problem.items
    left, _, _ = randomized_svd(items, min(_DIMENSIONS, *items.shape), random_state=random_state)
    parts = _halved(unit_rows(np.asarray(left, dtype=np.float32)), block)
    sizes = np.asarray(items.power(2).sum(axis=1), dtype=np.float32).ravel() + problem.ridge
    order = np.random.default_rng(random_state).permutation(len(parts))
    return [_with_support(problem, parts[number], sizes, support) for number in order]


def _with_support(problem: Problem, members: Indices, sizes: Floats, n: int) -> Neighbourhood:
    common = np.asarray((problem.items @ problem.items[members].T).toarray())
    nearness = (common**2 / sizes[members]).sum(axis=1) / sizes
    nearness[members] = np.inf
    n = max(n, len(members))
    nearest = np.sort(np.argpartition(-nearness, n)[:n]) if n < len(nearness) else np.arange(len(nearness))
    return Neighbourhood(members, nearest, np.searchsorted(nearest, members))


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
