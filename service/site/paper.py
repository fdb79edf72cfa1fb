"""/paper: one paper, and those like it. Opening it from a page of ours is a click."""

from __future__ import annotations

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AfterValidator

from recsys.events import Event, Kind, now_ms
from recsys.papers import Paper
from recsys.store import StoreError
from service.context import Context
from service.links import Act
from service.nearest import nearest
from service.parameters import ContextDep, printable
from service.problems import unknown_paper
from service.recording import record
from service.routes.links import is_a_person
from service.site.access import Reader
from service.site.cards import Card
from service.site.guard import guarded, is_ours
from service.site.telling import told_of
from service.site.today import Did, events_of
from service.site.views import view
from service.standing import acts_in_force

router = APIRouter(include_in_schema=False, dependencies=[Depends(guarded)])

_SIMILAR = 5


@router.get("/paper")
def paper(
    context: ContextDep,
    request: Request,
    me: Reader,
    id: Annotated[str, Query(min_length=1, max_length=320)],
    slate: Annotated[str | None, Query(max_length=64), AfterValidator(lambda s: s and printable(s))] = None,
    position: Annotated[int | None, Query(ge=0, le=10_000)] = None,
    did: Did = None,
) -> Response:
    """Its abstract, where to read it, what the reader did to it, and the papers nearest to it."""
    found = context.papers([id]).get(id)
    if found is None:
        raise unknown_paper(id)
    link = context.links.act(me.user, found.id, Act.OPEN, slate, position)
    if did is None and is_a_person(request) and is_ours(request):
        _note_opening(context, me.user, found, link, slate, position)
    events = events_of(context, me.user)
    acts = acts_in_force(events, now_ms())
    state, _ = context.state_of(me.user)
    like, degraded = nearest(context, found, _SIMILAR, state.hidden)
    context.count_degraded(degraded)
    return view(
        request,
        "paper",
        me,
        card=Card(found, (), slate, position, acts.get(found.id, {})),
        link=link if found.address else None,
        similar=[Card(paper, acts=acts.get(paper.id, {})) for paper, _ in like],
        told=told_of(context, did, events),
        nonce=uuid4().hex,
    )


def _note_opening(
    context: Context, user: str, paper: Paper, link: str, slate: str | None, position: int | None
) -> None:
    """Record the click, under the id of the signed link that leads to the paper itself: both are one."""
    digest = context.links.read(link.removeprefix("/l/")).digest
    event = Event(
        id=f"click-{digest}", user=user, kind=Kind.CLICK, item=paper.id, slate=slate, position=position
    )
    try:
        record(context, [event])
    except StoreError:  # a paper can be read all the same
        return
