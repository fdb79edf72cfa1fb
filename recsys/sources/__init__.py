"""Importers of papers: one file for each format, all of them total.

A parser reads a binary stream and yields `PaperRecord | Rejected`. It raises on no bytes whatever: what it
can't take is a `Rejected` that says why, and the rest is kept.
"""

from __future__ import annotations

from recsys.sources import (
    arxiv_atom,
    arxiv_snapshot,
    bibtex,
    csv_table,
    feed,
    json_records,
    jsonfeed,
    listing,
    openalex,
    ris,
    semantic_scholar,
)
from recsys.sources.detection import detect
from recsys.sources.records import Parser, Rejected, SourceError

__all__ = ["FORMATS", "Parser", "Rejected", "SourceError", "detect"]

FORMATS: dict[str, Parser] = {
    "listing": listing.parse,
    "arxiv-atom": arxiv_atom.parse,
    "arxiv-snapshot": arxiv_snapshot.parse,
    "rss": feed.parse,
    "atom": feed.parse,
    "jsonfeed": jsonfeed.parse,
    "bibtex": bibtex.parse,
    "ris": ris.parse,
    "openalex": openalex.parse,
    "semanticscholar": semantic_scholar.parse,
    "jsonl": json_records.parse,
    "csv": csv_table.parse,
}
