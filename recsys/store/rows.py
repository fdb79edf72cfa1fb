"""From rows of SQL to the types of the library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from recsys.events import Kind, StoredEvent
from recsys.papers import Paper
from recsys.store.schema import events, papers

PAPER_COLUMNS = tuple(papers.c[field.name] for field in fields(Paper))
EVENT_COLUMNS = tuple(events.c[field.name] for field in fields(StoredEvent))
_KINDS = {kind.value: kind for kind in Kind}


def as_paper(row: Sequence[Any]) -> Paper:
    """A paper from its `PAPER_COLUMNS`."""
    number, id, title, abstract, authors, topics, *rest = row
    return Paper(number, id, title, abstract, tuple(authors), tuple(topics), *rest)


def as_event(row: Sequence[Any]) -> StoredEvent:
    """An event from its `EVENT_COLUMNS`."""
    id, user, kind, time, item, topic, slate, position, seconds, simulated = row
    return StoredEvent(id, user, _KINDS[kind], time, item, topic, slate, position, seconds, bool(simulated))
