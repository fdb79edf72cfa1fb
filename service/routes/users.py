"""GET /v1/users/{id}/profile: what is known of a reader."""

from __future__ import annotations

from fastapi import APIRouter

from recsys.profile import state_from_events
from service.answers import ProfileAnswer
from service.parameters import ContextDep, UserId
from service.profile import counts, favourite_topics, recent_acts
from service.replies import JSON

router = APIRouter(prefix="/v1", tags=["users"])


@router.get("/users/{id:path}/profile", response_model=ProfileAnswer)
def profile(context: ContextDep, id: UserId) -> JSON:
    """What the record says of a reader; all zeros for one it has never heard of."""
    events = context.store.events.of_user(id)
    state = state_from_events(id, events)
    papers = context.papers(state.signals)
    return JSON(
        {
            "user": id,
            "simulated": bool(events) and all(event.simulated for event in events),
            "events": len(events),
            **counts(events),
            "hidden": len(state.hidden),
            "follows": list(state.follows),
            "mutes": list(state.mutes),
            "topics": favourite_topics(state, papers),
            "recent": recent_acts(state, papers),
            "version": state.version,
        }
    )
