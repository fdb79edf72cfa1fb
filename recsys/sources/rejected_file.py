"""Where importers leave what they could not take, so that one can mend it and import it again."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from recsys.sources.records import Rejected


class RejectedFile:
    """`<folder>/<source>-<utc time>.jsonl`, a line for each rejection; not made when there are none."""

    def __init__(self, folder: Path, source: str) -> None:
        self.path = folder / f"{source}-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}.jsonl"
        self.count = 0
        self._file: TextIO | None = None

    def write(self, rejected: Rejected) -> None:
        """Add one."""
        if self._file is None:
            self._file = self.path.open("w", encoding="ascii")
        self._file.write(json.dumps(asdict(rejected)) + "\n")
        self.count += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
