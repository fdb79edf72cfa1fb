"""What the parsers of histories give, and how they open the files of a folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from recsys.events import StoredEvent
from recsys.papers import PaperRecord
from recsys.sources.records import Rejected, SourceError


@dataclass(frozen=True)
class History:
    """A named history. Take the papers before the events, which refer to them; each can be taken once."""

    name: str
    papers: Iterator[PaperRecord | Rejected]
    events: Iterator[StoredEvent | Rejected]


def open_in(folder: Path, name: str) -> BinaryIO:
    """A file that the folder must hold.

    Raises:
        SourceError: it doesn't.
    """
    try:
        return (folder / name).open("rb")
    except OSError as error:
        raise SourceError(f"{folder / name}: {error.strerror}; give the folder that holds it") from None
