"""/v1/users/{id}/feeds and …/searches: the secret addresses of a reader's feeds, and what they search for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from recsys.store import SavedSearch, Scope, TokenInfo
from service.answers import FeedAddresses, FeedList, SearchAddress, SearchList
from service.feeds.addresses import Addresses
from service.parameters import ContextDep, UserId
from service.problems import Problem
from service.replies import JSON
from service.routes.feeds import base_of

router = APIRouter(prefix="/v1", tags=["feeds"])

_MOST = 100  # valid addresses, or searches, of one reader

Id = Annotated[
    str, Path(min_length=1, max_length=32, description="As the list names it", examples=["d3986b17e743"])
]


_NEWSBOAT: dict[str, Any] = {"named": {"value": {"name": "newsboat"}}}
_REWARD: dict[str, Any] = {"words": {"value": {"query": "reward models"}}}


class NewFeeds(BaseModel):
    """What the new addresses are for."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: str = Field(default="", max_length=100, description="For your own list, such as the feed reader")


class NewSearch(BaseModel):
    """What to search for."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    query: str = Field(min_length=1, max_length=500, description="Words, or what you mean")


@router.post("/users/{id:path}/feeds", status_code=201, response_model=FeedAddresses)
def make(
    context: ContextDep,
    request: Request,
    id: UserId,
    body: Annotated[NewFeeds | None, Body(openapi_examples=_NEWSBOAT)] = None,
) -> JSON:
    """Make secret addresses of the reader's feeds: they are told this once, and work until they are revoked.

    Whoever has an address can read the feeds and follow the links in them, and nothing else.
    """
    if len(context.store.tokens.of_user(id, Scope.FEED)) >= _MOST:
        raise Problem(409, "too-many", f"{id!r} has {_MOST} addresses: revoke some with DELETE")
    info, token = context.feed_tokens.create(id, body.name if body else "")
    addresses = Addresses(base_of(request), token)
    return JSON({**_public(info), **addresses.main()}, 201)


@router.get("/users/{id:path}/feeds", response_model=FeedList)
def list_addresses(context: ContextDep, id: UserId) -> JSON:
    """List the reader's valid addresses by id: the addresses themselves can't be told again."""
    return JSON({"items": [_public(info) for info in context.store.tokens.of_user(id, Scope.FEED)]})


@router.delete("/users/{id:path}/feeds/{feed}", status_code=204)
def revoke(context: ContextDep, id: UserId, feed: Id) -> Response:
    """Revoke addresses: they stop working at once."""
    if not context.store.tokens.revoke(feed, id, Scope.FEED):
        raise Problem(404, "unknown-feed", f"{id!r} has no valid addresses {feed!r}", field="feed")
    return Response(status_code=204)


@router.post("/users/{id:path}/searches", status_code=201, response_model=SearchAddress)
def save_search(
    context: ContextDep, id: UserId, body: Annotated[NewSearch, Body(openapi_examples=_REWARD)]
) -> JSON:
    """Save a search, so that it is a feed; the same words are saved once."""
    known = context.store.searches.of_user(id)
    if len(known) >= _MOST and all(saved.query != body.query for saved in known):
        raise Problem(409, "too-many", f"{id!r} has saved {_MOST} searches: remove some with DELETE")
    return JSON(_search(context.store.searches.save(id, body.query)), 201)


@router.get("/users/{id:path}/searches", response_model=SearchList)
def list_searches(context: ContextDep, id: UserId) -> JSON:
    """List the reader's saved searches."""
    return JSON({"items": [_search(saved) for saved in context.store.searches.of_user(id)]})


@router.delete("/users/{id:path}/searches/{search}", status_code=204)
def remove_search(context: ContextDep, id: UserId, search: Id) -> Response:
    """Forget a saved search."""
    if not context.store.searches.remove(search, id):
        raise Problem(404, "unknown-search", f"{id!r} has no saved search {search!r}", field="search")
    return Response(status_code=204)


def _public(info: TokenInfo) -> dict[str, Any]:
    return {"id": info.id, "name": info.name, "created": _time(info.created)}


def _search(saved: SavedSearch) -> dict[str, Any]:
    return {"id": saved.id, "query": saved.query, "created": _time(saved.created)}


def _time(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds")
