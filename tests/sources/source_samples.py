"""The samples, one for each format, and how the tests read them."""

from __future__ import annotations

import io
from pathlib import Path

from recsys.papers import PaperRecord
from recsys.sources import FORMATS, Rejected

SAMPLES = Path(__file__).parent / "samples"
SHARED = Path(__file__).parents[3] / "shared" / "data"
FORMAT_OF = {
    "listing.txt": "listing",
    "arxiv_api.xml": "arxiv-atom",
    "arxiv_snapshot.jsonl": "arxiv-snapshot",
    "rss.xml": "rss",
    "atom.xml": "atom",
    "feed.json": "jsonfeed",
    "papers.bib": "bibtex",
    "papers.ris": "ris",
    "openalex.json": "openalex",
    "semanticscholar.json": "semanticscholar",
    "papers.jsonl": "jsonl",
    "papers.csv": "csv",
}
WHOLE = {name: (SAMPLES / sample).read_bytes() for sample, name in FORMAT_OF.items()}


def read(sample: str) -> tuple[list[PaperRecord], list[Rejected]]:
    return parse(FORMAT_OF[sample], (SAMPLES / sample).read_bytes())


def parse(name: str, raw: bytes) -> tuple[list[PaperRecord], list[Rejected]]:
    entries = list(FORMATS[name](io.BytesIO(raw)))
    papers = [entry for entry in entries if isinstance(entry, PaperRecord)]
    return papers, [entry for entry in entries if isinstance(entry, Rejected)]
