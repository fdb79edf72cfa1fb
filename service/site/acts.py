"""What a reader does on a page: judge a paper, take it back, see it, read it. All of it as events."""

from __future__ import annotations

import hashlib
from typing import Any

from fastapi import APIRouter, Depends, Response

from recsys.events import Event, Kind
from service.context import Context
from service.corrections import last_word
from service.forms import Form, FormDep, first
from service.parameters import ContextDep
from service.problems import Problem, unknown_paper
from service.recording import record
from service.site.access import Reader
from service.site.checks import checked
from service.site.guard import guarded
from service.site.views import back

router = APIRouter(include_in_schema=False, dependencies=[Depends(guarded)])

_JUDGING = {kind.value: kind for kind in (Kind.SAVE, Kind.LIKE, Kind.DISLIKE, Kind.HIDE)}
_MOST_SEEN = 100


@router.post("/acts")
def act(context: ContextDep, me: Reader, form: FormDep) -> Response:
    """Judge a paper (`like`, `hide:too-old`), or take an act back (`undo:ID`); then back to the page.

    A form that is sent twice counts once: it holds a nonce.
    """
    verb, _, detail = (first(form, "act") or "").partition(":")
    if verb == "undo":
        done = _take_back(context, me.user, detail)
    else:
        done = _judge(context, me.user, verb, detail, form)
    return back(first(form, "back"), did=done)


@router.post("/seen", status_code=204)
def seen(context: ContextDep, me: Reader, form: FormDep) -> Response:
    """Which places of a slate came to be looked at, as the page's script tells; each once."""
    slate = first(form, "slate") or ""
    places = [place.split(" ", 1) for place in form.get("place", [])[:_MOST_SEEN] if " " in place]
    impressions = [
        _event(me.user, f"seen {slate}", kind=Kind.IMPRESSION, item=item, slate=slate, position=position)
        for position, item in places
    ]
    if impressions:
        record(context, impressions)
    return Response(status_code=204)


@router.post("/read", status_code=204)
def read(context: ContextDep, me: Reader, form: FormDep) -> Response:
    """How long a paper's page was looked at, as its script tells when it is left."""
    about = {name: first(form, name) or None for name in ("item", "slate", "position", "seconds", "scroll")}
    record(context, [_event(me.user, first(form, "nonce") or "", kind=Kind.READ, **about)])
    return Response(status_code=204)


def _take_back(context: Context, user: str, event: str) -> str:
    """Undo an event of the reader's; the id of the undo.

    Raises:
        Problem: 404, they have no such event.
    """
    there = context.store.events.of_user(user)
    if all(event != known.id for known in there):
        raise Problem(404, "unknown-event", "there is nothing of yours to be taken back: reload the page")
    return last_word(context, user, f"undo {event}", [{"kind": Kind.UNDO, "undoes": event}], there)[0]


def _judge(context: Context, user: str, verb: str, reason: str, form: Form) -> str:
    """Record a judgement; the id of its event."""
    item = first(form, "item") or ""
    if verb not in _JUDGING:
        detail = f"act: choose one of {', '.join(_JUDGING)} or undo"
        raise Problem(422, "invalid-request", detail, field="act")
    if item not in context.papers([item]):
        raise unknown_paper(item)
    about: dict[str, Any] = {"kind": _JUDGING[verb], "item": item}
    for name, value in (("reason", reason), *((name, first(form, name)) for name in ("slate", "position"))):
        if value:
            about[name] = value
    there = context.store.events.of_user(user)
    with checked():
        return last_word(context, user, first(form, "nonce") or None, [about], there)[0]


def _event(user: str, occasion: str, **about: Any) -> Event:
    """An event that is the same one whenever it is sent again on the same occasion."""
    digest = hashlib.sha256("\0".join((user, occasion, about["item"] or "")).encode()).hexdigest()[:32]
    with checked():
        return Event(id=f"page:{about['kind']}:{digest}", user=user, **about)
