"""/static/…: what pages are made of beside HTML; browsers needn't ask for it twice."""

from __future__ import annotations

from fastapi import APIRouter, Response

from service.pages.assets import TYPES, content_of
from service.problems import Problem

router = APIRouter(include_in_schema=False)

_FOR_A_YEAR = {"Cache-Control": "public, max-age=31536000, immutable"}


@router.get("/static/{digest}/{name}")
def static(digest: str, name: str) -> Response:
    """One file."""
    content = content_of(digest, name)
    if content is None:
        raise Problem(404, "not-found", "there is no such file now: reload the page")
    return Response(content, headers=_FOR_A_YEAR, media_type=TYPES[name.rpartition(".")[2]])
