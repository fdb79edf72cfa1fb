"""/trending: what readers took up lately."""

from __future__ import annotations

from uuid import uuid4

from fastapi import APIRouter, Depends, Request, Response

from service.parameters import Category, ContextDep
from service.routes.trending import Recent
from service.site.access import Reader
from service.site.cards import cards_of
from service.site.guard import guarded
from service.site.telling import told_of
from service.site.today import Did, events_of
from service.site.views import view
from service.trending import WINDOWS, taken_up

router = APIRouter(include_in_schema=False, dependencies=[Depends(guarded)])

_LIMIT = 20


@router.get("/trending")
def trending(
    context: ContextDep,
    request: Request,
    me: Reader,
    window: Recent = "7d",
    category: Category = None,
    did: Did = None,
) -> Response:
    """The papers that most readers took up, or the newest; without what this reader has hidden."""
    events = events_of(context, me.user)
    state, _ = context.state_of(me.user)
    trends, basis = taken_up(context.store, context.trending, window, _LIMIT + len(state.hidden), category)
    papers = [trend.paper for trend in trends if trend.paper.id not in state.hidden][:_LIMIT]
    return view(
        request,
        "trending",
        me,
        cards=cards_of(papers, events),
        told=told_of(context, did, events),
        window=window,
        windows=list(WINDOWS),
        basis=basis,
        crowd="simulated readers" if context.any_simulated() else "readers",
        nonce=uuid4().hex,
    )
