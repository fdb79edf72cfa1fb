"""Every error as `application/problem+json` (RFC 9457), naming what is wrong and how to mend it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from recsys.store import StoreError
from service.pages import page
from service.paths import documented_path
from service.replies import JSON

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
_RETRY_AFTER_S = 5
_IN_PLACE = {"HX-Retarget": "#problem", "HX-Reselect": ".problem", "HX-Reswap": "innerHTML show:top"}
_API = "/v1/"


class Problem(Exception):
    """An error as clients see it.

    Args:
        status: the HTTP status.
        kind: names the kind of problem; the last part of its `type`.
        detail: what is wrong and how to mend it.
        field: the parameter, or the place in the body, that is wrong.
        headers: of the response.
        members: further members of the document.
    """

    def __init__(
        self,
        status: int,
        kind: str,
        detail: str,
        *,
        field: str | None = None,
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.headers = dict(headers or {})
        self.document: dict[str, Any] = {
            "type": f"urn:recsys:problem:{kind}",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": detail,
        }
        if field is not None:
            self.document["field"] = field
        self.document |= members

    def response(self) -> JSON:
        """The problem as a response."""
        return JSON(self.document, self.status, self.headers, MEDIA_TYPE)

    def page(self) -> Response:
        """The problem as a page for people; in one that is open already it finds its place itself."""
        title, detail = self.document["title"], self.document["detail"]
        response = page("problem", self.status, title=title, detail=detail)
        response.headers.update(self.headers | _IN_PLACE)
        return response

    def answer(self, request: Request) -> Response:
        """The problem as whoever asks can read it; its kind is noted in the request's scope."""
        request.scope["problem"] = self.document["type"].rpartition(":")[2]
        return self.page() if wants_page(request) else self.response()


def unknown_paper(id: str) -> Problem:
    """No paper has this identity."""
    return Problem(
        404, "unknown-paper", f"no paper is known as {id!r}: add it with POST /v1/papers", field="id"
    )


def wants_page(request: Request) -> bool:
    """Whether a person's browser asks, for something that isn't the API's."""
    asks = "text/html" in request.headers.get("accept", "") or "hx-request" in request.headers
    return asks and not request.url.path.startswith(_API)


def install(app: FastAPI) -> None:
    """Answer every error of the application with a problem document, or with a page for a browser."""

    @app.exception_handler(Problem)
    async def _problem(request: Request, problem: Problem) -> Response:
        return problem.answer(request)

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> Response:
        return _of_validation(error).answer(request)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        return _of_http(request, error).answer(request)

    @app.exception_handler(StoreError)
    async def _store(request: Request, error: StoreError) -> Response:
        log.error("the record failed: %s", error)
        detail = "the record can't be reached, so nothing was kept of this: send it again later"
        headers = {"Retry-After": str(_RETRY_AFTER_S)}
        return Problem(503, "record-unavailable", detail, headers=headers).answer(request)

    @app.exception_handler(Exception)
    async def _unexpected(request: Request, error: Exception) -> Response:
        # The server logs the traceback; the client gets nothing of it.
        problem = Problem(500, "internal", "something went wrong here; the service's log says what")
        return problem.answer(request)


def _of_validation(error: RequestValidationError) -> Problem:
    errors = [_place_and_mend(found) for found in error.errors()]
    field, mend = errors[0]
    return Problem(
        422,
        "invalid-request",
        f"{field}: {mend}" if field else mend,
        field=field or "body",
        errors=[{"field": field or "body", "detail": mend} for field, mend in errors],
    )


def _place_and_mend(found: Mapping[str, Any]) -> tuple[str, str]:
    if found["type"] == "json_invalid":
        return "body", f"this is not JSON: {found['ctx']['error']} (at character {found['loc'][-1]})"
    if found["loc"] == ("body",):
        return "body", "send a JSON object, with Content-Type: application/json"
    place = ".".join(str(part) for part in found["loc"][1:])
    return place, str(found["msg"]).removeprefix("Value error, ")


def _of_http(request: Request, error: HTTPException) -> Problem:
    path, method = request.url.path, request.method
    details = {
        400: "the body can't be read: send JSON in UTF-8",
        404: f"there is nothing at {path}: see /openapi.json for what there is",
        405: f"{path} doesn't take {method}: see the Allow header, or /openapi.json",
    }
    kinds = {400: "unreadable-body", 404: "not-found", 405: "method-not-allowed", 413: "too-large"}
    status = error.status_code
    return Problem(
        status,
        kinds.get(status, "http"),
        details.get(status, str(error.detail)),
        headers={"Allow": _methods_at(request)} if status == 405 else error.headers,
    )


def _methods_at(request: Request) -> str:
    """Every method that this path takes; Starlette names those of its first route only."""

    def taken(method: str) -> bool:
        scope = {**request.scope, "method": method}
        return any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)

    _, methods = documented_path(request)
    return ", ".join(methods or filter(taken, ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")))
