"""Papers of the Semantic Scholar Graph API (https://api.semanticscholar.org/api-docs/graph)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from pydantic import BaseModel, Field

from recsys.papers import PaperRecord
from recsys.sources.reading import json_entries
from recsys.sources.records import Rejected, record, validated
from recsys.sources.text import iso_date, web_address


class _Author(BaseModel):
    name: str | None = None


class _Field(BaseModel):
    category: str | None = None


class _Ids(BaseModel):
    arxiv: str | None = Field(default=None, alias="ArXiv")
    doi: str | None = Field(default=None, alias="DOI")


class _Paper(BaseModel):
    title: str | None = None
    abstract: str | None = None
    authors: list[_Author] | None = None
    fields_of_study: list[str] | None = Field(default=None, alias="fieldsOfStudy")
    s2_fields_of_study: list[_Field] | None = Field(default=None, alias="s2FieldsOfStudy")
    publication_date: str | None = Field(default=None, alias="publicationDate")
    year: int | None = None
    url: str | None = None
    external_ids: _Ids | None = Field(default=None, alias="externalIds")


def parse(stream: BinaryIO) -> Iterator[PaperRecord | Rejected]:
    """Papers of an answer (one, a list, or a list under `data`) or of JSON lines."""
    for number, value in json_entries(stream, "data"):
        yield _record(number, value)


def _record(number: int, value: Any) -> PaperRecord | Rejected:
    paper = validated(_Paper, number, value)
    if isinstance(paper, Rejected):
        return paper
    ids = paper.external_ids or _Ids()
    topics = [*(paper.fields_of_study or ()), *(field.category for field in paper.s2_fields_of_study or ())]
    fields = {
        "title": paper.title or "",
        "abstract": paper.abstract or "",
        "authors": [author.name for author in paper.authors or () if author.name],
        "topics": list(dict.fromkeys(filter(None, topics))),
        "published": iso_date(paper.publication_date or str(paper.year or "")),
        "url": web_address((paper.url,)),
        "arxiv": ids.arxiv,
        "doi": ids.doi,
    }
    return record(number, value, fields)
