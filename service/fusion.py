"""Several rankings as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

_K = 60  # as published


class Fused(NamedTuple):
    """An item with its fused score and the names of the rankings that hold it."""

    item: str
    score: float
    matched: tuple[str, ...]


def reciprocal_rank_fusion(rankings: Mapping[str, Sequence[str]]) -> list[Fused]:
    """Items by the sum of 1 / (60 + rank), the best first, ties by item.

    Cormack, Clarke and Büttcher, "Reciprocal rank fusion outperforms Condorcet and individual rank learning
    methods" (SIGIR 2009).

    >>> [fused.item for fused in reciprocal_rank_fusion({"a": ["x", "y"], "b": ["y", "z"]})]
    ['y', 'x', 'z']
    """
    scores: dict[str, float] = {}
    matched: dict[str, tuple[str, ...]] = {}
    for name, ranking in rankings.items():
        for rank, item in enumerate(ranking, start=1):
            scores[item] = scores.get(item, 0.0) + 1.0 / (_K + rank)
            matched[item] = (*matched.get(item, ()), name)
    return sorted(
        (Fused(item, score, matched[item]) for item, score in scores.items()),
        key=lambda fused: (-fused.score, fused.item),
    )
