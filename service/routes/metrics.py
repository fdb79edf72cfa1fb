"""GET /metrics: figures for Prometheus, without a key."""

from __future__ import annotations

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST

from service.parameters import ContextDep

router = APIRouter()


@router.get("/metrics", include_in_schema=False)
def metrics(context: ContextDep) -> Response:
    """All figures in Prometheus' text format."""
    context.metrics.redis_up.set(context.states.available())
    return Response(context.metrics.exposition(), media_type=CONTENT_TYPE_LATEST)
