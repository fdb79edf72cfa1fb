"""/: the ranked list, a page at a time, with what a reader can do to each paper."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated
from urllib.parse import urlencode
from uuid import uuid4

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from recsys.events import StoredEvent, now_ms
from recsys.store import StoreError
from service.context import Context
from service.listing import Drawn, draw, place_of
from service.parameters import Category, ContextDep, Since
from service.site.access import Reader
from service.site.cards import Card, why_of
from service.site.guard import guarded
from service.site.telling import told_of
from service.site.views import view
from service.standing import acts_in_force

router = APIRouter(include_in_schema=False, dependencies=[Depends(guarded)])

LIMIT = 10
Did = Annotated[str | None, Query(max_length=128, description="The event that led here")]


@router.get("/")
def today(
    context: ContextDep,
    request: Request,
    me: Reader,
    cursor: Annotated[str | None, Query(max_length=8_000)] = None,
    category: Category = None,
    since: Since = None,
    did: Did = None,
    skip: bool = False,
) -> Response:
    """Today's papers. A reader of whom nothing is known is led to the start."""
    if not (skip or cursor) and _is_new(context, me.user):
        return RedirectResponse("/start", 303)
    events = events_of(context, me.user)
    place = place_of(me.user, cursor, category, since)
    drawn = draw(context, me.user, place, LIMIT)
    told = told_of(context, did, events)
    return view(
        request,
        "today",
        me,
        cards=cards_of_slate(drawn, events, told.before if told else None),
        told=told,
        degraded=drawn.degraded,
        following=f"/?{urlencode({'cursor': drawn.next})}" if drawn.next else None,
        category=place.filters.category,
        nonce=uuid4().hex,
    )


@router.get("/keys")
def keys(request: Request, me: Reader) -> Response:
    """What each key does, where there is no script to show it in place."""
    return view(request, "keys", me)


def _is_new(context: Context, user: str) -> bool:
    """Whether the reader has never done anything; no while the record can't tell."""
    state, missing = context.state_of(user)
    return state.version == 0 and "record" not in missing


def events_of(context: Context, user: str) -> list[StoredEvent]:
    """The reader's events; none while the record can't tell them: a page that reads goes on without."""
    try:
        return context.store.events.of_user(user)
    except StoreError:
        return []


def cards_of_slate(drawn: Drawn, events: list[StoredEvent], before: Collection[str] | None) -> list[Card]:
    """The cards of a page; new are those that weren't on it `before`, if that is known."""
    acts = acts_in_force(events, now_ms())
    return [
        Card(
            drawn.papers[item.id],
            why_of(item.reasons),
            drawn.slate_id,
            item.position,
            acts.get(item.id, {}),
            is_new=before is not None and item.id not in before,
        )
        for item in drawn.ranking.items
    ]
