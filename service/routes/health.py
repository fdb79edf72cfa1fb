"""Whether the service lives and can serve; for load balancers, without a key."""

from __future__ import annotations

from fastapi import APIRouter

from service.answers import Health, ReadyAnswer
from service.context import Context
from service.parameters import ContextDep
from service.replies import JSON

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live")
async def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/ready", response_model=ReadyAnswer, responses={503: {"model": ReadyAnswer}})
def ready(context: ContextDep) -> JSON:
    """The record answers, so requests can be served; what else there is makes the answers better."""
    store = context.store.ping()
    reasons = [] if store else ["the record can't be reached: events are refused until it answers"]
    answer = ReadyAnswer(
        status="ready" if store else "not ready",
        store=Health(status="ok" if store else "down"),
        redis=_redis(context),
        bundle=_bundle(context),
        reasons=reasons,
    )
    return JSON(answer.model_dump(), 200 if store else 503)


def _redis(context: Context) -> Health:
    if context.states.available():
        return Health(status="ok")
    return Health(status="degraded", detail="not reached, or not yet trusted: the record answers instead")


def _bundle(context: Context) -> Health:
    failure, ranker = context.live.failure, context.live.ranker
    if failure:
        return Health(status="degraded", detail=failure)
    if ranker is None:
        return Health(status="degraded", detail="none yet, run `recsys train`: answers are trending and new")
    return Health(status="ok", detail=ranker.bundle.id)
