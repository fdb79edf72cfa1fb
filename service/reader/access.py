"""Who is calling: a reader, by an app password of theirs."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import PlainTextResponse

from recsys.store import Scope
from service.parameters import ContextDep

_SCHEME = "GoogleLogin auth="


class BadLogin(Exception):
    """The credentials are nobody's; answered as clients of this API know it."""

    def response(self) -> PlainTextResponse:
        """401 in plain text."""
        headers = {"Google-Bad-Token": "true", "WWW-Authenticate": "GoogleLogin"}
        return PlainTextResponse("Error=BadAuthentication\n", 401, headers)


def logged_in(context: ContextDep, request: Request) -> str:
    """The reader whose token the request carries.

    Raises:
        BadLogin: it carries none, or one that is unknown or revoked.
    """
    given = request.headers.get("authorization", "")
    token = given.removeprefix(_SCHEME) if given.startswith(_SCHEME) else ""
    info = context.store.tokens.verify(token, Scope.APP)
    if info is None:
        raise BadLogin
    return info.user


Reader = Annotated[str, Depends(logged_in)]
