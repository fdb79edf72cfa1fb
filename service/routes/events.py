"""POST /v1/events: what readers did, kept before it is answered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict, Field, JsonValue, SkipValidation, ValidationError

from recsys.events import Event, StoredEvent, explain_errors, now_ms, parse, stored
from recsys.store import Outcome, StoreError
from service.answers import EventsAnswer
from service.batch import MOST_ENTRIES, echoed_id, entries_of, refusal
from service.context import Context
from service.parameters import ContextDep
from service.problems import Problem, unknown_paper
from service.replies import JSON

router = APIRouter(prefix="/v1", tags=["events"])


class EventBatch(BaseModel):
    """Several events, each taken or refused by itself."""

    model_config = ConfigDict(extra="forbid")

    events: list[Event | JsonValue] = Field(
        max_length=MOST_ENTRIES, description="events; an entry that is none is refused by itself"
    )


_EXAMPLES: dict[str, Any] = {
    "one": {"value": {"id": "e-1", "user": "ada", "kind": "save", "item": "arxiv:1706.03762"}},
    "batch": {
        "value": {
            "events": [
                {
                    "id": "e-2",
                    "user": "ada",
                    "kind": "read",
                    "item": "arxiv:1706.03762",
                    "seconds": 95,
                    "time": "2026-11-20T09:30:00Z",
                },
                {"id": "e-3", "user": "ada", "kind": "follow", "topic": "cs.LG"},
            ]
        }
    },
}


@router.post("/events", response_model=EventsAnswer)
def post_events(
    context: ContextDep, body: Annotated[SkipValidation[Event | EventBatch], Body(openapi_examples=_EXAMPLES)]
) -> JSON:
    """Record events.

    An event that is accepted is on disk, and in every answer from now on. Its id is the idempotency key: an
    event sent again is `repeated` and counts once. One event that is refused by itself is answered by its
    problem; in a batch the refused ones are listed, and the others are kept.
    """
    entries, alone = entries_of(body, "events")
    received = now_ms()
    taken: dict[int, StoredEvent] = {}
    refused: dict[int, Problem] = {}
    timeless = set()
    for index, raw in enumerate(entries):
        try:
            event = parse(raw)
        except ValidationError as error:
            field, mend = explain_errors(error)
            refused[index] = Problem(422, "invalid-event", mend, field=field or "event")
            continue
        taken[index] = stored(event, received)
        if event.time is None:
            timeless.add(event.id)
    kept: dict[Outcome, list[StoredEvent]] = {Outcome.ACCEPTED: [], Outcome.REPEATED: []}
    outcomes = context.store.events.add(list(taken.values()), received, timeless=timeless) if taken else []
    for (index, sent), outcome in zip(taken.items(), outcomes, strict=True):
        if outcome in kept:
            kept[outcome].append(sent)
        else:
            refused[index] = _refused_by_record(sent, outcome)
    _count(context, kept, refused)
    fresh = _refresh(context, {event.user for events in kept.values() for event in events})
    if alone and refused:
        raise refused[0]
    return JSON(
        {
            "accepted": _ids(kept[Outcome.ACCEPTED]),
            "repeated": _ids(kept[Outcome.REPEATED]),
            "refused": [
                refusal(index, echoed_id(entries[index]), refused[index]) for index in sorted(refused)
            ],
            "state": "fresh" if fresh else "deferred",
        }
    )


def _refused_by_record(event: StoredEvent, outcome: Outcome) -> Problem:
    if outcome is Outcome.UNKNOWN_ITEM:
        problem = unknown_paper(event.item or "")
        problem.document["field"] = "item"
        return problem
    detail = f"another event is recorded as {event.id!r}: give each event an id of its own, such as a UUID"
    return Problem(409, "id-conflict", detail, field="id")


def _refresh(context: Context, users: Iterable[str]) -> bool:
    """Compute the states anew, before the answer promises it; whether all of them reached Redis."""
    fresh = True
    for user in sorted(users):
        try:
            fresh &= context.states.refresh(user).from_redis
        except StoreError:  # the events are kept, and the next look at the record shows them
            fresh = False
    return fresh


def _count(context: Context, kept: dict[Outcome, list[StoredEvent]], refused: dict[int, Problem]) -> None:
    for outcome, events in kept.items():
        context.metrics.events.labels(outcome.value).inc(len(events))
    context.metrics.events.labels("refused").inc(len(refused))


def _ids(events: Sequence[StoredEvent]) -> list[str]:
    return [event.id for event in events]
