"""/about-me: what is believed of a reader, in words, and what they make of it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Request, Response

from recsys.events import SETTINGS, SWITCHES
from service.context import Context
from service.corrections import Correction, begin_anew, correct
from service.erasing import erase
from service.forms import Form, FormDep, first
from service.pages import page
from service.parameters import ContextDep
from service.problems import Problem
from service.profile import profile_of
from service.routes.users import export_reader
from service.site.access import Reader, drop_session
from service.site.checks import checked
from service.site.guard import guarded
from service.site.telling import told_of
from service.site.today import Did, events_of
from service.site.views import back, view

router = APIRouter(prefix="/about-me", include_in_schema=False, dependencies=[Depends(guarded)])

_VERBS = ("follow", "mute", "unfollow")
_MOST_ROUNDS = 100  # of forgetting: a belief names the newest of its events only


@router.get("")
def about_me(context: ContextDep, request: Request, me: Reader, did: Did = None) -> Response:
    """The profile in words, the settings, and the reader's data."""
    return view(
        request,
        "about_me",
        me,
        profile=profile_of(context, me.user),
        sessions=context.store.sessions.of_user(me.user),
        told=told_of(context, did, events_of(context, me.user)),
        cards=[],
        nonce=uuid4().hex,
    )


@router.post("/say")
def say(context: ContextDep, me: Reader, form: FormDep) -> Response:
    """Follow or mute a topic, an author, a venue or an interest in plain words; or neither any more."""
    verb, aspect, name = (first(form, field) or "" for field in ("verb", "aspect", "name"))
    if verb not in _VERBS:
        raise Problem(422, "invalid-request", f"verb: choose one of {', '.join(_VERBS)}", field="verb")
    with checked():
        wish = Correction.model_validate({"id": first(form, "nonce"), verb: [{aspect: name}]})
    return back("/about-me", did=correct(context, me.user, wish)[-1])


@router.post("/forget")
def forget(context: ContextDep, me: Reader, form: FormDep) -> Response:
    """Take back all that a belief comes from, and so the belief."""
    did = ""
    for _ in range(_MOST_ROUNDS):
        events = _events_of_belief(context, me.user, form)
        if not events:
            break
        did = correct(context, me.user, Correction(forget=events))[-1]
    return back("/about-me", did=did)


@router.post("/settings")
def settings(context: ContextDep, me: Reader, form: FormDep) -> Response:
    """Set what differs from what is set now."""
    now = {choice["name"]: choice["value"] for choice in profile_of(context, me.user)["settings"]}
    chosen = {name: value for name, value in _chosen(form).items() if value != now[name]}
    with checked():
        wish = Correction.model_validate({"settings": chosen})
    did = correct(context, me.user, wish)
    return back("/about-me", did=did[-1] if did else "")


@router.post("/reset")
def reset(context: ContextDep, me: Reader, form: FormDep) -> Response:
    """Begin anew; it can be taken back."""
    return back("/about-me", did=begin_anew(context, me.user, first(form, "nonce")) or "")


@router.get("/export")
def export(context: ContextDep, me: Reader) -> Response:
    """All that the record has of the reader, to take along."""
    return export_reader(context, me.user)


@router.get("/delete")
def ask_delete(request: Request, me: Reader) -> Response:
    """Ask whether all is to go."""
    return view(request, "delete", me)


@router.post("/delete")
def delete(context: ContextDep, request: Request, me: Reader, form: FormDep) -> Response:
    """Remove the reader for good, and sign them out."""
    if first(form, "name") != me.user:
        raise Problem(422, "invalid-request", f"name: type {me.user} to say that you mean it", field="name")
    erase(context, me.user)
    text = "All that was known of you is gone, here and from the next training on. You can close this page."
    response = page("told", title="Deleted", text=text)
    drop_session(request, response)
    return response


@router.post("/sessions")
def end_session(context: ContextDep, me: Reader, form: FormDep) -> Response:
    """Sign out elsewhere."""
    context.store.sessions.end(first(form, "session") or "", me.user)
    return back("/about-me")


def _events_of_belief(context: Context, user: str, form: Form) -> list[str]:
    """The events that the belief comes from which a form names, as things stand; none where there is none."""
    named = {name: first(form, name) or "" for name in ("about", "name", "how")}
    papers = form.get("paper", [])
    return next(
        (
            list(belief["events"])
            for belief in profile_of(context, user)["beliefs"]
            if list(belief["papers"]) == papers and all(belief[key] == value for key, value in named.items())
        ),
        [],
    )


def _chosen(form: Form) -> dict[str, Any]:
    """The settings as a form has them: of a switch that is off it says nothing."""
    chosen: dict[str, Any] = {name.value: first(form, name) is not None for name in SWITCHES}
    for name in SETTINGS.keys() - set(SWITCHES):
        given = first(form, name)
        try:
            if given is not None:
                chosen[name.value] = float(given)
        except ValueError:
            raise Problem(422, "invalid-request", f"{name}: give a number", field=name) from None
    return chosen
