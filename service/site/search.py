"""/search: papers by words and by meaning."""

from __future__ import annotations

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends, Query, Request, Response

from recsys.events import now_ms
from service import searching
from service.parameters import ContextDep
from service.site.access import Reader
from service.site.cards import Card
from service.site.guard import guarded
from service.site.telling import told_of
from service.site.today import Did, events_of
from service.site.views import view
from service.standing import acts_in_force

router = APIRouter(include_in_schema=False, dependencies=[Depends(guarded)])

_LIMIT = 20
_LABELS: dict[tuple[str, ...], str] = {("keyword",): "Words", ("meaning",): "Meaning"}


@router.get("/search")
def search(
    context: ContextDep,
    request: Request,
    me: Reader,
    q: Annotated[str, Query(max_length=500)] = "",
    did: Did = None,
) -> Response:
    """What was found, if anything was searched for. Hidden papers are left out, as everywhere."""
    query = q.strip()
    events = events_of(context, me.user)
    cards, degraded = _found(context, me.user, query, acts_in_force(events, now_ms())) if query else ([], [])
    told = told_of(context, did, events)
    return view(
        request, "search", me, query=query, cards=cards, told=told, degraded=degraded, nonce=uuid4().hex
    )


def _found(
    context: ContextDep, user: str, query: str, acts: dict[str, dict[str, str]]
) -> tuple[list[Card], list[str]]:
    state, missing = context.state_of(user)
    matches, without = searching.search(context, query, _LIMIT, state.hidden)
    cards = [
        Card(
            match.paper,
            ((_LABELS.get(match.matched, "Both"), _how(match.matched)),),
            acts=acts.get(match.paper.id, {}),
        )
        for match in matches
    ]
    return cards, context.count_degraded([*without, *missing])


def _how(matched: tuple[str, ...]) -> str:
    words = {"keyword": "by its words", "meaning": "by what it means"}
    return f"Found {' and '.join(words[how] for how in matched)}"
