"""Files of events: JSON lines, or CSV with a header; the fields are those of `recsys.events.Event`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from recsys.events import Event, StoredEvent, stored
from recsys.sources import csv_table
from recsys.sources.reading import json_lines
from recsys.sources.records import Rejected, validated

_REQUIRED = ("id", "user", "kind")
_COLUMNS = {*Event.model_fields, "slate_id"}


def events_file(stream: BinaryIO, head: bytes, received_ms: int) -> Iterator[StoredEvent | Rejected]:
    """Events of a stream that begins with `head`; one without a time happened at `received_ms`."""
    values = json_lines(stream) if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") else _csv(stream)
    for line, value in values:
        event = validated(Event, line, value)
        yield event if isinstance(event, Rejected) else stored(event, received_ms)


def _csv(stream: BinaryIO) -> Iterator[tuple[int, Any]]:
    for line, row in csv_table.rows(stream, required=_REQUIRED):
        if isinstance(row, Rejected):
            yield line, row
        else:
            yield line, {name: cell for name, cell in row.items() if name in _COLUMNS}
