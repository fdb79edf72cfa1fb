"""Cursors: where the next page goes on. They hold all of it, so paging needs no memory here."""

from __future__ import annotations

import base64
import binascii
import struct
import zlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import orjson

from recsys.rank import shown_token
from service.problems import Problem

_VERSION = 1
_HEAD = struct.Struct("<BIH")  # version, the user's token, length of the filters
_SUM = struct.Struct("<I")
_MEND = "start again without it: it is not one of ours, or it is of another user or other filters"


class Filters(NamedTuple):
    """What a list of recommendations is narrowed to, as the client wrote it; the same on every page."""

    category: str | None = None
    since: str | None = None
    repeat: bool = False


class Place(NamedTuple):
    """Where a list stands: its filters, and a token of every paper already shown."""

    filters: Filters
    shown: tuple[int, ...] = ()


def write_cursor(user: str, place: Place) -> str:
    """The cursor of a place in a user's list."""
    filters = orjson.dumps(tuple(place.filters))
    shown = np.array(place.shown, dtype="<u4").tobytes()
    payload = _HEAD.pack(_VERSION, shown_token(user), len(filters)) + filters + shown
    return _encode(payload + _SUM.pack(zlib.crc32(payload)))


def read_cursor(cursor: str, user: str) -> Place:
    """The place that a cursor of this user stands for.

    Raises:
        Problem: 422, the cursor isn't one of ours, or is another user's.
    """
    try:
        raw = _decode(cursor)
        payload, (total,) = raw[: -_SUM.size], _SUM.unpack(raw[-_SUM.size :])
        version, token, length = _HEAD.unpack(payload[: _HEAD.size])
        if zlib.crc32(payload) != total or version != _VERSION or token != shown_token(user):
            raise ValueError("altered, or of another version or user")
        body = payload[_HEAD.size :]
        shown = np.frombuffer(body[length:], dtype="<u4")
        return Place(Filters(*orjson.loads(body[:length])), tuple(shown.tolist()))
    except (ValueError, TypeError, struct.error, binascii.Error):
        raise invalid_cursor() from None


def next_place(place: Place, items: Sequence[str]) -> Place:
    """The place after these papers were shown."""
    return Place(place.filters, (*place.shown, *(shown_token(item) for item in items)))


def write_row(row: int) -> str:
    """The cursor of a list in the catalogue's order."""
    return _encode(struct.pack("<BQ", _VERSION, row))


def read_row(cursor: str) -> int:
    """The row after which such a list goes on.

    Raises:
        Problem: 422, the cursor isn't one of ours.
    """
    try:
        version, row = struct.unpack("<BQ", _decode(cursor))
        if version != _VERSION or row >= 2**63:
            raise ValueError("of another version")
        return int(row)
    except (ValueError, struct.error, binascii.Error):
        raise invalid_cursor() from None


def invalid_cursor() -> Problem:
    """422, naming the mend."""
    return Problem(422, "invalid-cursor", f"cursor: {_MEND}", field="cursor")


def _encode(payload: bytes) -> str:
    return base64.urlsafe_b64encode(payload).decode().rstrip("=")


def _decode(cursor: str) -> bytes:
    return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
