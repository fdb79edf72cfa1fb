"""What a reader has read, starred and passed over, from their events; and the events that change it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import uuid4

from recsys.events import Event, Kind, StoredEvent, now_ms
from recsys.papers import Paper
from recsys.profile import standing_events
from service.context import Context

_PASSED = "passed-"  # begins the ids of the impressions that "mark all as read" records
_PASS_LASTS_MS = 30 * 86_400_000  # then a paper that was passed over may be recommended again
_SLATES = 30  # how far back a paper's slate is looked for


@dataclass(frozen=True, slots=True)
class Marks:
    """Ids of papers; `read` has those passed over among it, `starred` the latest first."""

    read: frozenset[str]
    starred: tuple[str, ...]
    passed: frozenset[str]


def marks_of(events: Iterable[StoredEvent]) -> Marks:
    """The marks that these events amount to.

    >>> save = StoredEvent("e1", "ada", Kind.SAVE, 1_000, item="p1")
    >>> marks_of([save]).starred
    ('p1',)
    """
    read: set[str] = set()
    passed: set[str] = set()
    lasting = now_ms() - _PASS_LASTS_MS
    starred: dict[str, None] = {}
    for event in standing_events(events):
        if event.item is None:
            continue
        if event.kind is Kind.READ:
            read.add(event.item)
        elif event.kind is Kind.IMPRESSION and event.id.startswith(_PASSED) and event.time > lasting:
            passed.add(event.item)
        elif event.kind is Kind.SAVE:
            starred.pop(event.item, None)
            starred[event.item] = None
        elif event.kind is Kind.UNSAVE:
            starred.pop(event.item, None)
    return Marks(frozenset(read | passed), tuple(reversed(starred)), frozenset(passed))


def acts(context: Context, user: str, kind: Kind, papers: Iterable[Paper]) -> list[Event]:
    """Events of one kind on these papers, each with the last slate that showed it."""
    shown = {
        item.item: (slate.id, item.position)
        for slate in reversed(context.store.slates.of_user(user, _SLATES))
        for item in slate.items
    }
    prefix = _PASSED if kind is Kind.IMPRESSION else "reader-"
    events = []
    for paper in papers:
        slate, position = shown.get(paper.id, (None, None))
        id = f"{prefix}{uuid4().hex}"
        events.append(Event(id=id, user=user, kind=kind, item=paper.id, slate=slate, position=position))
    return events


def unread(user: str, events: Iterable[StoredEvent], papers: Iterable[Paper]) -> list[Event]:
    """Events that take back all that makes these papers read."""
    wanted = {paper.id for paper in papers}
    return [
        Event(id=f"reader-{uuid4().hex}", user=user, kind=Kind.UNDO, undoes=event.id)
        for event in standing_events(events)
        if event.item in wanted and _marks_as_read(event)
    ]


def _marks_as_read(event: StoredEvent) -> bool:
    return event.kind is Kind.READ or (event.kind is Kind.IMPRESSION and event.id.startswith(_PASSED))
