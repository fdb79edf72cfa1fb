"""GET /v1/search: papers by words and by meaning."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from service import searching
from service.answers import SearchAnswer
from service.parameters import ContextDep, Limit, MaybeUser
from service.replies import JSON

router = APIRouter(prefix="/v1", tags=["search"])

Text = Annotated[
    str, Query(min_length=1, max_length=500, description="Words, or what you mean", examples=["attention"])
]


@router.get("/search", response_model=SearchAnswer)
def search(context: ContextDep, q: Text, limit: Limit = 10, user: MaybeUser = None) -> JSON:
    """Search by keywords and by meaning, fused by reciprocal rank."""
    state, missing = context.state_of(user) if user else (None, [])
    matches, without = searching.search(context, q, limit, state.hidden if state else set())
    items = [
        {"paper": match.paper.public(), "score": match.score, "matched": list(match.matched)}
        for match in matches
    ]
    return JSON({"items": items, "next": None, "degraded": context.count_degraded([*without, *missing])})
