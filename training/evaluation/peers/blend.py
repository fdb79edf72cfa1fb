"""Plain weighted sums of standardised scores: the simplest way to join models."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy import sparse

from recsys.content import Content, Floats
from training.evaluation.peers.peer import Peer, Users


class Blend(Peer):
    """Members that are fitted already, each user's scores of a member brought to mean 0 and deviation 1."""

    def __init__(self, members: Mapping[str, Peer], weights: Mapping[str, float]) -> None:
        self.members, self.weights = members, weights

    def _fit(self, interactions: sparse.csr_matrix, content: Content | None) -> None:
        """Nothing: the members are fitted."""

    def scores(self, histories: sparse.csr_matrix, users: Users | None) -> Floats:
        """The weighted sum over all items; a member whose scores are all the same says nothing."""
        total = np.zeros(histories.shape, dtype=np.float32)
        for name, weight in self.weights.items():
            total += np.float32(weight) * standardised(self.members[name].scores(histories, users))
        return total


def standardised(scores: Floats) -> Floats:
    """Each row with mean 0 and deviation 1, or zeros where the deviation is 0."""
    centred = scores - scores.mean(axis=1, keepdims=True)
    spread = centred.std(axis=1, keepdims=True)
    result: Floats = np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 1e-9)
    return result
