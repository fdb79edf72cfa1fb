"""Logging in as Google Reader's clients do, and what they ask about the account."""

from __future__ import annotations

import hashlib

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse

from recsys.store import Scope
from service.feeds.streams import streams_of, title_of
from service.forms import FormDep, first
from service.parameters import ContextDep
from service.reader.access import BadLogin, Reader
from service.reader.items import FOLDER, STARRED
from service.replies import JSON
from service.routes.feeds import base_of

router = APIRouter(include_in_schema=False)


@router.api_route("/accounts/ClientLogin", methods=["GET", "POST"])
def client_login(context: ContextDep, request: Request, form: FormDep) -> PlainTextResponse:
    """A reader's id and app password for the token of the later requests.

    The token is the password itself: it is random, made for one client, and revoked by itself. So there are
    no sessions to keep, and a revoked password is refused at once.
    """
    query = request.query_params
    user = first(form, "Email") or query.get("Email", "")
    password = first(form, "Passwd") or query.get("Passwd", "")
    info = context.store.tokens.verify(password, Scope.APP)
    if info is None or info.user != user:
        raise BadLogin
    return PlainTextResponse(f"SID={password}\nLSID=null\nAuth={password}\n")


@router.api_route("/reader/api/0/token", methods=["GET", "POST"])
def token(request: Request, reader: Reader) -> PlainTextResponse:
    """What clients send back with each change; asked of them, but not checked.

    It guards against forged requests that ride on a browser's cookie. We take no cookies.
    """
    given = request.headers["authorization"]
    return PlainTextResponse(hashlib.sha256(given.encode()).hexdigest()[:57])


@router.get("/reader/api/0/user-info")
def user_info(reader: Reader) -> JSON:
    """Who is logged in."""
    return JSON({"userId": reader, "userName": reader, "userProfileId": reader, "userEmail": ""})


@router.get("/reader/api/0/subscription/list")
def subscriptions(context: ContextDep, request: Request, reader: Reader) -> JSON:
    """The reader's feeds, in one folder."""
    home = f"{base_of(request)}/"
    folder = {"id": FOLDER, "label": FOLDER.rpartition("/")[2]}
    found = [
        {
            "id": f"feed/{stream.path}",
            "title": title_of(context, reader, stream),
            "categories": [folder],
            "url": home,
            "htmlUrl": home,
            "iconUrl": "",
        }
        for stream in streams_of(context, reader)
    ]
    return JSON({"subscriptions": found})


@router.get("/reader/api/0/tag/list")
def tags(reader: Reader) -> JSON:
    """The folder, and the star."""
    return JSON({"tags": [{"id": STARRED}, {"id": FOLDER, "type": "folder"}]})


@router.get("/reader/api/0/preference/list")
def preferences(reader: Reader) -> JSON:
    """None."""
    return JSON({"prefs": []})


@router.get("/reader/api/0/preference/stream/list")
def stream_preferences(reader: Reader) -> JSON:
    """None."""
    return JSON({"streamprefs": {}})
