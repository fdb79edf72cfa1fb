"""Calibrated topics: a list's shares of topics near those of what the reader chose.

Steck, "Calibrated Recommendations" (RecSys 2018): the Kullback-Leibler divergence of the list's shares from
the reader's own, as a term of the greedy choice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Doubles = NDArray[np.float64]

_SMOOTHING = 0.01  # of the wanted shares mixed into the list's, so that no divergence is infinite
_MAIN_TOPICS = 15  # of a reader; all others count as one
_FEW = 5.0  # papers at which a reader's shares are half trusted


@dataclass(frozen=True, eq=False)
class Calibration:
    """What a list should be made of.

    Attributes:
        wanted: float64 (t,), the reader's shares of their main topics and of all others together; sum 1.
        topics: float64 (n_candidates, t), the shares of each candidate; rows sum to 1.
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
        shares = np.asarray(weights @ theirs).ravel()
        main = np.argsort(-shares, kind="stable")[:_MAIN_TOPICS]
        main = main[shares[main] > 0]
        wanted = np.append(shares[main], max(0.0, 1 - shares[main].sum()))
        of_each = topics[candidates]
        known = np.diff(of_each.indptr) > 0
        own = np.asarray(of_each[:, main].todense(), dtype=np.float64)
        own = np.column_stack([own, np.clip(1 - own.sum(axis=1), 0, 1)])
        number = 1 / float(weights @ weights)  # papers, were all of one weight (Kish, Survey Sampling, 1965)
        return cls(wanted, np.where(known[:, None], own, wanted), number / (number + _FEW))

    def worth(self, taken: Doubles, number: int) -> Doubles:
        """What each candidate would do for the list's shares as the next one, float64 (n_candidates,).

        It is the expected log share (the divergence but for its sign and a constant), times the list's new
        length: a place's say doesn't fade as the list grows.

        Args:
            taken: sum of the shares of those chosen so far, float64 (t,).
            number: how many they are.
        """
        shares = (1 - _SMOOTHING) / (number + 1) * (taken + self.topics) + _SMOOTHING * self.wanted
        worth: Doubles = np.log(np.maximum(shares, np.finfo(float).tiny)) @ self.wanted
        return self.trust * (number + 1) * worth


def topic_shares(topic_rows: Mapping[str, NDArray[np.intp]], n_items: int) -> sparse.csr_matrix:
    """Each item's topics in equal shares, CSR float32 (n_items, n_topics); without topics a row is 0."""
    sizes = [len(rows) for rows in topic_rows.values()]
    rows = np.concatenate([*topic_rows.values(), np.zeros(0, dtype=np.intp)])
    columns = np.repeat(np.arange(len(sizes)), sizes)
    number = np.bincount(rows, minlength=n_items)
    data = (1 / number[rows]).astype(np.float32)
    return sparse.csr_matrix((data, (rows, columns)), shape=(n_items, len(sizes)))
