"""GET /v1/papers/{id}/similar: papers like one."""

from __future__ import annotations

from fastapi import APIRouter

from recsys.papers import Paper
from service.answers import SimilarAnswer
from service.context import Context
from service.parameters import ContextDep, Limit, MaybeUser, PaperId
from service.problems import unknown_paper
from service.replies import JSON

router = APIRouter(prefix="/v1", tags=["papers"])


@router.get("/papers/{id:path}/similar", response_model=SimilarAnswer)
def similar(context: ContextDep, id: PaperId, limit: Limit = 10, user: MaybeUser = None) -> JSON:
    """The papers nearest to one, by what they say and by who reads them.

    A paper that came after the last retrain is compared by the words of its title, and the answer is marked.
    """
    paper = context.papers([id]).get(id)
    if paper is None:
        raise unknown_paper(id)
    state, degraded = context.state_of(user) if user else (None, [])
    hidden = state.hidden if state else set()
    ranker = context.live.ranker
    if ranker is not None and paper.id in ranker.bundle.rows:
        nearest = ranker.similar(paper.id, limit, hidden)
        scored = [(ranker.bundle.paper(row), score) for row, score in nearest]
    else:
        scored = _by_title(context, paper, limit, hidden)
        degraded = [*degraded, "bundle"]
    items = [{"paper": found.public(), "score": score} for found, score in scored]
    return JSON({"items": items, "next": None, "degraded": context.count_degraded(degraded)})


def _by_title(context: Context, paper: Paper, limit: int, hidden: set[str]) -> list[tuple[Paper, float]]:
    left_out = hidden | {paper.id}
    found = context.store.papers.search(paper.title, limit + len(left_out))
    scores = {id: score for id, score in found if id not in left_out}
    papers = context.papers(scores)
    return [(papers[id], score) for id, score in scores.items()][:limit]
