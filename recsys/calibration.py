"""Calibrated topics: a list's shares of topics near those of what the reader chose.

Steck, "Calibrated Recommendations" (RecSys 2018): the Kullback-Leibler divergence of the list's shares from
the reader's own, as a term of the greedy choice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.models.sparse import row_of_each_entry

Doubles = NDArray[np.float64]

_SMOOTHING = 0.01  # of the wanted shares mixed into the list's, so that no divergence is infinite
_MAIN_TOPICS = 15  # of a reader; all others count as one
_SAY = 2.0  # what a nat of the divergence weighs beside one of the log determinant
_NOTHING = 1e-6  # a share that is but rounding
_FEW = 5.0  # papers at which a reader's shares are half trusted


@dataclass(frozen=True, eq=False)
class Calibration:
    """What a list should be made of.

    Attributes:
        wanted: float64 (t,), the reader's shares of their main topics and of all others together, > 0, sum 1.
        topics: float64 (n_candidates, t), the shares of each candidate.
        trust: how much the wanted shares can be relied on, from 0 to 1.
    """

    wanted: Doubles
    topics: Doubles
    trust: float

    @classmethod
    def of(
        cls, history: sparse.csr_matrix, topics: sparse.csr_matrix, candidates: NDArray[np.intp]
    ) -> Self | None:
        """How a list for a reader is calibrated; None where nothing they chose has a topic.

        A candidate without topics is taken to be as the reader wants: it is neither favoured nor held back.

        Args:
            history: CSR (1, n_items); only what is > 0 counts.
            topics: CSR (n_items, n_topics), of `topic_shares`.
            candidates: rows of items.
        """
        liked = history.data > 0
        theirs = topics[history.indices[liked]]
        weights = history.data[liked].astype(np.float64) * (np.diff(theirs.indptr) > 0)
        if not weights.any():
            return None
        weights /= weights.sum()
        shares = _sums(
            theirs.indices, np.repeat(weights, np.diff(theirs.indptr)) * theirs.data, topics.shape[1]
        )
        main = np.argsort(-shares, kind="stable")[:_MAIN_TOPICS]
        column = np.full(topics.shape[1], len(main))  # the last one is that of all other topics
        column[main] = np.arange(len(main))
        wanted = _sums(column, shares, len(main) + 1)
        of_each = topics[candidates]
        known = np.diff(of_each.indptr) > 0
        place = row_of_each_entry(of_each) * len(wanted) + column[of_each.indices]
        own = _sums(place, of_each.data, len(candidates) * len(wanted)).reshape(-1, len(wanted))
        own = np.where(known[:, None], own, wanted)
        some = wanted > _NOTHING
        number = 1 / float(weights @ weights)  # papers, were all of one weight (Kish, Survey Sampling, 1965)
        return cls(wanted[some], own[:, some], number / (number + _FEW))

    def worth(self, taken: Doubles, number: int) -> Doubles:
        """What each candidate would do for the list's shares as the next one, float64 (n_candidates,).

        It is the expected log share (the divergence but for its sign and a constant), times the list's new
        length: a place's say doesn't fade as the list grows.

        Args:
            taken: sum of the shares of those chosen so far, float64 (t,).
            number: how many they are.
        """
        shares = (1 - _SMOOTHING) / (number + 1) * (taken + self.topics) + _SMOOTHING * self.wanted
        worth: Doubles = np.log(shares) @ self.wanted
        return _SAY * self.trust * (number + 1) * worth


def _sums(places: NDArray[np.intp], values: NDArray[Any], size: int) -> Doubles:
    """The sum of the values of each place."""
    return np.asarray(np.bincount(places, weights=values, minlength=size), dtype=np.float64)


def topic_shares(topic_rows: Mapping[str, NDArray[np.intp]], n_items: int) -> sparse.csr_matrix:
    """Each item's topics in equal shares, CSR float32 (n_items, n_topics); without topics a row is 0."""
    sizes = [len(rows) for rows in topic_rows.values()]
    rows = np.concatenate([*topic_rows.values(), np.zeros(0, dtype=np.intp)])
    columns = np.repeat(np.arange(len(sizes)), sizes)
    number = np.bincount(rows, minlength=n_items)
    data = (1 / number[rows]).astype(np.float32)
    return sparse.csr_matrix((data, (rows, columns)), shape=(n_items, len(sizes)))
