"""What changes something must come from a page of ours: by its headers, and by the session's token."""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from fastapi import Request

from service.forms import FormDep, first
from service.problems import Problem
from service.site.access import MaybeReader

_SAFE = ("GET", "HEAD")
_MEND = "this was not sent by a page of this service: open it anew, and try again there"


def is_ours(request: Request) -> bool | None:
    """Whether the browser says that a page of ours, or the reader themselves, sent this; None: it is silent.

    Browsers send Sec-Fetch-Site over HTTPS and on this machine only; Origin with each POST.
    """
    if (site := request.headers.get("sec-fetch-site")) is not None:
        return site in ("same-origin", "none")
    told = request.headers.get("origin") or request.headers.get("referer")
    if told is None:
        return None
    public: str | None = request.app.state.context.public_url
    ours = {request.headers.get("host", ""), urlsplit(public).netloc if public else ""}
    return bool(urlsplit(told).netloc) and urlsplit(told).netloc in ours


async def from_our_pages(request: Request) -> None:
    """Refuse what another site made the browser send.

    Raises:
        Problem: 403.
    """
    if request.method not in _SAFE and is_ours(request) is False:
        raise Problem(403, "cross-site", _MEND)


async def guarded(request: Request, me: MaybeReader, form: FormDep) -> None:
    """The dependency of all routes of pages: what isn't safe carries the token of the session.

    Raises:
        Problem: 403, it doesn't.
    """
    if request.method in _SAFE or me is None:  # without a session nothing is done in anybody's name
        return
    await from_our_pages(request)
    given = request.headers.get("x-csrf-token") or first(form, "csrf") or ""
    if not hmac.compare_digest(given.encode(), me.csrf.encode()):
        raise Problem(403, "csrf", _MEND)
