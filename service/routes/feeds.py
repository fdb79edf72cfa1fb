"""/feeds/{token}/…: a reader's feeds, for feed readers; the address itself is the secret."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from recsys.store import TokenInfo
from service.conditional import conditional, etag_of
from service.feeds.addresses import MEDIA_TYPES, Addresses, feed_at
from service.feeds.opml import opml
from service.feeds.rendering import DEFAULT_LIMIT, render
from service.feeds.streams import streams_of, title_of
from service.parameters import ContextDep, context_of
from service.problems import Problem

router = APIRouter(prefix="/feeds", include_in_schema=False)

_CACHE = {"Cache-Control": "private, max-age=60"}
_OPML = "text/x-opml; charset=utf-8"


def base_of(request: Request) -> str:
    """The service's own address, as the settings or else the request say it, without a slash at its end."""
    public: str | None = context_of(request).public_url
    return public or str(request.base_url).rstrip("/")


def _holder(context: ContextDep, token: Annotated[str, Path(max_length=200)]) -> TokenInfo:
    found = context.feed_tokens.verify(token)
    if found is None:
        detail = "this address is unknown or revoked: POST /v1/users/{id}/feeds makes a new one"
        raise Problem(404, "unknown-feed", detail)
    return found


Holder = Annotated[TokenInfo, Depends(_holder)]


@router.api_route("/{token}/feeds.opml", methods=["GET", "HEAD"])
def list_of_feeds(context: ContextDep, request: Request, token: str, holder: Holder) -> Response:
    """All feeds of the reader, as OPML."""
    streams = [
        (stream, title_of(context, holder.user, stream)) for stream in streams_of(context, holder.user)
    ]
    body = opml(Addresses(base_of(request), token), streams)
    since = context.editions.since((holder.id, "opml"), etag_of(body))
    return conditional(request, body, _OPML, since, _CACHE)


@router.api_route("/{token}/{path:path}", methods=["GET", "HEAD"])
def feed(
    context: ContextDep,
    request: Request,
    token: str,
    path: str,
    holder: Holder,
    limit: Annotated[int, Query(ge=1, le=100)] = DEFAULT_LIMIT,
) -> Response:
    """One stream in one format; what is asked for stands in the path's ending."""
    found = feed_at(path)
    if found is None:
        detail = (
            f"there is no feed {path!r}: there are recommended, trending, topic/…, search/… and similar/…, "
            "each ending in .atom, .rss or .json, and feeds.opml"
        )
        raise Problem(404, "unknown-feed", detail)
    stream, format = found
    addresses = Addresses(base_of(request), token)
    body = render(context, holder.user, stream, format, addresses, limit)
    since = context.editions.since((holder.id, path, limit), etag_of(body))
    links = f'<{addresses.hub}>; rel="hub", <{addresses.feed(stream, format)}>; rel="self"'
    return conditional(request, body, MEDIA_TYPES[format], since, _CACHE | {"Link": links})
