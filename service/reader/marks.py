"""What a reader has read, starred and passed over, from their events."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import uuid4

from recsys.events import Event, Kind, StoredEvent, now_ms
from recsys.papers import Paper
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
    """The marks that these events amount to; `events` oldest first.

    >>> save = StoredEvent("e1", "ada", Kind.SAVE, 1_000, item="p1")
    >>> marks_of([save]).starred
    ('p1',)
    """
    read: set[str] = set()
    passed: set[str] = set()
    lasting = now_ms() - _PASS_LASTS_MS
    starred: dict[str, None] = {}
    for event in events:
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
