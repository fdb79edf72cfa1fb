"""What is recorded of a reader: the kinds of event, what each of them takes, and how it is checked.

What an event says about preference is stated in `recsys.meaning`.
"""

from __future__ import annotations

import time as clock
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

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
    SEED = "seed"  # a paper that a newcomer names as being of their field
    PREFER = "prefer"  # the paper rather than the other one
    SIMILAR = "similar"  # the two papers are alike to this reader
    DIFFERENT = "different"
    FOLLOW = "follow"
    MUTE = "mute"
    UNFOLLOW = "unfollow"  # takes back a follow or a mute
    UNDO = "undo"
    SET = "set"
    RESET = "reset"  # forget all that went before, but for the settings


class Reason(StrEnum):
    """Why a paper is hidden or disliked; the event then says nothing beyond that aspect."""

    TOPIC = "topic"
    AUTHOR = "author"
    ALREADY_KNOW = "already-know"
    TOO_OLD = "too-old"
    LOW_QUALITY = "low-quality"
    NOT_NOW = "not-now"


class Setting(StrEnum):
    """What a reader can set; each takes a number, the switches 0 or 1."""

    PAUSED = "paused"  # 1: nothing is personal until it is 0 again
    LEARN_FROM_LIKES = "learn-from-likes"  # 0: acts on papers count for what is trending only
    EXPLORATION = "exploration"  # 0: no place is drawn at random
    DISCOVERY = "discovery"  # how many places are drawn, as a multiple of the usual
    BREADTH = "breadth"  # how varied a list is, as a multiple of what suits the reader
    FRESHNESS = "freshness"  # how much new papers are favoured, in standard deviations per halving of age


class Bounds(NamedTuple):
    """The values a setting may take, and the one it has until it is set."""

    least: float
    most: float
    usual: float


SETTINGS: Mapping[Setting, Bounds] = {
    Setting.PAUSED: Bounds(0, 1, 0),
    Setting.LEARN_FROM_LIKES: Bounds(0, 1, 1),
    Setting.EXPLORATION: Bounds(0, 1, 1),
    Setting.DISCOVERY: Bounds(0, 3, 1),
    Setting.BREADTH: Bounds(0, 4, 1),
    Setting.FRESHNESS: Bounds(-1, 1, 0),
}
SWITCHES = (Setting.PAUSED, Setting.LEARN_FROM_LIKES, Setting.EXPLORATION)

TARGETS = ("topic", "author", "venue", "text")  # what can be followed and muted
_ABOUT_TWO = (Kind.PREFER, Kind.SIMILAR, Kind.DIFFERENT)
_ABOUT_A_TARGET = (Kind.FOLLOW, Kind.MUTE, Kind.UNFOLLOW)
_ABOUT_NO_PAPER = (*_ABOUT_A_TARGET, Kind.UNDO, Kind.SET, Kind.RESET)


