"""GET /v1/recommendations: the ranked list for a reader, a page at a time."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import uuid4

from fastapi import APIRouter, Query

from recsys import rank
from recsys.events import Setting, now_ms
from service.answers import SlateAnswer
from service.cursor import Filters, Place, invalid_cursor, next_place, read_cursor, write_cursor
from service.parameters import Category, ContextDep, Limit, Since, User, since_date
from service.ranking import log_slate, rank_for
from service.replies import JSON

router = APIRouter(prefix="/v1", tags=["recommendations"])

DEEPEST = 500  # papers of one list; then there is no next page

Repeat = Annotated[
    bool | None, Query(description="Also papers already saved, judged or read", examples=[False])
]
Cursor = Annotated[str | None, Query(max_length=8_000, description="`next` of the page before")]
Exploration = Annotated[
    Literal["on", "off"], Query(description="Whether every tenth place is drawn at random", examples=["on"])
]

Explain = Annotated[
    Literal["short", "full"],
    Query(description="`full`: each score as a sum of signed shares", examples=["short"]),
]


@router.get("/recommendations", response_model=SlateAnswer)
def recommendations(
    context: ContextDep,
    user: User,
    limit: Limit = 10,
    cursor: Cursor = None,
    category: Category = None,
    since: Since = None,
    repeat: Repeat = None,
    exploration: Exploration = "on",
    explain: Explain = "short",
) -> JSON:
    """Recommend papers to a reader.

    The answer reflects every event acknowledged before. Each page is ranked anew, without the papers of the
    pages before it; the cursor keeps the filters of the first page.
    """
    place = _place(user, cursor, category, since, repeat)
    state, degraded = context.state_of(user)
    slate_id = uuid4().hex
    filters = place.filters
    query = rank.Query(
        limit=min(limit, DEEPEST - len(place.shown)),
        category=filters.category,
        since=since_date(filters.since) if filters.since else None,
        repeat=filters.repeat,
        explore=exploration == "on" and bool(state.setting(Setting.EXPLORATION)),
        shown=frozenset(place.shown),
        in_full=explain == "full",
        now=now_ms(),
    )
    ranker = context.live.ranker
    ranking, papers, missing = rank_for(context, ranker, state, query, seed=int(slate_id[:15], 16))
    bundle = ranker.bundle.id if ranker else None
    log_slate(context, slate_id, user, ranking, bundle)
    after = next_place(place, [item.id for item in ranking.items])
    more = ranking.more and len(after.shown) < DEEPEST
    items = [
        {
            "paper": papers[item.id].public(),
            "score": item.score,
            "reasons": [reason.public() for reason in item.reasons],
            **({"explanation": item.explanation.public()} if item.explanation else {}),
            "position": item.position,
            "slate_id": slate_id,
        }
        for item in ranking.items
    ]
    return JSON(
        {
            "slate_id": slate_id,
            "user": user,
            "simulated": context.is_simulated(user),
            "policy": ranking.policy,
            "bundle": bundle,
            "items": items,
            "next": write_cursor(user, after) if more else None,
            "degraded": context.count_degraded([*degraded, *missing]),
        }
    )


def _place(
    user: str, cursor: str | None, category: str | None, since: str | None, repeat: bool | None
) -> Place:
    """Where the list stands; filters given along with a cursor must be its own."""
    if cursor is None:
        return Place(Filters(category, since, repeat or False))
    place = read_cursor(cursor, user)
    given = Filters(
        category if category is not None else place.filters.category,
        since if since is not None else place.filters.since,
        repeat if repeat is not None else place.filters.repeat,
    )
    if given != place.filters or len(place.shown) >= DEEPEST:
        raise invalid_cursor()
    return place
