"""Re-ranking for breadth: greedy MAP inference of a determinantal point process, with calibrated topics.

Chen, Zhang and Zhou, "Fast Greedy MAP Inference for Determinantal Point Process to Improve Recommendation
Diversity" (NeurIPS 2018).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recsys.calibration import Calibration

_SMALLEST_GAIN = 1e-10
_LEAST_STRENGTH = 1e-3  # below it the most relevant wins whatever it resembles


def greedy_dpp(
    relevance: NDArray[np.float32],
    embeddings: NDArray[np.float32],
    k: int,
    strength: float,
    calibration: Calibration | None = None,
) -> NDArray[np.intp]:
    """Choose k of n candidates that are relevant and unlike each other, best first.

    The kernel is L = diag(q) S diag(q): q = exp(relevance / (2 strength)), S the similarity of the candidates
    brought into [0, 1]. Each step takes the largest log det, plus what the candidate does for the list's
    topics. In both, a larger `strength` trades more relevance for breadth; 0 is plain relevance.

    Args:
        relevance: float32 (n,), any scale; brought into [0, 1] here.
        embeddings: float32 (n, d), rows of length 1 (or 0 where a paper has no text).
        k: how many to choose.
        strength: >= 0.
        calibration: of the same candidates.

    Returns:
        Positions of the chosen among the candidates, (min(k, n),); ties go to the lower position.
    """
    n = len(relevance)
    k = min(k, n)
    if strength < _LEAST_STRENGTH or n < 2:
        return np.argsort(-relevance, kind="stable")[:k]
    span = float(np.ptp(relevance)) or 1.0
    quality = np.exp((relevance - relevance.max()).astype(np.float64) / span / (2 * strength))
    vectors = embeddings.astype(np.float64)
    gains = quality**2  # the squared length of each candidate's part orthogonal to those chosen
    smallest = _SMALLEST_GAIN * gains.max()
    rows = np.zeros((k, n))
    chosen: list[int] = []
    left = np.ones(n, dtype=bool)
    for step in range(k):
        adding = left & (gains >= smallest)
        if not adding.any():
            rest = np.flatnonzero(left)  # nothing new to add: the most relevant of the rest follow
            chosen.extend(rest[np.argsort(-relevance[rest], kind="stable")][: k - step].tolist())
            break
        worth = np.log(np.maximum(gains, smallest))
        if calibration is not None:
            worth += calibration.worth(calibration.topics[chosen].sum(axis=0), step)
        best = int(np.argmax(np.where(adding, worth, -np.inf)))
        chosen.append(best)
        left[best] = False
        similarity = (1.0 + vectors @ vectors[best]) / 2
        similarity[best] = 1.0
        kernel_row = quality[best] * similarity * quality
        row = (kernel_row - rows[:step].T @ rows[:step, best]) / np.sqrt(gains[best])
        rows[step] = row
        gains = np.maximum(gains - row**2, 0.0)
    return np.array(chosen, dtype=np.intp)
