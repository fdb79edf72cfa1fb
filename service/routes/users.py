"""/v1/users/{id}: what is known of a reader, and what they make of it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Annotated

from fastapi import APIRouter, Body, Depends
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict

from recsys.export import export
from service.answers import ProfileAnswer
from service.corrections import Correction, RequestId, begin_anew, correct
from service.erasing import erase
from service.parameters import ContextDep, UserId
from service.paths import no_other_path
from service.profile import profile_of
from service.reader_answers import ErasedAnswer, ExportAnswer
from service.replies import JSON

router = APIRouter(prefix="/v1", tags=["users"])

_EXAMPLES = {
    "settings": {"value": {"settings": {"breadth": 2, "paused": False}}},
    "interests": {
        "value": {"follow": [{"text": "calibration of reward models"}], "mute": [{"topic": "cs.CV"}]}
    },
    "once": {"value": {"id": "c-1", "unfollow": [{"topic": "cs.CV"}]}},
}


class Reset(BaseModel):
    """A request to forget."""

    model_config = ConfigDict(extra="forbid")

    id: RequestId = None


@router.get("/users/{id:path}/profile", response_model=ProfileAnswer)
def profile(context: ContextDep, id: UserId) -> JSON:
    """What is known and believed of a reader, and from which events; zeros for one nobody has heard of."""
    return JSON(profile_of(context, id))


@router.patch("/users/{id:path}/profile", response_model=ProfileAnswer)
def correct_profile(
    context: ContextDep, id: UserId, body: Annotated[Correction, Body(openapi_examples=_EXAMPLES)]
) -> JSON:
    """Correct the profile: all of the body or nothing, in the very next answer.

    It is recorded as events, which can be undone like any other.
    """
    correct(context, id, body)
    return JSON(profile_of(context, id))


@router.post("/users/{id:path}/reset", response_model=ProfileAnswer)
def reset(context: ContextDep, id: UserId, body: Reset | None = None) -> JSON:
    """Begin anew: nothing that the reader did or said so far counts any more, but for their settings.

    Their events are still in the record, and undoing the reset brings them back; DELETE removes them.
    """
    begin_anew(context, id, body.id if body else None)
    return JSON(profile_of(context, id))


@router.get("/users/{id:path}/export", response_model=ExportAnswer)
def export_reader(context: ContextDep, id: UserId) -> StreamingResponse:
    """All that the record has of a reader, as one JSON document: their settings, events and slates."""
    pieces = export(context.store, id)
    first = next(pieces)  # a dead record is told before the answer begins
    whole: Iterator[bytes] = chain([first], pieces)
    headers = {"Content-Disposition": 'attachment; filename="reader.json"'}
    return StreamingResponse(whole, media_type="application/json", headers=headers)


@router.delete("/users/{id:path}", response_model=ErasedAnswer, dependencies=[Depends(no_other_path)])
def delete_reader(context: ContextDep, id: UserId) -> JSON:
    """Remove a reader for good: from the record, from Redis, from what is trending, and from the next bundle.

    Deleting again removes nothing. An event that arrives later makes a new reader.
    """
    return JSON({"user": id, "erased": erase(context, id)})
