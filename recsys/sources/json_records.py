"""Our own format: a JSON object a line, with the fields of `PaperRecord`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from recsys.papers import PaperRecord
from recsys.sources.reading import json_lines
from recsys.sources.records import Rejected, record


def parse(stream: BinaryIO) -> Iterator[PaperRecord | Rejected]:
    """Papers, a line each; a field that `PaperRecord` doesn't have is refused: it may be a misspelt one."""
    for line, value in json_lines(stream):
        yield value if isinstance(value, Rejected) else record(line, value, value)
