"""Which of the documented paths an address is: the first that fits, as routes are found too."""

from __future__ import annotations

import re

from fastapi import Request
from starlette.exceptions import HTTPException


def documented_path(request: Request) -> tuple[str, list[str]]:
    """The path's template and the methods it takes; an empty one if /openapi.json doesn't name it."""
    for template, methods in request.app.openapi()["paths"].items():
        form = re.sub(r"\\\{\w+\\\}", ".+", re.escape(template))
        if re.fullmatch(form, request.url.path):
            return template, [method.upper() for method in methods]
    return "", []


def no_other_path(request: Request) -> None:
    """For a route that takes all that follows: refuse what is another path's, by a method that isn't.

    Raises:
        HTTPException: 405, such as for DELETE /v1/users/ada/profile, which is no wish to delete a reader.
    """
    template, methods = documented_path(request)
    if template and request.method not in methods:
        raise HTTPException(405)
