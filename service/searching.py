"""Papers by words and by meaning, fused by reciprocal rank."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from recsys.papers import Paper
from recsys.store import StoreError
from service.context import Context
from service.fusion import reciprocal_rank_fusion

# Of each ranking that is fused. Deep lists of a small catalogue have all papers in common, and then being in
# both says nothing; a paper that is at the top of one must win against those.
_DEPTH = 20


class Match(NamedTuple):
    """A paper that was found, its fused score, and which of the rankings found it."""

    paper: Paper
    score: float
    matched: tuple[str, ...]


def search(
    context: Context, text: str, limit: int, hidden: Collection[str] = ()
) -> tuple[list[Match], list[str]]:
    """The best matches, and the parts that were missing for them.

    Raises:
        recsys.store.StoreError: neither the record nor a bundle can answer.
    """
    rankings: dict[str, list[str]] = {}
    depth = max(limit, _DEPTH)
    degraded = []
    try:
        rankings["keyword"] = [id for id, _ in context.store.papers.search(text, depth)]
    except StoreError:
        degraded.append("record")
    rankings["meaning"], without = _by_meaning(context, text, depth)
    best = [found for found in reciprocal_rank_fusion(rankings) if found.item not in hidden][:limit]
    papers = context.papers(found.item for found in best)
    matches = [Match(papers[found.item], found.score, tuple(found.matched)) for found in best]
    return matches, [*degraded, *without]


def _by_meaning(context: Context, text: str, depth: int) -> tuple[list[str], list[str]]:
    """Ids by the nearness of their texts to the query's, and the parts that were missing for it."""
    ranker = context.live.ranker
    if ranker is None:
        return [], ["bundle"]
    vector = context.encoder.encode(ranker.bundle, text)
    if vector is None:
        return [], ["encoder"]
    return [ranker.bundle.items[row] for row, _ in ranker.nearest(vector, depth)], []
