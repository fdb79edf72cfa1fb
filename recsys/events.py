"""What is recorded of a reader, and what each kind of event says about preference.

This is the one place that states the meaning of feedback. Strengths follow the usual reading of implicit
feedback (Hu, Koren and Volinsky 2008: preference is a sign, confidence a size); they are shipped defaults.
"""

from __future__ import annotations

import time as clock
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

CLOCK_SKEW_MS = 5 * 60 * 1000  # a client's clock may run this far ahead of ours
_EARLIEST_MS = 0


class Kind(StrEnum):
    """The kinds of event."""

    IMPRESSION = "impression"
    CLICK = "click"
    READ = "read"
    SAVE = "save"
    UNSAVE = "unsave"
    LIKE = "like"
    DISLIKE = "dislike"
    HIDE = "hide"
    FOLLOW = "follow"
    MUTE = "mute"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one kind of event says of a paper.

    `strength` is signed (dislike < 0 < like). `done` means that the reader is finished with the paper: it is
    not recommended again unless asked for. `hidden` means never again.
    """

    strength: float
    done: bool = False
    hidden: bool = False


MEANING: Mapping[Kind, Meaning] = {
    Kind.IMPRESSION: Meaning(0.0),
    Kind.CLICK: Meaning(0.3),
    Kind.READ: Meaning(0.6, done=True),
    Kind.SAVE: Meaning(1.0, done=True),
    Kind.UNSAVE: Meaning(0.0),
    Kind.LIKE: Meaning(1.0, done=True),
    Kind.DISLIKE: Meaning(-0.7, done=True),
    Kind.HIDE: Meaning(-0.3, hidden=True),
}
FULL_READ_SECONDS = 120.0  # reading this long counts as a whole read; less counts in proportion
QUICK_CLOSE_SECONDS = 5.0  # a read as short as this is a click, not a read: the paper may come again


class Event(BaseModel):
    """One act of one reader, as clients send it.

    `time` is an RFC 3339 time or a number of seconds since the epoch; left out, it is the time of arrival.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, str_strip_whitespace=True)

    id: str = Field(min_length=1, max_length=128, description="made by the client: the idempotency key")
    user: str = Field(min_length=1, max_length=128)
    kind: Kind
    item: str | None = Field(default=None, min_length=1, max_length=320, description="a paper's id")
    topic: str | None = Field(default=None, min_length=1, max_length=200)
    time: datetime | None = None
    slate: str | None = Field(default=None, max_length=64, validation_alias=AliasChoices("slate", "slate_id"))
    position: int | None = Field(default=None, ge=0, le=10_000)
    seconds: float | None = Field(default=None, ge=0, le=86_400, allow_inf_nan=False)

    @field_validator("id", "user")
    @classmethod
    def _printable(cls, value: str) -> str:
        if not value.isprintable():
            raise ValueError("use printable characters only")
        return value

    @field_validator("time")
    @classmethod
    def _in_utc(cls, value: datetime | None) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("give the time with its zone, such as 2026-11-24T09:30:00Z")
        if to_ms(value) < _EARLIEST_MS:
            raise ValueError("give a time after 1970-01-01")
        if to_ms(value) > now_ms() + CLOCK_SKEW_MS:
            raise ValueError("the time lies in the future: check the client's clock")
        return value.astimezone(UTC)

    @model_validator(mode="after")
    def _target(self) -> Event:
        if self.kind in (Kind.FOLLOW, Kind.MUTE):
            if self.topic is None or self.item is not None:
                raise ValueError(f"a {self.kind} event takes a topic, and no item")
        elif self.item is None:
            raise ValueError(f"a {self.kind} event takes an item: the id of a paper")
        elif self.topic is not None:
            raise ValueError(f"a {self.kind} event takes no topic")
        if self.seconds is not None and self.kind is not Kind.READ:
            raise ValueError("only a read event takes seconds")
        return self


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as the record keeps it; `time` in ms since the epoch."""

    id: str
    user: str
    kind: Kind
    time: int
    item: str | None = None
    topic: str | None = None
    slate: str | None = None
    position: int | None = None
    seconds: float | None = None
    simulated: bool = False


def stored(event: Event, received_ms: int, *, simulated: bool = False) -> StoredEvent:
    """The event as it goes into the record; an event without a time happened when it arrived."""
    return StoredEvent(
        id=event.id,
        user=event.user,
        kind=event.kind,
        time=to_ms(event.time) if event.time else received_ms,
        item=event.item,
        topic=event.topic,
        slate=event.slate,
        position=event.position,
        seconds=event.seconds,
        simulated=simulated,
    )


def strength(kind: Kind, seconds: float | None) -> float:
    """How much one event says for (> 0) or against (< 0) its paper.

    >>> strength(Kind.SAVE, None), strength(Kind.READ, 60.0), strength(Kind.IMPRESSION, None)
    (1.0, 0.3, 0.0)
    """
    value = MEANING[kind].strength
    if kind is Kind.READ and seconds is not None:
        value *= min(seconds / FULL_READ_SECONDS, 1.0)
    return value


def finishes(kind: Kind, seconds: float | None) -> bool:
    """Whether the reader is done with the paper: a saved, judged or really read one isn't repeated."""
    if kind is Kind.READ and seconds is not None and seconds <= QUICK_CLOSE_SECONDS:
        return False
    return MEANING[kind].done


def now_ms() -> int:
    """Milliseconds since the epoch."""
    return int(clock.time() * 1000)


def to_ms(moment: datetime) -> int:
    """Milliseconds since the epoch of an aware datetime.

    >>> to_ms(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000
    """
    return round(moment.timestamp() * 1000)


def explain_errors(error: ValidationError) -> tuple[str, str]:
    """The first thing wrong as (field, what and how to mend it), for problem details and CLI messages."""
    first = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return place, first["msg"].removeprefix("Value error, ")


def parse(raw: Any) -> Event:
    """An event from decoded JSON.

    Raises:
        pydantic.ValidationError: the event is malformed, oversized or future-dated.
    """
    return Event.model_validate(raw)
