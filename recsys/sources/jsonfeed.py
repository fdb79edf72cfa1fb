"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from pydantic import BaseModel

from recsys.papers import PaperRecord, doi_id
from recsys.sources.reading import json_entries
from recsys.sources.records import Rejected, record, validated
from recsys.sources.text import arxiv_among, html_text, iso_date, web_address, without_markup

_LONGEST_ABSTRACT = 50_000


class _Author(BaseModel):
    name: str | None = None


class _Item(BaseModel):
    id: str | int | None = None
    url: str | None = None
    external_url: str | None = None
    title: str | None = None
    summary: str | None = None
    content_text: str | None = None
    content_html: str | None = None
    date_published: str | None = None
    authors: list[_Author] | None = None
    author: _Author | None = None  # version 1.0
    tags: list[str] | None = None


def parse(stream: BinaryIO) -> Iterator[PaperRecord | Rejected]:
    """Papers and articles of a feed; its items are numbered from 1."""
    for number, value in json_entries(stream, "items"):
        yield _paper(number, value)


def _paper(number: int, value: Any) -> PaperRecord | Rejected:
    item = validated(_Item, number, value)
    if isinstance(item, Rejected):
        return item
    abstract = item.summary or item.content_text or html_text(item.content_html or "")
    authors = item.authors or ([item.author] if item.author else [])
    identifiers = [str(place) for place in (item.id, item.url, item.external_url) if place]
    fields = {
        "title": without_markup(item.title or ""),
        "abstract": abstract[:_LONGEST_ABSTRACT],
        "authors": [author.name for author in authors if author.name],
        "topics": item.tags or [],
        "published": iso_date(item.date_published or ""),
        "url": web_address((item.url, item.external_url, str(item.id))),
        "arxiv": arxiv_among(identifiers),
        "doi": next(filter(None, map(doi_id, identifiers)), None),
    }
    return record(number, value, fields)
