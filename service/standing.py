"""How a reader's own acts on papers stand: which of them are in force."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from recsys.events import Kind, Reason, StoredEvent
from recsys.profile import standing_events
from recsys.signals import SNOOZE_MS, is_quick

_ENDS = {Kind.UNSAVE: Kind.SAVE, Kind.LIKE: Kind.DISLIKE, Kind.DISLIKE: Kind.LIKE}
_STANDS = frozenset({Kind.SAVE, Kind.LIKE, Kind.DISLIKE, Kind.HIDE, Kind.READ})


def acts_in_force(events: Iterable[StoredEvent], now: int) -> dict[str, dict[str, str]]:
    """By paper, the acts that hold as things stand, each with the id of its latest event.

    Args:
        events: of one reader, with their undos.
        now: ms since the epoch: a paper hidden for now comes back.

    >>> saved = StoredEvent("e1", "ada", Kind.SAVE, 1, "p")
    >>> hidden = StoredEvent("e2", "ada", Kind.HIDE, 2, "p", reason=Reason.NOT_NOW)
    >>> acts_in_force([saved, hidden], now=3)
    {'p': {'save': 'e1', 'hide': 'e2'}}
    >>> acts_in_force([saved, hidden], now=3 + SNOOZE_MS)
    {'p': {'save': 'e1'}}
    """
    standing: dict[str, dict[str, str]] = defaultdict(dict)
    for event in standing_events(events):
        if event.item is None:
            continue
        acts = standing[event.item]
        if event.kind in _ENDS:
            acts.pop(_ENDS[event.kind].value, None)
        if event.kind in _STANDS and not is_quick(event) and not _is_over(event, now):
            acts[event.kind.value] = event.id
    return {item: acts for item, acts in standing.items() if acts}


def _is_over(event: StoredEvent, now: int) -> bool:
    return event.reason is Reason.NOT_NOW and event.kind is Kind.HIDE and event.time + SNOOZE_MS <= now
