"""Everything that the record has of one reader, as one JSON document, written as it is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from recsys.events import SETTINGS, now_ms
from recsys.profile import state_from_events
from recsys.store import Store

_MOMENTS = ("time", "received", "created", "revoked", "seen", "expires", "used")


def export(store: Store, user: str) -> Iterator[bytes]:
    """The document in pieces: who, when, the settings as they stand, and the rows of each table.

    Rows are as they are in the record, without what is empty, oldest first; times are RFC 3339 in UTC. Of a
    reader nobody has heard of there are the usual settings, and no rows.

    Raises:
        recsys.store.StoreError: the record can't be read; before the first piece if it is down by then.
    """
    state = state_from_events(user, store.events.of_user(user))
    head = {
        "reader": user,
        "exported": iso(now_ms()),
        "settings": {name.value: state.setting(name) for name in SETTINGS},
    }
    yield orjson.dumps(head)[:-1]
    for table, rows in store.held(user).items():
        yield b"," + orjson.dumps(table) + b":["
        for number, row in enumerate(rows):
            yield (b"," if number else b"") + orjson.dumps(_row(row))
        yield b"]"
    yield b"}\n"


def iso(ms: int) -> str:
    """A time in ms since the epoch as people and programs read it.

    >>> iso(0)
    '1970-01-01T00:00:00.000+00:00'
    """
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds")


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: iso(value) if name in _MOMENTS else value for name, value in row.items() if value is not None
    }
