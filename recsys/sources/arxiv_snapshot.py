"""The metadata snapshot of arXiv (on Kaggle): millions of JSON lines, read in constant memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any, BinaryIO

from pydantic import BaseModel

from recsys.papers import PaperRecord, doi_id
from recsys.sources.reading import json_lines
from recsys.sources.records import Rejected, record, validated
from recsys.sources.text import iso_date

_BETWEEN_AUTHORS = re.compile(r"\s*,\s*(?:and\s+)?|\s+and\s+")


class _Version(BaseModel):
    created: str = ""


class _Entry(BaseModel):
    id: str
    title: str
    abstract: str | None = None
    authors: str | None = None
    authors_parsed: list[list[str]] | None = None
    categories: str | None = None
    doi: str | None = None
    versions: list[_Version] | None = None
    update_date: str | None = None


def parse(stream: BinaryIO) -> Iterator[PaperRecord | Rejected]:
    """Papers of a snapshot."""
    for line, value in json_lines(stream):
        yield _paper(line, value)


def _paper(line: int, value: Any) -> PaperRecord | Rejected:
    entry = validated(_Entry, line, value)
    if isinstance(entry, Rejected):
        return entry
    fields = {
        "title": entry.title,
        "abstract": entry.abstract or "",
        "authors": _authors(entry),
        "topics": (entry.categories or "").split(),
        "published": _first_published(entry),
        "url": f"https://arxiv.org/abs/{entry.id}",
        "arxiv": entry.id,
        "doi": doi_id(entry.doi or ""),
    }
    return record(line, value, fields)


def _authors(entry: _Entry) -> list[str]:
    if entry.authors_parsed:  # [family, given, suffix, affiliation...]
        ordered = ((name[1:2] + name[:1] + name[2:3]) for name in entry.authors_parsed)
        return [" ".join(part for part in name if part) for name in ordered]
    return [name for name in _BETWEEN_AUTHORS.split(entry.authors or "") if name]


def _first_published(entry: _Entry) -> str | None:
    created = entry.versions[0].created if entry.versions else ""
    try:
        return parsedate_to_datetime(created).date().isoformat()
    except ValueError:
        return iso_date(entry.update_date or "")
