"""GET /v1/recommendations: the ranked list for a reader, a page at a time."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from service.answers import SlateAnswer
from service.listing import draw, place_of
from service.parameters import Category, ContextDep, Limit, Since, User
from service.replies import JSON

router = APIRouter(prefix="/v1", tags=["recommendations"])

Repeat = Annotated[
    bool | None, Query(description="Also papers already saved, judged or read", examples=[False])
]
Cursor = Annotated[str | None, Query(max_length=8_000, description="`next` of the page before")]
Exploration = Annotated[
    Literal["on", "off"], Query(description="Whether anything is left to chance", examples=["on"])
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
    place = place_of(user, cursor, category, since, repeat)
    drawn = draw(context, user, place, limit, explore=exploration == "on", in_full=explain == "full")
    items = [
        {
            "paper": drawn.papers[item.id].public(),
            "score": item.score,
            "reasons": [reason.public() for reason in item.reasons],
            **({"explanation": item.explanation.public()} if item.explanation else {}),
            "position": item.position,
            "slate_id": drawn.slate_id,
        }
        for item in drawn.ranking.items
    ]
    return JSON(
        {
            "slate_id": drawn.slate_id,
            "user": user,
            "simulated": context.is_simulated(user),
            "policy": drawn.ranking.policy,
            "bundle": drawn.bundle,
            "items": items,
            "next": drawn.next,
            "degraded": drawn.degraded,
        }
    )
