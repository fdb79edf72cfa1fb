"""/library: what a reader saved, liked, read and hid, each to be taken back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import uuid4

from fastapi import APIRouter, Depends, Query, Request, Response

from recsys.events import Kind, StoredEvent, now_ms
from recsys.profile import standing_events
from service.parameters import ContextDep
from service.site.access import Reader
from service.site.cards import cards_of
from service.site.guard import guarded
from service.site.telling import told_of
from service.site.today import Did
from service.site.views import view
from service.standing import acts_in_force

router = APIRouter(include_in_schema=False, dependencies=[Depends(guarded)])

_PAGE = 20

Shelf = Literal["saved", "liked", "read", "hidden"]
_ACTS: dict[Shelf, str] = {"saved": "save", "liked": "like", "read": "read", "hidden": "hide"}


@router.get("/library")
def library(
    context: ContextDep,
    request: Request,
    me: Reader,
    show: Annotated[Shelf, Query(description="Which shelf")] = "saved",
    after: Annotated[int, Query(ge=0, le=1_000_000, description="How many to pass over")] = 0,
    did: Did = None,
) -> Response:
    """One shelf, the latest first."""
    events = context.store.events.of_user(me.user)
    shelves = {shelf: on_shelf(shelf, events) for shelf in _ACTS}
    ids = shelves[show][after : after + _PAGE]
    papers = context.papers(ids)
    more = len(shelves[show]) > after + _PAGE
    return view(
        request,
        "library",
        me,
        cards=cards_of([papers[id] for id in ids if id in papers], events),
        told=told_of(context, did, events),
        show=show,
        counts={shelf: len(held) for shelf, held in shelves.items()},
        following=f"/library?show={show}&after={after + _PAGE}" if more else None,
        nonce=uuid4().hex,
    )


def on_shelf(shelf: Shelf, events: Sequence[StoredEvent]) -> list[str]:
    """The ids of the papers on a shelf, the latest first; what was opened is on that of what was read."""
    if shelf == "read":
        opened = [event.item for event in standing_events(events) if event.kind in (Kind.READ, Kind.CLICK)]
        return list(dict.fromkeys(item for item in reversed(opened) if item))
    times = {event.id: event.time for event in events}
    held = [
        (times[acts[_ACTS[shelf]]], item)
        for item, acts in acts_in_force(events, now_ms()).items()
        if _ACTS[shelf] in acts
    ]
    return [item for _, item in sorted(held, reverse=True)]
