"""/feeds: how papers reach a reader elsewhere: feeds, saved searches, feed readers' passwords, mail."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import APIRouter, Depends, Request, Response

from recsys.store import Scope
from service.context import Context
from service.feeds.addresses import Addresses
from service.forms import Form, FormDep, first
from service.parameters import ContextDep
from service.problems import Problem
from service.routes import app_passwords, digest, feed_addresses
from service.routes.feeds import base_of
from service.sessions import SignedIn
from service.site.access import Reader
from service.site.checks import checked
from service.site.guard import guarded
from service.site.views import back, view

router = APIRouter(prefix="/feeds", include_in_schema=False, dependencies=[Depends(guarded)])


@router.get("")
def elsewhere(context: ContextDep, request: Request, me: Reader) -> Response:
    """What there is."""
    return _page(context, request, me, None)


@router.post("")
def make_feeds(context: ContextDep, request: Request, me: Reader, form: FormDep) -> Response:
    """Make addresses."""
    with checked():
        body = feed_addresses.NewFeeds(name=first(form, "name") or "")
    feed_addresses.make(context, request, me.user, body)
    return back("/feeds")


@router.post("/revoke")
def revoke(context: ContextDep, me: Reader, form: FormDep) -> Response:
    """Revoke addresses, a password, or a saved search, whichever the form names."""
    for field, end in (
        ("feed", feed_addresses.revoke),
        ("search", feed_addresses.remove_search),
        ("password", app_passwords.revoke),
    ):
        if id := first(form, field):
            end(context, me.user, id)
    return back("/feeds")


@router.post("/searches")
def save_search(context: ContextDep, me: Reader, form: FormDep) -> Response:
    """Save a search, so that it is a feed."""
    with checked():
        body = feed_addresses.NewSearch(query=first(form, "query") or "")
    feed_addresses.save_search(context, me.user, body)
    return back("/feeds")


@router.post("/passwords")
def make_password(context: ContextDep, request: Request, me: Reader, form: FormDep) -> Response:
    """Make a password for one feed reader; this page is the only one that tells it."""
    with checked():
        body = app_passwords.NewPassword(name=first(form, "name") or "")
    answer = orjson.loads(app_passwords.make(context, me.user, body).body)
    return _page(context, request, me, answer["password"])


@router.post("/mail")
def mail(context: ContextDep, me: Reader, form: FormDep) -> Response:
    """Subscribe to the daily mail, or end it."""
    if first(form, "end"):
        digest.delete_digest(context, me.user)
    else:
        with checked():
            wish = digest.DigestWish(**_wish(form))
        digest.put_digest(context, me.user, wish)
    return back("/feeds")


def _wish(form: Form) -> dict[str, Any]:
    hour = first(form, "hour") or ""
    if not hour.isdecimal():
        raise Problem(422, "invalid-request", "hour: give a whole number from 0 to 23", field="hour")
    return {"address": first(form, "address") or "", "hour": int(hour), "zone": first(form, "zone") or "UTC"}


def _page(context: Context, request: Request, me: SignedIn, password: str | None) -> Response:
    store, base = context.store, base_of(request)
    feeds = []
    for info in store.tokens.of_user(me.user, Scope.FEED):
        again = context.feed_tokens.again(info.id)
        feeds.append((info, Addresses(base, again[1]).main() if again else {}))
    return view(
        request,
        "elsewhere",
        me,
        feeds=feeds,
        searches=store.searches.of_user(me.user),
        passwords=store.tokens.of_user(me.user, Scope.APP),
        password=password,
        digest=store.subscriptions.get(me.user),
        mails=context.smtp is not None,
        base=base,
    )
