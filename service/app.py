"""The application: `create_app(settings)`, or `service.app:from_environment` for uvicorn's workers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI
from starlette.middleware.cors import CORSMiddleware

import recsys
from service import openapi, problems
from service.auth import require_key
from service.context import running
from service.metrics import Metrics
from service.middleware import BodyLimit, Surroundings
from service.routes import (
    events,
    health,
    metrics,
    papers,
    recommendations,
    reference,
    scores,
    search,
    seeds,
    similar,
    trending,
    users,
)
from service.settings import Settings


def create_app(settings: Settings) -> FastAPI:
    """The whole service over one installation."""
    counted = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with running(settings, counted) as context:
            app.state.context = context
            yield

    app = FastAPI(
        title="recsys",
        summary="A personal paper recommender that learns from every piece of feedback",
        version=recsys.__version__,
        lifespan=lifespan,
        redoc_url=None,
        docs_url=None,
    )
    problems.install(app)
    app.add_middleware(BodyLimit)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors_origins),
            allow_methods=["*"],
            allow_headers=["*"],
        )
    app.add_middleware(Surroundings, metrics=counted)
    for resource in (recommendations, scores, events, similar, papers, search, trending, users, seeds):
        app.include_router(resource.router, dependencies=[Depends(require_key)])
    for resource in (health, metrics, reference):
        app.include_router(resource.router)
    openapi.install(app)
    return app


def from_environment() -> FastAPI:
    """The service that the environment variables describe."""
    return create_app(Settings.from_environment())
