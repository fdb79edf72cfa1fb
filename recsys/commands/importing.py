"""What `recsys ingest` and `recsys import` share: papers into the record in batches, and what is shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import typer

from recsys.papers import PaperRecord
from recsys.sources import Rejected
from recsys.sources.rejected_file import RejectedFile
from recsys.store import Store, UpsertCounts

PAPERS_A_BATCH = 1_000


def keep_papers(
    store: Store, pages: Iterable[Sequence[PaperRecord | Rejected]], source: str, rejected: RejectedFile
) -> UpsertCounts:
    """Put pages of papers into the record, each committed before the next is taken; write out the rest."""
    counts = UpsertCounts()
    for page in pages:
        counts += store.papers.upsert([entry for entry in page if isinstance(entry, PaperRecord)], source)
        for entry in page:
            if isinstance(entry, Rejected):
                rejected.write(entry)
    return counts


def summary(counts: UpsertCounts) -> str:
    """The counts in words."""
    return f"{counts.added} added, {counts.updated} updated, {counts.unchanged} unchanged"


def say_where(rejected: RejectedFile) -> None:
    """Print where the rejected records are, if there are any."""
    if rejected.count:
        typer.echo(f"  rejected records: {rejected.path}")
