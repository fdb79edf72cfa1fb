"""From what readers did, by id, to the sparse matrices that models are fitted on, by row."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_matrix


@dataclass(frozen=True)
class Vocabulary:
    """Ids in the order of their rows.

    >>> Vocabulary(("a", "b")).row("b")
    1

    Raises:
        ValueError: an id occurs twice.
    """

    ids: tuple[str, ...]

    def __post_init__(self) -> None:
        """Check that rows and ids are one to one."""
        if len(self.rows) != len(self.ids):
            raise ValueError("an id occurs twice in the vocabulary: give every id once")

    def __len__(self) -> int:
        """The number of ids."""
        return len(self.ids)

    @cached_property
    def rows(self) -> dict[str, int]:
        """The row of each id."""
        return {id: row for row, id in enumerate(self.ids)}

    def row(self, id: str) -> int:
        """The row of an id.

        Raises:
            KeyError: the id is not in the vocabulary.
        """
        return self.rows[id]


@dataclass(frozen=True, eq=False)
class Interactions:
    """Who said what of which item.

    Attributes:
        matrix: float32 CSR (n_users, n_items) of signed confidences, > 0 liked, < 0 disliked; indices sorted.
        users: the ids of the rows.
        items: the ids of the columns.
    """

    matrix: csr_matrix
    users: Vocabulary
    items: Vocabulary


def interactions_from_histories(
    histories: Mapping[str, Mapping[str, float]], items: Sequence[str]
) -> Interactions:
    """The matrix of histories: user id -> item id -> signed confidence.

    Users are sorted by id and kept even when nothing is left of them; items that are not in `items` and
    confidences of 0 are left out.

    Raises:
        ValueError: an item occurs twice in `items`, or a confidence is not finite.
    """
    users, item_vocabulary = Vocabulary(tuple(sorted(histories))), Vocabulary(tuple(items))
    rows = item_vocabulary.rows
    indptr, indices, values = [0], list[int](), list[float]()
    for user in users.ids:
        known = sorted(
            (rows[item], value) for item, value in histories[user].items() if item in rows and value
        )
        for row, value in known:
            if not math.isfinite(value):
                raise ValueError(f"the confidence of user {user} in {items[row]} is {value}: give a number")
            indices.append(row)
            values.append(value)
        indptr.append(len(indices))
    matrix = csr_matrix(
        (
            np.array(values, dtype=np.float32),
            np.array(indices, dtype=np.int32),
            np.array(indptr, dtype=np.int32),
        ),
        shape=(len(users), len(item_vocabulary)),
    )
    return Interactions(matrix, users, item_vocabulary)
