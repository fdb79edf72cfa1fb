"""/: the ranked list of the reader who is signed in."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response

from service.site.access import Reader
from service.site.guard import guarded
from service.site.views import view

router = APIRouter(include_in_schema=False, dependencies=[Depends(guarded)])


@router.get("/")
def today(request: Request, me: Reader) -> Response:
    """Today's papers."""
    return view(request, "today", me)
