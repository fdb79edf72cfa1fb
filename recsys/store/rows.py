"""From rows of SQL to the types of the library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from recsys.events import Kind, Reason, Setting, StoredEvent
from recsys.papers import Paper
from recsys.store.schema import events, papers

PAPER_COLUMNS = tuple(papers.c[field.name] for field in fields(Paper))
EVENT_COLUMNS = tuple(events.c[field.name] for field in fields(StoredEvent))
# Several times faster than the enumerations' own look-up: a reader's events are all read on each new one.
_KINDS = {kind.value: kind for kind in Kind}
_REASONS = {reason.value: reason for reason in Reason}
_SETTINGS = {setting.value: setting for setting in Setting}


def as_paper(row: Sequence[Any]) -> Paper:
    """A paper from its `PAPER_COLUMNS`."""
    number, id, title, abstract, authors, topics, *rest = row
    return Paper(number, id, title, abstract, tuple(authors), tuple(topics), *rest)


def as_event(row: Sequence[Any]) -> StoredEvent:
    """An event from its `EVENT_COLUMNS`."""
    id, user, kind, time, item, topic, slate, position, seconds, simulated, *more = row
    other, author, venue, text, scroll, reason, undoes, setting, value = more
    return StoredEvent(
        id=id,
        user=user,
        kind=_KINDS[kind],
        time=time,
        item=item,
        topic=topic,
        slate=slate,
        position=position,
        seconds=seconds,
        simulated=bool(simulated),
        other=other,
        author=author,
        venue=venue,
        text=text,
        scroll=scroll,
        reason=_REASONS[reason] if reason else None,
        undoes=undoes,
        setting=_SETTINGS[setting] if setting else None,
        value=value,
    )
