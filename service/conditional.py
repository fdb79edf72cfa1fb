"""Conditional GET (RFC 9110): what hasn't changed isn't sent again."""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections.abc import Callable, Hashable
from datetime import UTC
from email.utils import formatdate, parsedate_to_datetime

from fastapi import Request, Response

_OPAQUE = re.compile(r'(?:W/)?("[^"]*")')


class Editions:
    """Since when each thing has been what it is now, as far as this process has seen.

    An edition seen for the first time is as old as that sight, so a time is never too early: a client that
    has only a time to compare may be sent what it has, but is never kept from what it hasn't.

    Args:
        most: how many things are remembered; the oldest go first.
        clock: seconds since the epoch.
    """

    def __init__(self, most: int = 10_000, clock: Callable[[], float] = time.time) -> None:
        self._most = most
        self._clock = clock
        self._seen: dict[Hashable, tuple[str, int]] = {}
        self._lock = threading.Lock()

    def since(self, thing: Hashable, etag: str) -> int:
        """Since when, in whole seconds since the epoch, `thing` has had this tag."""
        with self._lock:
            before = self._seen.pop(thing, None)
            if before is None or before[0] != etag:
                # Two editions never share a second, which is all that HTTP's times can tell apart.
                before = etag, max(int(self._clock()), before[1] + 1 if before else 0)
            while len(self._seen) >= self._most:
                del self._seen[next(iter(self._seen))]
            self._seen[thing] = before
            return before[1]


def etag_of(body: bytes) -> str:
    """A strong entity tag."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def conditional(
    request: Request, body: bytes, media_type: str, since: int, headers: dict[str, str]
) -> Response:
    """The body, or 304 if the client has it already.

    Args:
        request: whose conditions are looked at; the tag goes before the time.
        body: what would be sent.
        media_type: its type.
        since: since when it is what it is, in seconds since the epoch.
        headers: to send in either case.
    """
    etag = etag_of(body)
    headers = headers | {"ETag": etag, "Last-Modified": formatdate(since, usegmt=True)}
    if _has_it(request, etag, since):
        return Response(status_code=304, headers=headers)
    return Response(body, 200, headers, media_type)


def _has_it(request: Request, etag: str, since: int) -> bool:
    tags = request.headers.get("if-none-match")
    if tags is not None:
        return tags.strip() == "*" or etag in _OPAQUE.findall(tags)
    try:
        known = parsedate_to_datetime(request.headers.get("if-modified-since", ""))
    except ValueError:
        return False
    if known.tzinfo is None:  # "-0000": a time of no known zone, which HTTP doesn't send
        known = known.replace(tzinfo=UTC)
    return since <= known.timestamp()
