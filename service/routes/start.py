"""GET /v1/users/{id}/start: the papers to ask a newcomer about."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from service.cursor import Filters, Place, invalid_cursor, next_place, read_cursor, write_cursor
from service.parameters import ContextDep, UserId
from service.reader_answers import StartAnswer
from service.replies import JSON
from service.starting import start_for

router = APIRouter(prefix="/v1", tags=["users"])

DEEPEST = 500  # papers that a reader is asked about in a row

Limit = Annotated[int, Query(ge=1, le=50, description="How many papers", examples=[12])]
Cursor = Annotated[
    str | None, Query(max_length=8_000, description="`next` of the set before: none of it is asked again")
]


@router.get("/users/{id:path}/start", response_model=StartAnswer)
def start(context: ContextDep, id: UserId, limit: Limit = 12, cursor: Cursor = None) -> JSON:
    """Choose the papers whose answers would teach most of a reader.

    They are papers that the reader is likely to have an opinion on, unlike each other. Answer by likes,
    saves or dislikes with the `slate_id` and `position`; ask again with `next`, and the set is chosen on what
    is known by then.
    """
    place = Place(Filters()) if cursor is None else read_cursor(cursor, id)
    if len(place.shown) >= DEEPEST:
        raise invalid_cursor()
    state, degraded = context.state_of(id)
    chosen = start_for(context, state, min(limit, DEEPEST - len(place.shown)), place.shown)
    slate, after = chosen.slate, next_place(place, [item.item for item in chosen.slate.items])
    more = len(slate.items) == limit and len(after.shown) < DEEPEST
    return JSON(
        {
            "slate_id": slate.id,
            "user": id,
            "bundle": slate.bundle,
            "items": [
                {"paper": chosen.papers[item.item].public(), "position": item.position, "slate_id": slate.id}
                for item in slate.items
            ],
            "next": write_cursor(id, after) if more else None,
            "degraded": context.count_degraded([*degraded, *chosen.missing]),
        }
    )
