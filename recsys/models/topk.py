"""The k best of each row, the same on every machine: ties go to the lower index."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from recsys.content import Floats

Rows = npt.NDArray[np.int32]


def top_k(scores: Floats, k: int) -> tuple[Rows, Floats]:
    """The indices and values of the k best scores of each row, best first.

    A score of -inf means "not a candidate". Where fewer than k candidates exist, the rest is -1 and -inf.

    >>> top_k(np.array([[1.0, 3.0, 3.0, -np.inf]], dtype=np.float32), 2)[0].tolist()
    [[1, 2]]

    Args:
        scores: float32 (n, m).
        k: how many, >= 0; may be more than m.

    Returns:
        int32 (n, k) and float32 (n, k).

    Raises:
        ValueError: k is negative, or a score is NaN.
    """
    if k < 0:
        raise ValueError(f"k is {k}: give 0 or more")
    if np.isnan(scores).any():
        raise ValueError("a score is NaN: a model must give finite scores")
    best = np.full((len(scores), k), -1, dtype=np.int32)
    values = np.full((len(scores), k), -np.inf, dtype=np.float32)
    if k == 0:
        return best, values
    for row, row_scores in enumerate(scores):
        chosen = _best_of(row_scores, k)
        best[row, : len(chosen)] = chosen
        values[row, : len(chosen)] = row_scores[chosen]
    return best, values


def _best_of(scores: Floats, k: int) -> npt.NDArray[np.intp]:
    # Everything that ties with the k-th best stays in, so that the sort, not the partition, settles ties.
    threshold = np.partition(scores, len(scores) - k)[len(scores) - k] if k < len(scores) else -np.inf
    contenders = np.flatnonzero((scores >= threshold) & (scores > -np.inf))
    return contenders[np.lexsort((contenders, -scores[contenders]))][:k]
