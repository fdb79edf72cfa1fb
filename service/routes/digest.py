"""/v1/users/{id}/digest: whether a reader is mailed, where and when."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictBool

from recsys.store import DigestSubscription
from service.answers import DigestAnswer, DigestDeleted
from service.mail.addresses import mail_address, time_zone
from service.parameters import ContextDep, UserId
from service.problems import Problem
from service.replies import JSON

router = APIRouter(prefix="/v1", tags=["digest"])


def _number(value: Any) -> Any:
    """JSON knows numbers from texts and from true, and so do we."""
    if isinstance(value, bool | str):
        raise ValueError("give a whole number")
    return value


class DigestWish(BaseModel):
    """Where and when a reader wants the digest."""

    model_config = ConfigDict(extra="forbid")

    address: Annotated[str, AfterValidator(mail_address)] = Field(
        max_length=254, json_schema_extra={"format": "email"}
    )
    hour: Annotated[int, BeforeValidator(_number)] = Field(
        default=8, ge=0, le=23, description="of the reader's day, from 0"
    )
    zone: Annotated[str, AfterValidator(time_zone)] = Field(
        default="UTC", max_length=64, description="an IANA time zone"
    )
    on: StrictBool = Field(default=True, description="false keeps the wish, and mails nothing")


_EXAMPLES: dict[str, Any] = {
    "morning": {"value": {"address": "ada@example.org", "hour": 7, "zone": "Europe/Berlin"}}
}


@router.put("/users/{id:path}/digest", response_model=DigestAnswer)
def put_digest(
    context: ContextDep, id: UserId, body: Annotated[DigestWish, Body(openapi_examples=_EXAMPLES)]
) -> JSON:
    """Subscribe a reader to the daily mail, or change how they get it.

    A new address is first asked, by a mail of its own, whether it is the reader's.
    """
    wish = context.store.subscriptions.put(id, body.address, body.hour, body.zone, on=body.on)
    return JSON(_public(wish))


@router.get("/users/{id:path}/digest", response_model=DigestAnswer)
def get_digest(context: ContextDep, id: UserId) -> JSON:
    """How a reader gets the daily mail."""
    wish = context.store.subscriptions.get(id)
    if wish is None:
        raise Problem(404, "no-digest", f"no digest is mailed to {id!r}: subscribe with PUT", field="id")
    return JSON(_public(wish))


@router.delete("/users/{id:path}/digest", response_model=DigestDeleted)
def delete_digest(context: ContextDep, id: UserId) -> JSON:
    """Unsubscribe a reader and forget the address.

    Which papers were mailed stays known, so that none comes twice.
    """
    return JSON({"user": id, "deleted": context.store.subscriptions.delete(id)})


def _public(wish: DigestSubscription) -> dict[str, Any]:
    return {
        "user": wish.user,
        "address": wish.address,
        "hour": wish.hour,
        "zone": wish.zone,
        "on": wish.on,
        "confirmed": wish.confirmed is not None,
    }
