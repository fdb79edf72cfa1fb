"""What scripts send of readers: events, each with an id that makes it safe to send again."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from recsys.events import Event, Kind


def event(user: str, kind: Kind | str, item: str | None = None, **more: Any) -> Event:
    """An event with an id of its own, made here: sent twice, it counts once.

    Args:
        user: the reader.
        kind: what they did, such as "save".
        item: any identity of the paper; not for "follow" and "mute".
        more: `topic`, `time`, `seconds`, `slate`, `position`, or an `id` of yours.

    >>> event("ada", "save", "arxiv:1706.03762", id="e-1").kind
    <Kind.SAVE: 'save'>

    Raises:
        pydantic.ValidationError: the event makes no sense; nothing was sent.
    """
    return Event.model_validate({"id": uuid4().hex, "user": user, "kind": kind, "item": item, **more})
