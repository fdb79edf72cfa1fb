"""How views are answered: a template with what every page shows, or the way to the next page."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse

from recsys.store import Scope, StoreError
from service.feeds.addresses import Addresses
from service.pages import page
from service.parameters import context_of
from service.routes.feeds import base_of
from service.sessions import SignedIn

THEMES = ("", "light", "dark")
_LONGEST = 2_000


def view(request: Request, name: str, me: SignedIn, status: int = 200, **values: Any) -> HTMLResponse:
    """The page of a template that extends `site.html.j2`, for a reader who is signed in."""
    return page(
        name,
        status,
        me=me,
        path=request.url.path,
        here=here(request),
        theme=theme_of(request),
        feed=_feed(request, me.user),
        **values,
    )


def back(to: str | None, **query: str) -> RedirectResponse:
    """To the page that a form came from, with these in its query; a form never leads elsewhere."""
    path = local(to)
    if query:
        path, _, old = path.partition("?")
        kept = [pair for pair in old.split("&") if pair and pair.partition("=")[0] not in query]
        path = f"{path}?{'&'.join([*kept, urlencode(query)])}"
    return RedirectResponse(path, 303)


def local(to: str | None) -> str:
    """The path of ours that is meant, or the first page.

    >>> local("/search?q=a"), local("//elsewhere.example/"), local("https://elsewhere.example/")
    ('/search?q=a', '/', '/')
    """
    whole = to or "/"
    parts = urlsplit(whole) if whole.isprintable() and len(whole) <= _LONGEST else urlsplit("")
    ours = not (parts.scheme or parts.netloc) and parts.path.startswith("/") and "\\" not in whole
    return whole if ours and not whole.startswith("//") else "/"


def here(request: Request) -> str:
    """This page's own path and query, without the act that it tells of."""
    kept = [pair for pair in request.url.query.split("&") if pair and not pair.startswith("did=")]
    return request.url.path + (f"?{'&'.join(kept)}" if kept else "")


def theme_of(request: Request) -> str:
    """Light or dark, as the reader chose; empty: as their system is."""
    theme = request.cookies.get("theme", "")
    return theme if theme in THEMES else ""


def _feed(request: Request, user: str) -> str | None:
    """The address of the reader's newest feed, if they have one."""
    context = context_of(request)
    try:
        tokens = context.store.tokens.of_user(user, Scope.FEED)
        found = context.feed_tokens.again(tokens[-1].id) if tokens else None
    except StoreError:
        return None
    return Addresses(base_of(request), found[1]).main()["atom"] if found else None
