"""Who looks at a page: the reader of the session that the browser's cookie names."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Response
from fastapi.concurrency import run_in_threadpool

from recsys.store.sessions import LASTS_MS
from service.parameters import ContextDep
from service.problems import Problem
from service.sessions import SignedIn


class NotSignedIn(Exception):
    """The browser has no session, or one that has ended; it is shown how to sign in."""


def cookie_name(request: Request) -> str:
    """The cookie's name; browsers let nobody but us set one of the longer name."""
    return "__Host-recsys" if is_https(request) else "recsys"


def is_https(request: Request) -> bool:
    """Whether the browser reaches us by HTTPS."""
    public: str | None = request.app.state.context.public_url
    return request.url.scheme == "https" or bool(public and public.startswith("https://"))


def set_session(request: Request, response: Response, token: str) -> None:
    """Give the browser its session."""
    response.set_cookie(
        cookie_name(request),
        token,
        max_age=LASTS_MS // 1000,
        httponly=True,
        samesite="lax",
        secure=is_https(request),
    )


def drop_session(request: Request, response: Response) -> None:
    """Take it away again."""
    response.delete_cookie(cookie_name(request), httponly=True, samesite="lax", secure=is_https(request))


async def maybe_signed_in(context: ContextDep, request: Request) -> SignedIn | None:
    """Who is signed in, if anybody is."""
    token = request.cookies.get(cookie_name(request))
    return await run_in_threadpool(context.sessions.holder, token) if token else None


MaybeReader = Annotated[SignedIn | None, Depends(maybe_signed_in)]


async def signed_in(found: MaybeReader) -> SignedIn:
    """Who is signed in.

    Raises:
        NotSignedIn: nobody is.
    """
    if found is None:
        raise NotSignedIn
    return found


Reader = Annotated[SignedIn, Depends(signed_in)]


async def admin(me: Reader) -> SignedIn:
    """Who is signed in as one who may see /admin.

    Raises:
        Problem: 403, they may not.
    """
    if not me.is_admin:
        detail = f"{me.user!r} is no admin: `recsys users invite {me.user} --admin` makes a link for one"
        raise Problem(403, "not-admin", detail)
    return me


Admin = Annotated[SignedIn, Depends(admin)]
