"""Around every request, in plain ASGI: a time, security headers, and a limit to the body."""

from __future__ import annotations

import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.metrics import Metrics
from service.problems import Problem
from service.troubles import Troubles

LARGEST_BODY = 2_000_000  # bytes

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Surroundings:
    """Times each request by its route's template and adds the headers that a route hasn't set itself.

    What goes wrong is counted, and the last of it kept.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, troubles: Troubles) -> None:
        self._app = app
        self._metrics = metrics
        self._troubles = troubles

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500  # unless an answer begins: what the handler of last resort will answer

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        began = time.perf_counter()
        fault = ""
        try:
            await self._app(scope, receive, send_with_headers)
        except Exception as error:  # the handler of last resort answers it
            fault = type(error).__name__
            raise
        finally:
            route = getattr(scope.get("route"), "path", "unmatched")
            method = scope["method"] if scope["method"] in _METHODS else "other"  # clients can make up more
            self._metrics.requests.labels(method, route, str(status)).observe(time.perf_counter() - began)
            self._troubles.note(method, route, status, fault or scope.get("problem", ""))


class BodyLimit:
    """Refuses a body of more than `LARGEST_BODY` bytes, announced or not, before it fills the memory."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "0")
        if announced.isdigit() and int(announced) > LARGEST_BODY:
            await Problem(413, "too-large", _MEND).response()(scope, receive, send)
            return
        received = 0

        async def receive_within_limit() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > LARGEST_BODY:
                raise HTTPException(413, _MEND)
            return message

        await self._app(scope, receive_within_limit, send)


_MEND = f"the body is larger than {LARGEST_BODY:,} bytes: send it in parts"
