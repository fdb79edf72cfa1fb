"""GET /v1/trending: what readers took up lately."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from service.answers import TrendingAnswer
from service.parameters import Category, ContextDep, Limit
from service.replies import JSON
from service.trending import Window, taken_up

router = APIRouter(prefix="/v1", tags=["trending"])

Recent = Annotated[Window, Query(description="How far back", examples=["7d"])]


@router.get("/trending", response_model=TrendingAnswer)
def trending(
    context: ContextDep, window: Recent = "7d", limit: Limit = 10, category: Category = None
) -> JSON:
    """The papers that most readers took up, or the newest ones where nobody did."""
    scored, basis = taken_up(context.store, context.trending, window, limit, category)
    items = [{"paper": paper.public(), "score": score} for paper, score in scored]
    return JSON(
        {
            "window": window,
            "basis": basis,
            "items": items,
            "next": None,
            "simulated": basis == "events" and context.any_simulated(),
        }
    )