class Event(BaseModel):
    """One act of one reader, as clients send it.

    `time` is an RFC 3339 time or a number of seconds since the epoch; left out, it is the time of arrival.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, str_strip_whitespace=True)

    id: str = Field(min_length=1, max_length=128, description="made by the client: the idempotency key")
    user: str = Field(min_length=1, max_length=128)
    kind: Kind
    item: str | None = Field(default=None, min_length=1, max_length=320, description="a paper's id")
    other: str | None = Field(
        default=None,
        min_length=1,
        max_length=320,
        description="the second paper of a prefer (the item is preferred to it), similar or different",
    )
    topic: str | None = Field(default=None, min_length=1, max_length=200)
    author: str | None = Field(default=None, min_length=1, max_length=200)
    venue: str | None = Field(default=None, min_length=1, max_length=200)
    text: str | None = Field(
        default=None, min_length=1, max_length=300, description="an interest in plain words"
    )
    time: datetime | None = None
    slate: str | None = Field(default=None, max_length=64, validation_alias=AliasChoices("slate", "slate_id"))
    position: int | None = Field(default=None, ge=0, le=10_000)
    seconds: float | None = Field(default=None, ge=0, le=86_400, allow_inf_nan=False)
    scroll: float | None = Field(
        default=None, ge=0, le=1, allow_inf_nan=False, description="how far down the paper was read"
    )
    reason: Reason | None = Field(default=None, description="why it is hidden or disliked")
    undoes: str | None = Field(default=None, min_length=1, max_length=128, description="an event's id")
    setting: Setting | None = None
    value: float | None = Field(default=None, allow_inf_nan=False)

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
    def _fits_its_kind(self) -> Event:
        for complaint in _complaints(self):
            raise ValueError(complaint)
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
    other: str | None = None
    author: str | None = None
    venue: str | None = None
    text: str | None = None
    scroll: float | None = None
    reason: Reason | None = None
    undoes: str | None = None
    setting: Setting | None = None
    value: float | None = None

    @property
    def target(self) -> tuple[str, str] | None:
        """What is followed or muted, or what a reason is about: (topic, author, venue or text; its name)."""
        named = ((aspect, getattr(self, aspect)) for aspect in TARGETS)
        return next(((aspect, name) for aspect, name in named if name is not None), None)


_COPIED = tuple(field.name for field in fields(StoredEvent) if field.name not in ("time", "simulated"))


def stored(event: Event, received_ms: int, *, simulated: bool = False) -> StoredEvent:
    """The event as it goes into the record; an event without a time happened when it arrived."""
    time = to_ms(event.time) if event.time else received_ms
    return StoredEvent(time=time, simulated=simulated, **{name: getattr(event, name) for name in _COPIED})


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


def _complaints(event: Event) -> Iterator[str]:
    """What is wrong with an event whose fields are each right by themselves."""
    kind = event.kind
    if kind in _ABOUT_NO_PAPER:
        if event.item is not None:
            yield f"a {kind} event takes no item"
    elif event.item is None:
        yield f"a {kind} event takes an item: the id of a paper"
    if (kind in _ABOUT_TWO) != (event.other is not None):
        yield f"a {kind} event takes " + (
            "other: the id of a second paper" if kind in _ABOUT_TWO else "no other"
        )
    if event.other is not None and event.other == event.item:
        yield "give two papers: item and other are the same"
    yield from _complaints_of_target(event)
    if event.reason is not None and kind not in (Kind.HIDE, Kind.DISLIKE):
        yield "only a hide or dislike event takes a reason"
    if kind is not Kind.READ and (event.seconds, event.scroll) != (None, None):
        yield "only a read event takes seconds and scroll"
    if (kind is Kind.UNDO) != (event.undoes is not None):
        yield "an undo event, and no other, takes undoes: the id of the event that is undone"
    yield from _complaints_of_setting(event)


def _complaints_of_target(event: Event) -> Iterator[str]:
    named = [aspect for aspect in TARGETS if getattr(event, aspect) is not None]
    if event.kind in _ABOUT_A_TARGET:
        if len(named) != 1:
            yield f"a {event.kind} event takes one of topic, author, venue or text"
    elif named and not (event.reason in (Reason.TOPIC, Reason.AUTHOR) and named == [event.reason]):
        yield f"a {event.kind} event takes no {named[0]}, unless that is its reason"


def _complaints_of_setting(event: Event) -> Iterator[str]:
    if event.kind is not Kind.SET:
        if (event.setting, event.value) != (None, None):
            yield "only a set event takes setting and value"
    elif event.setting is None or event.value is None:
        yield "a set event takes setting and value"
    else:
        bounds = SETTINGS[event.setting]
        if not bounds.least <= event.value <= bounds.most:
            yield f"{event.setting} takes a value from {bounds.least:g} to {bounds.most:g}"
        elif event.setting in SWITCHES and event.value not in (0, 1):
            yield f"{event.setting} is a switch: give 0 or 1"
