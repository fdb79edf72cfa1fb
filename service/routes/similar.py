"""GET /v1/papers/{id}/similar: papers like one."""

from __future__ import annotations

from fastapi import APIRouter

from service.answers import SimilarAnswer
from service.nearest import nearest
from service.parameters import ContextDep, Limit, MaybeUser, PaperId
from service.problems import unknown_paper
from service.replies import JSON

router = APIRouter(prefix="/v1", tags=["papers"])


@router.get("/papers/{id:path}/similar", response_model=SimilarAnswer)
def similar(context: ContextDep, id: PaperId, limit: Limit = 10, user: MaybeUser = None) -> JSON:
    """The papers nearest to one, by what they say and by who reads them.

    A paper that is not ranked yet is compared by the words of its title, and the answer is marked.
    """
    paper = context.papers([id]).get(id)
    if paper is None:
        raise unknown_paper(id)
    state, degraded = context.state_of(user) if user else (None, [])
    hidden = state.hidden if state else set()
    scored, without = nearest(context, paper, limit, hidden)
    items = [{"paper": found.public(), "score": score} for found, score in scored]
    return JSON({"items": items, "next": None, "degraded": context.count_degraded([*degraded, *without])})
