"""The demo catalogue: real papers (true titles), with summaries written for this project."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

from recsys.papers import PaperRecord

SOURCE = "demo"  # ranks below every other source: a real abstract replaces a demo summary


def demo_papers() -> Iterator[PaperRecord]:
    """The papers of the demo catalogue."""
    text = files("recsys.demo").joinpath("catalogue.jsonl").read_text(encoding="utf-8")
    for line in text.splitlines():
        yield PaperRecord.model_validate_json(line)
