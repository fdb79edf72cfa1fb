"""GET /v1/search: papers by words and by meaning."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from recsys.store import StoreError
from service.answers import SearchAnswer
from service.context import Context
from service.fusion import reciprocal_rank_fusion
from service.parameters import ContextDep, Limit, MaybeUser
from service.replies import JSON

router = APIRouter(prefix="/v1", tags=["search"])

# Of each ranking that is fused. Deep lists of a small catalogue have all papers in common, and then being in
# both says nothing; a paper that is at the top of one must win against those.
_DEPTH = 20

Text = Annotated[
    str, Query(min_length=1, max_length=500, description="Words, or what you mean", examples=["attention"])
]


@router.get("/search", response_model=SearchAnswer)
def search(context: ContextDep, q: Text, limit: Limit = 10, user: MaybeUser = None) -> JSON:
    """Search by keywords and by meaning, fused by reciprocal rank."""
    rankings: dict[str, list[str]] = {}
    depth = max(limit, _DEPTH)
    degraded = []
    try:
        rankings["keyword"] = [id for id, _ in context.store.papers.search(q, depth)]
    except StoreError:
        degraded.append("record")
    rankings["meaning"], without = _by_meaning(context, q, depth)
    state, missing = context.state_of(user) if user else (None, [])
    hidden = state.hidden if state else set()
    best = [found for found in reciprocal_rank_fusion(rankings) if found.item not in hidden][:limit]
    papers = context.papers(found.item for found in best)
    items = [
        {"paper": papers[found.item].public(), "score": found.score, "matched": list(found.matched)}
        for found in best
    ]
    return JSON(
        {"items": items, "next": None, "degraded": context.count_degraded([*degraded, *without, *missing])}
    )


def _by_meaning(context: Context, text: str, depth: int) -> tuple[list[str], list[str]]:
    """Ids by the nearness of their texts to the query's, and the parts that were missing for it."""
    ranker = context.live.ranker
    if ranker is None:
        return [], ["bundle"]
    vector = context.encoder.encode(ranker.bundle, text)
    if vector is None:
        return [], ["encoder"]
    return [ranker.bundle.items[row] for row, _ in ranker.nearest(vector, depth)], []
