"""Works of OpenAlex (https://docs.openalex.org/api-entities/works): one, a page of results, or JSON lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from pydantic import BaseModel

from recsys.papers import PaperRecord, doi_id
from recsys.sources.reading import json_entries
from recsys.sources.records import Rejected, record, validated
from recsys.sources.text import arxiv_among, iso_date, web_address, without_markup


class _Named(BaseModel):
    display_name: str | None = None


class _Authorship(BaseModel):
    author: _Named | None = None


class _Location(BaseModel):
    landing_page_url: str | None = None
    pdf_url: str | None = None


class _Ids(BaseModel):
    openalex: str | None = None
    doi: str | None = None


class _Work(BaseModel):
    id: str | None = None
    ids: _Ids | None = None
    doi: str | None = None
    title: str | None = None
    display_name: str | None = None
    abstract_inverted_index: dict[str, list[int]] | None = None
    authorships: list[_Authorship] | None = None
    topics: list[_Named] | None = None
    concepts: list[_Named] | None = None
    publication_date: str | None = None
    publication_year: int | None = None
    primary_location: _Location | None = None
    locations: list[_Location] | None = None


def parse(stream: BinaryIO) -> Iterator[PaperRecord | Rejected]:
    """Papers of an answer or a dump."""
    for number, value in json_entries(stream, "results"):
        yield _paper(number, value)


def _paper(number: int, value: Any) -> PaperRecord | Rejected:
    work = validated(_Work, number, value)
    if isinstance(work, Rejected):
        return work
    ids = work.ids or _Ids()
    doi = work.doi or ids.doi
    locations = ([work.primary_location] if work.primary_location else []) + (work.locations or [])
    places = [place for location in locations for place in (location.landing_page_url, location.pdf_url)]
    fields = {
        "title": without_markup(work.title or work.display_name or ""),
        "abstract": without_markup(_in_order(work.abstract_inverted_index or {})),
        "authors": _names(authorship.author for authorship in work.authorships or ()),
        "topics": _names(work.topics or work.concepts or ()),
        "published": iso_date(work.publication_date or str(work.publication_year or "")),
        "url": web_address((*places, doi, work.id, ids.openalex)),
        "arxiv": arxiv_among((*places, doi)),
        "doi": doi_id(doi or ""),
    }
    return record(number, value, fields)


def _in_order(inverted: dict[str, list[int]]) -> str:
    """The abstract of an inverted index (word -> its places), which OpenAlex gives for legal reasons."""
    placed = sorted((place, word) for word, places in inverted.items() for place in places)
    return " ".join(word for _, word in placed)


def _names(named: Any) -> list[str]:
    return list(dict.fromkeys(one.display_name for one in named if one and one.display_name))
