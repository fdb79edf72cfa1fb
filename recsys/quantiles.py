"""Quantiles of times that are kept as a histogram."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf


def quantile(edges: Sequence[float], within: Sequence[float], share: float) -> float | None:
    """The time within which that share of all was done, by straight lines within the buckets.

    As Prometheus' `histogram_quantile`; beyond the last finite edge nothing is known but that edge.

    Args:
        edges: the buckets' upper edges, ascending, the last one infinite.
        within: how many took up to each edge, ascending.
        share: from 0 to 1.

    Returns:
        None where there were none.

    >>> quantile((1, 2, inf), (50, 100, 100), 0.75)
    1.5
    """
    if not within or within[-1] == 0:
        return None
    wanted = share * within[-1]
    number = next(n for n, count in enumerate(within) if count >= wanted)
    if edges[number] == inf:
        return float(edges[number - 1]) if number else None
    low, before = (edges[number - 1], within[number - 1]) if number else (0.0, 0.0)
    inside = within[number] - before
    return float(low + (edges[number] - low) * ((wanted - before) / inside if inside else 1.0))
