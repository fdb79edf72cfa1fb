"""/start: two minutes for a newcomer. Papers they name, and picks from those whose answers teach most."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends, Query, Request, Response

from recsys.papers import arxiv_id, doi_id
from recsys.seeds import Found
from recsys.store import StoreError
from service.context import Context
from service.cursor import Filters, Place, next_place, read_cursor, write_cursor
from service.forms import FormDep, first
from service.listing import draw
from service.parameters import ContextDep
from service.routes.seeds import Seeds, sow_all
from service.routes.start import DEEPEST
from service.sessions import SignedIn
from service.site.access import Reader
from service.site.cards import Card
from service.site.checks import checked
from service.site.guard import guarded
from service.site.telling import told_of
from service.site.today import Did, cards_of_slate, events_of
from service.site.views import view
from service.starting import start_for

router = APIRouter(include_in_schema=False, dependencies=[Depends(guarded)])

_PICKS = 6
_PREVIEW = 8
_BIBTEX = re.compile(r"@\w+\s*[{(]")
Before = Annotated[str | None, Query(max_length=64, description="The slate of the list as it was")]


@router.get("/start")
def start(
    context: ContextDep,
    request: Request,
    me: Reader,
    before: Before = None,
    cursor: Annotated[str | None, Query(max_length=8_000)] = None,
    did: Did = None,
) -> Response:
    """What to pick from, and the list as it stands: both change with each answer."""
    return _page(context, request, me, before, cursor, did, None)


@router.post("/start")
def sow(context: ContextDep, request: Request, me: Reader, form: FormDep) -> Response:
    """Take the papers that were pasted; the page says which were found, and what the others may be."""
    with checked():
        seeds = seeds_in(first(form, "papers") or "")
    found = sow_all(context, me.user, seeds)
    return _page(context, request, me, first(form, "before"), None, None, found)


def seeds_in(text: str) -> Seeds:
    """A bibliography, or a paper a line: its title, its id or its address.

    >>> seeds_in("Attention Is All You Need\\nhttps://arxiv.org/abs/1706.03762v5").ids
    ['arxiv:1706.03762']

    Raises:
        pydantic.ValidationError: there is too much of it.
    """
    if _BIBTEX.search(text):
        return Seeds(bibtex=text)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    ids = {line: _id_in(line) for line in lines}
    return Seeds(ids=[id for id in ids.values() if id], titles=[line for line in lines if not ids[line]])


def _id_in(line: str) -> str | None:
    """The arXiv id or the DOI that a line consists of."""
    if " " in line:
        return None
    if doi := doi_id(line):
        return f"doi:{doi}"
    arxiv = arxiv_id(line)
    return f"arxiv:{arxiv}" if arxiv else None


def _page(
    context: Context,
    request: Request,
    me: SignedIn,
    before: str | None,
    cursor: str | None,
    did: str | None,
    found: Found | None,
) -> Response:
    state, missing = context.state_of(me.user)
    asked = read_cursor(cursor, me.user) if cursor else Place(Filters())
    chosen = start_for(context, state, _PICKS, asked.shown)
    after = next_place(asked, [item.item for item in chosen.slate.items])
    drawn = draw(context, me.user, Place(Filters()), _PREVIEW)
    events = events_of(context, me.user)
    told = told_of(context, did, events)
    shown = _shown(context, me.user, before)
    nearby = {id for unknown in (found.unknown if found else ()) for id in unknown.near}
    papers = context.papers([*found.papers, *nearby]) if found else {}
    return view(
        request,
        "start",
        me,
        picks=[Card(chosen.papers[i.item], (), chosen.slate.id, i.position) for i in chosen.slate.items],
        cards=cards_of_slate(drawn, events, shown),
        told=replace(told, before=shown) if told else None,
        degraded=context.count_degraded([*missing, *chosen.missing]),
        taught=sum(signal.judged != 0 or signal.seed or signal.saved for signal in state.signals.values()),
        others=write_cursor(me.user, after) if len(after.shown) < DEEPEST else None,
        again=f"/start?before={drawn.slate_id}",
        before=drawn.slate_id,
        found=found,
        papers=papers,
        nonce=uuid4().hex,
    )


def _shown(context: Context, user: str, slate: str | None) -> frozenset[str] | None:
    """The papers of the list as it was before, if it was this reader's."""
    try:
        found = context.slates.find(slate) if slate else None
    except StoreError:
        return None
    return frozenset(item.item for item in found.items) if found and found.user == user else None
