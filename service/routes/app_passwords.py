"""/v1/users/{id}/app-passwords: how a reader's feed reader logs in to the Google Reader API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from recsys.store import Scope, TokenInfo
from service.answers import AppPassword, AppPasswordList
from service.parameters import ContextDep, UserId
from service.problems import Problem
from service.replies import JSON

router = APIRouter(prefix="/v1", tags=["feeds"])

_MOST = 100
_EXAMPLE: dict[str, Any] = {"named": {"value": {"name": "newsboat on the laptop"}}}


class NewPassword(BaseModel):
    """What the password is for."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: str = Field(default="", max_length=100, description="For your own list, such as the client")


@router.post("/users/{id:path}/app-passwords", status_code=201, response_model=AppPassword)
def make(
    context: ContextDep,
    id: UserId,
    body: Annotated[NewPassword | None, Body(openapi_examples=_EXAMPLE)] = None,
) -> JSON:
    """Make a password for one feed reader of the reader's: it is told this once, and works until revoked.

    It opens the Google Reader API as this reader, and nothing else.
    """
    if len(context.store.tokens.of_user(id, Scope.APP)) >= _MOST:
        raise Problem(409, "too-many", f"{id!r} has {_MOST} app passwords: revoke some with DELETE")
    info, password = context.store.tokens.create(id, Scope.APP, body.name if body else "")
    return JSON({**_public(info), "user": id, "password": password}, 201)


@router.get("/users/{id:path}/app-passwords", response_model=AppPasswordList)
def list_passwords(context: ContextDep, id: UserId) -> JSON:
    """List the reader's valid app passwords by id: they can't be told again."""
    return JSON({"items": [_public(info) for info in context.store.tokens.of_user(id, Scope.APP)]})


@router.delete("/users/{id:path}/app-passwords/{password}", status_code=204)
def revoke(
    context: ContextDep,
    id: UserId,
    password: Annotated[
        str,
        Path(
            min_length=1,
            max_length=32,
            description="The password's id in the list",
            examples=["d3986b17e743"],
        ),
    ],
) -> Response:
    """Revoke an app password: it stops working at once."""
    if not context.store.tokens.revoke(password, id, Scope.APP):
        raise Problem(
            404, "unknown-password", f"{id!r} has no valid app password {password!r}", field="password"
        )
    return Response(status_code=204)


def _public(info: TokenInfo) -> dict[str, Any]:
    created = datetime.fromtimestamp(info.created / 1000, UTC).isoformat(timespec="milliseconds")
    return {"id": info.id, "name": info.name, "created": created}
