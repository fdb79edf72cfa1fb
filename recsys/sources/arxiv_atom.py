"""Answers of the arXiv API (Atom with arXiv's own elements)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from recsys.papers import PaperRecord, arxiv_id, doi_id
from recsys.sources import feed
from recsys.sources.records import Rejected, record, reject


def parse(stream: BinaryIO) -> Iterator[PaperRecord | Rejected]:
    """Papers of one answer; its entries are numbered from 1."""
    answer = feed.read(stream)
    if isinstance(answer, Rejected):
        yield answer
        return
    for number, entry in enumerate(answer["entries"], 1):
        yield paper(number, entry)


def paper(number: int, entry: Mapping[str, Any]) -> PaperRecord | Rejected:
    """The paper of one entry as feedparser gives it."""
    place = str(entry.get("id") or "")
    if "/api/errors" in place:  # arXiv answers a bad query by an entry
        return reject(number, f"query: arXiv refused it: {entry.get('summary', '')}", place)
    arxiv = arxiv_id(place)
    if not arxiv:
        return reject(number, "id: no arXiv identifier in it; check that arXiv gave this answer", place)
    fields = {
        "title": feed.plain(entry.get("title_detail")),
        "abstract": feed.plain(entry.get("summary_detail")),
        "authors": feed.names(entry),
        "topics": feed.terms(entry),
        "published": feed.date(entry),
        "url": f"https://arxiv.org/abs/{arxiv}",
        "arxiv": arxiv,
        "doi": doi_id(str(entry.get("arxiv_doi") or "")),
    }
    return record(number, place, fields)
