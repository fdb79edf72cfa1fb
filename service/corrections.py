"""What a reader corrects of their profile, as events."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Self
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field, StrictBool, create_model, model_validator

from recsys.events import SETTINGS, SWITCHES, TARGETS, Event, Kind, Setting, StoredEvent
from recsys.store import Outcome
from service.context import Context
from service.problems import Problem
from service.recording import record

_MOST_TARGETS = 100
_MOST_FORGOTTEN = 1_000

RequestId = Annotated[
    str | None,
    Field(
        min_length=1,
        max_length=128,
        pattern=r"^[ -~]+$",
        description="made by the client: a request that is sent again under the same id counts once",
    ),
]


class Target(BaseModel):
    """What is followed or muted: one topic, author, venue, or interest in plain words."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    topic: str | None = Field(default=None, min_length=1, max_length=200)
    author: str | None = Field(default=None, min_length=1, max_length=200)
    venue: str | None = Field(default=None, min_length=1, max_length=200)
    text: str | None = Field(default=None, min_length=1, max_length=300)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self.model_dump(exclude_none=True)) != 1:
            raise ValueError(f"give one of {', '.join(TARGETS[:-1])} or {TARGETS[-1]}")
        return self

    @property
    def named(self) -> tuple[str, str]:
        """The aspect, and its name."""
        return next(iter(self.model_dump(exclude_none=True).items()))


def _setting_field(name: Setting) -> Any:
    bounds = SETTINGS[name]
    kind: Any = StrictBool
    if name not in SWITCHES:
        kind = Annotated[float, Field(strict=True, ge=bounds.least, le=bounds.most, allow_inf_nan=False)]
    return kind | None, Field(default=None, alias=name.value, description="null: as usual")


# Pydantic's own checks, from the one table that says which settings there are.
ChosenSettings: type[BaseModel] = create_model(
    "ChosenSettings",
    __config__=ConfigDict(extra="forbid"),
    **{name.name.lower(): _setting_field(name) for name in SETTINGS},
)


class Correction(BaseModel):
    """What is to be different from now on; what isn't named stays as it is."""

    model_config = ConfigDict(extra="forbid")

    id: RequestId = None
    settings: ChosenSettings = Field(default_factory=ChosenSettings)  # type: ignore[valid-type]
    follow: list[Target] = Field(default=[], max_length=_MOST_TARGETS)
    mute: list[Target] = Field(default=[], max_length=_MOST_TARGETS)
    unfollow: list[Target] = Field(
        default=[], max_length=_MOST_TARGETS, description="takes back a follow or a mute"
    )
    forget: list[Annotated[str, Field(min_length=1, max_length=128)]] = Field(
        default=[], max_length=_MOST_FORGOTTEN, description="ids of events that are to count no more"
    )

    def targets(self) -> Iterator[tuple[Kind, list[Target]]]:
        """The targets of each kind of stance."""
        yield from ((Kind.FOLLOW, self.follow), (Kind.MUTE, self.mute), (Kind.UNFOLLOW, self.unfollow))


def correct(context: Context, user: str, correction: Correction) -> list[str]:
    """Record a correction as events, in one transaction; they have the last word on all there is so far.

    Returns:
        the ids of the events.

    Raises:
        Problem: 422, it contradicts itself, or an event to be forgotten is none of the reader's; nothing was
            recorded.
        recsys.store.StoreError: the record can't be written; nothing was recorded.
    """
    _check_decided(correction)
    there = context.store.events.of_user(user)
    _check_forgotten(user, correction.forget, there)
    return last_word(context, user, correction.id, list(_acts(correction)), there)


def begin_anew(context: Context, user: str, request: str | None) -> str | None:
    """Let nothing that the reader did or said so far count; the id of the event, None if there was nothing.

    Raises:
        recsys.store.StoreError: the record can't be written; nothing was recorded.
    """
    there = context.store.events.of_user(user)
    return last_word(context, user, request, [{"kind": Kind.RESET}], there)[0] if there else None


def last_word(
    context: Context,
    user: str,
    request: str | None,
    acts: Sequence[dict[str, Any]],
    there: Sequence[StoredEvent],
) -> list[str]:
    """Record acts of a reader after all of their events; once only, if the request has an id.

    Returns:
        the ids of the events.

    Args:
        context: the parts.
        user: the reader.
        request: its id, if it has one.
        acts: the fields of each event but its id and user.
        there: all of the reader's events so far, oldest first.

    Raises:
        Problem: 409, somebody has taken the id of an event that would have been ours.
    """
    events = [Event(id=_id(user, request, act), user=user, **act) for act in acts]
    distinct = list({event.id: event for event in events}.values())
    if not distinct:
        return []
    outcomes = record(context, distinct, after=there[-1].time if there else 0)
    if Outcome.CONFLICT in outcomes:
        raise Problem(409, "id-conflict", "give the request another id, such as a UUID", field="id")
    return [event.id for event in distinct]


def _acts(correction: Correction) -> Iterator[dict[str, Any]]:
    settings: BaseModel = correction.settings
    for name in SETTINGS:
        if name.name.lower() in settings.model_fields_set:
            value = getattr(settings, name.name.lower())
            value = SETTINGS[name].usual if value is None else float(value)
            yield {"kind": Kind.SET, "setting": name, "value": value}
    for kind, targets in correction.targets():
        yield from ({"kind": kind, **dict([target.named])} for target in targets)
    yield from ({"kind": Kind.UNDO, "undoes": id} for id in correction.forget)


def _check_decided(correction: Correction) -> None:
    seen: dict[tuple[str, str], Kind] = {}
    for kind, targets in correction.targets():
        for place, target in enumerate(targets):
            aspect, name = target.named
            earlier = seen.setdefault((aspect, name.casefold()), kind)
            if earlier is not kind:
                detail = f"the {aspect} {name!r} is under {earlier} too: decide for one of them"
                raise Problem(422, "invalid-request", detail, field=f"{kind}.{place}")


def _check_forgotten(user: str, ids: Sequence[str], there: Sequence[StoredEvent]) -> None:
    known = {event.id for event in there}
    for place, id in enumerate(ids):
        if id not in known:
            detail = (
                f"{user!r} has no event {id!r}: take an id from the events of a belief, or from the export"
            )
            raise Problem(422, "unknown-event", detail, field=f"forget.{place}")


def _id(user: str, request: str | None, act: dict[str, Any]) -> str:
    """An id of ours: of the request and the act, so that it can't be anything else's; else a new one."""
    if request is None:
        return uuid4().hex
    about = "\0".join((user, request, *(f"{name}={value}" for name, value in sorted(act.items()))))
    return f"own:{hashlib.sha256(about.encode()).hexdigest()[:32]}"
