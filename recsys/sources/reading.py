"""Reading untrusted bytes in bounded memory: lines, JSON lines, JSON documents."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, TypeVar, cast

from recsys.sources.records import Rejected, SourceError, reject

LINE_BYTES = 1 << 20  # a longer line is refused
DOCUMENT_BYTES = 64 << 20  # a longer document (XML, BibTeX, one JSON value) is refused
HEAD_BYTES = 1 << 16  # what is looked at to tell the format

TOO_LONG = f"line: longer than {LINE_BYTES >> 20} MB; split it, or give one record a line"
TOO_LARGE = f"file: larger than {DOCUMENT_BYTES >> 20} MB; split it into smaller ones"
_DAMAGED = (OSError, EOFError, zlib.error)

T = TypeVar("T")


class _Rejoined(io.RawIOBase):
    """Bytes already read, then the rest of their stream."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head, self._rest = head, rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        chunk = self._head[: len(buffer)] or self._rest.read(len(buffer))
        self._head = self._head[len(chunk) :]
        buffer[: len(chunk)] = chunk
        return len(chunk)


def rejoin(head: bytes, rest: BinaryIO) -> BinaryIO:
    """A stream that gives `head` again before the `rest`: works where one can't seek, such as stdin."""
    return cast(BinaryIO, io.BufferedReader(_Rejoined(head, rest)))


def opened(raw: BinaryIO, name: str) -> tuple[bytes, BinaryIO]:
    """The first bytes of a source and the whole of it, unpacked if it is gzip.

    Raises:
        SourceError: it can't be read.
    """
    try:
        head = raw.read(HEAD_BYTES)
        stream = rejoin(head, raw)
        if head.startswith(b"\x1f\x8b"):
            packed = cast(BinaryIO, gzip.GzipFile(fileobj=stream))
            head = packed.read(HEAD_BYTES)
            stream = rejoin(head, packed)
    except _DAMAGED as error:
        raise SourceError(f"{name} can't be read ({error}); check the file, or fetch it again") from None
    return head, stream


def until_broken(records: Iterable[T]) -> Iterator[T | Rejected]:
    """The records; where the file breaks off (truncated gzip, bad disk), a last rejection that says so."""
    try:
        yield from records
    except _DAMAGED as error:
        yield reject(0, f"file: breaks off here ({error}); fetch it again", "")


def text(raw: bytes) -> str:
    """UTF-8 with or without a byte order mark; bytes that aren't become U+FFFD."""
    return raw.decode("utf-8-sig", errors="replace")


def document(stream: BinaryIO) -> bytes | None:
    """All of a stream, or None if it is larger than `DOCUMENT_BYTES`."""
    raw = stream.read(DOCUMENT_BYTES + 1)
    return raw if len(raw) <= DOCUMENT_BYTES else None


def numbered_lines(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Lines with their numbers from 1. Of one longer than `LINE_BYTES`, only LINE_BYTES + 1 are given."""
    number = 0
    while line := stream.readline(LINE_BYTES + 1):
        number += 1
        yield number, line
        while line and not line.endswith(b"\n"):
            line = stream.readline(LINE_BYTES)


def decode_json(raw: bytes) -> Any:
    """The JSON value in `raw`.

    Raises:
        ValueError: it is not JSON, or nested too deeply to be anybody's record.
    """
    try:
        return json.loads(text(raw))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def json_lines(stream: BinaryIO) -> Iterator[tuple[int, Any]]:
    """(line number, its value or why it has none) of each line that isn't blank."""
    for number, line in numbered_lines(stream):
        if len(line) > LINE_BYTES:
            yield number, reject(number, TOO_LONG, line)
        elif line.strip():
            try:
                yield number, decode_json(line)
            except ValueError as error:
                yield number, reject(number, f"line: not JSON ({error}); correct it", line)


def json_entries(stream: BinaryIO, envelope: str) -> Iterator[tuple[int, Any]]:
    """(number, value or why there is none) of the entries of any usual way to write many as JSON.

    These are one object, a list, an object with the list under `envelope`, or a line for each of them. JSON
    lines are streamed; a document is read as a whole, and its entries numbered from 1.
    """
    head = stream.readline(LINE_BYTES + 1)
    if not _is_json(head):
        head += stream.read(DOCUMENT_BYTES + 1 - len(head))
        if len(head) <= DOCUMENT_BYTES and _is_json(head):
            yield from enumerate(_unwrapped(decode_json(head), envelope), 1)
            return
    for number, value in json_lines(rejoin(head, stream)):
        for entry in _unwrapped(value, envelope):
            yield number, entry


def _is_json(raw: bytes) -> bool:
    try:
        decode_json(raw)
    except ValueError:
        return False
    return True


def _unwrapped(value: Any, envelope: str) -> list[Any]:
    if isinstance(value, dict) and isinstance(value.get(envelope), list):
        value = value[envelope]
    return value if isinstance(value, list) else [value]
