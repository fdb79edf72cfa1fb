"""What a page says of the act that led to it, and how to take it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from recsys.events import Kind, Reason, StoredEvent
from recsys.store import StoreError
from service.context import Context

_DONE = {
    Kind.SAVE: "Saved",
    Kind.LIKE: "Liked",
    Kind.DISLIKE: "Less like",
    Kind.HIDE: "Hidden",
    Kind.SEED: "Named as yours",
    Kind.FOLLOW: "You follow",
    Kind.MUTE: "Muted",
    Kind.UNFOLLOW: "No longer followed or muted",
    Kind.SET: "Changed",
}
_UNDONE = "Taken back"


@dataclass(frozen=True, slots=True)
class Told:
    """A line about an act. `undo` is the event that can be taken back, `before` what was shown before it."""

    text: str
    about: str
    undo: str | None
    before: frozenset[str] | None


def told_of(context: Context, did: str | None, events: Sequence[StoredEvent]) -> Told | None:
    """What is to be said of the reader's event with this id, if they have one."""
    by_id = {event.id: event for event in events}
    event = by_id.get(did or "")
    if event is None:
        return None
    undone = by_id.get(event.undoes or "")
    stands = all(later.undoes != event.id for later in events)
    before = _shown(context, (undone or event).slate)
    if undone is not None:
        return Told(_UNDONE, _about(context, undone), None, before)
    return Told(_words(event), _about(context, event), event.id if stands else None, before)


def _words(event: StoredEvent) -> str:
    if event.kind is Kind.RESET:
        return "You begin anew: nothing from before counts"
    if event.reason is Reason.NOT_NOW:
        return "Put off for two weeks"
    return _DONE.get(event.kind, "Done")


def _about(context: Context, event: StoredEvent) -> str:
    if event.item is not None:
        paper = context.papers([event.item]).get(event.item)
        return f"“{paper.title if paper else event.item}”"
    if event.setting is not None:
        return str(event.setting)
    return f"“{event.target[1]}”" if event.target else ""


def _shown(context: Context, slate: str | None) -> frozenset[str] | None:
    """The papers of the slate that the act was on."""
    try:
        found = context.slates.find(slate) if slate else None
    except StoreError:
        return None
    return frozenset(item.item for item in found.items) if found else None
