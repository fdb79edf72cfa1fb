"""The application: `create_app(settings)`, or `service.app:from_environment` for uvicorn's workers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from typing import cast

from fastapi import Depends, FastAPI
from starlette.middleware.cors import CORSMiddleware

import recsys
from service import openapi, problems
from service.admin import routes as admin
from service.auth import require_key
from service.context import running
from service.hub import Hub
from service.metrics import Metrics
from service.middleware import BodyLimit, Surroundings
from service.reader.access import BadLogin
from service.routes import (
    app_passwords,
    digest,
    events,
    feed_addresses,
    feeds,
    health,
    hub,
    links,
    mail,
    metrics,
    papers,
    reader_edits,
    reader_login,
    reader_streams,
    recommendations,
    reference,
    scores,
    search,
    seeds,
    similar,
    start,
    trending,
    users,
)
from service.settings import Settings
from service.site.access import NotSignedIn
from service.site.all_views import VIEWS
from service.site.sign_in import not_signed_in
from service.troubles import Troubles

_FRESHRSS = "/api/greader.php"  # where clients look for the Google Reader API of a FreshRSS


def create_app(settings: Settings) -> FastAPI:
    """The whole service over one installation."""
    counted, troubles = Metrics(), Troubles()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with running(settings, counted) as context, closing(Hub(context)) as teller:
            app.state.context, app.state.hub = context, teller
            teller.start()
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
    app.add_middleware(Surroundings, metrics=counted, troubles=troubles)
    app.state.troubles = troubles
    for resource in (
        recommendations,
        scores,
        events,
        similar,
        papers,
        search,
        trending,
        feed_addresses,  # before users, which takes all that follows /v1/users/ for a reader's id
        app_passwords,
        digest,
        seeds,
        start,
        users,
    ):
        app.include_router(resource.router, dependencies=[Depends(require_key)])
    for resource in (health, metrics, reference, links, mail, feeds, hub):
        app.include_router(resource.router)
    for view in (*VIEWS, admin):
        app.include_router(view.router)
    app.add_exception_handler(NotSignedIn, lambda request, _: not_signed_in(request))
    app.add_exception_handler(BadLogin, lambda _, error: cast(BadLogin, error).response())
    for prefix in ("", _FRESHRSS):
        for part in (reader_login, reader_streams, reader_edits):
            app.include_router(part.router, prefix=prefix)
    openapi.install(app)
    return app


def from_environment() -> FastAPI:
    """The service that the environment variables describe."""
    return create_app(Settings.from_environment())
