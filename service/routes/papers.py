"""The catalogue: /v1/papers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query
from pydantic import BaseModel, ConfigDict, Field, JsonValue, SkipValidation, ValidationError

from recsys.events import explain_errors
from recsys.papers import Paper, PaperRecord, identities
from recsys.store import Store, UpsertCounts
from service.answers import PaperAnswer, PaperPage, PapersTaken
from service.batch import MOST_ENTRIES, echoed_id, entries_of, refusal
from service.cursor import read_row, write_row
from service.parameters import Category, ContextDep, Limit, PaperId, Since, since_date
from service.problems import Problem, unknown_paper
from service.replies import JSON

router = APIRouter(prefix="/v1", tags=["papers"])

_SOURCE = "api"
_CHUNK = 500


class PaperBatch(BaseModel):
    """Several papers, each taken or refused by itself."""

    model_config = ConfigDict(extra="forbid")

    papers: list[PaperRecord | JsonValue] = Field(
        max_length=MOST_ENTRIES, description="papers; an entry that is none is refused by itself"
    )


_ATTENTION = {
    "title": "Attention Is All You Need",
    "abstract": "The dominant sequence transduction models are based on complex recurrent networks.",
    "authors": ["Ashish Vaswani", "Noam Shazeer"],
    "topics": ["cs.CL", "cs.LG"],
    "published": "2017-06-12",
    "arxiv": "1706.03762",
}
_BERT = {"title": "BERT: Pre-training of Deep Bidirectional Transformers", "arxiv": "1810.04805"}
_EXAMPLES: dict[str, Any] = {
    "one": {"value": _ATTENTION},
    "batch": {"value": {"papers": [_ATTENTION, _BERT]}},
}


@router.get("/papers", response_model=PaperPage)
def list_papers(
    context: ContextDep,
    limit: Limit = 10,
    cursor: Annotated[str | None, Query(max_length=100, description="`next` of the page before")] = None,
    topic: Category = None,
    since: Since = None,
) -> JSON:
    """List the catalogue in the order in which papers were added: each once, whatever is added meanwhile."""
    after = read_row(cursor) if cursor else 0
    date = since_date(since) if since else ""
    found = []
    for paper in _in_order(context.store, after):
        if (paper.published or "") < date or (topic is not None and topic.casefold() not in _topics(paper)):
            continue
        found.append(paper)
        if len(found) > limit:
            break
    page = found[:limit]
    more = write_row(page[-1].row) if len(found) > limit else None
    return JSON({"items": [paper.public() for paper in page], "next": more})


@router.post(
    "/papers",
    response_model=PapersTaken,
    responses={201: {"model": PapersTaken, "description": "At least one paper was added"}},
)
def post_papers(
    context: ContextDep,
    body: Annotated[SkipValidation[PaperRecord | PaperBatch], Body(openapi_examples=_EXAMPLES)],
) -> JSON:
    """Add papers to the catalogue, or add to what is known of them; new ones are ranked within seconds.

    A paper is known by its arXiv id, its DOI, its own id or its title: the same one is never added twice.
    """
    entries, alone = entries_of(body, "papers")
    items, refused = [], []
    for index, raw in enumerate(entries):
        try:
            items.append(_take(context.store, PaperRecord.model_validate(raw)))
        except ValidationError as error:
            field, mend = explain_errors(error)
            problem = Problem(422, "invalid-paper", mend, field=field or "paper")
            if alone:
                raise problem from None
            refused.append(refusal(index, echoed_id(raw), problem))
    added = any(item["status"] == "added" for item in items)
    return JSON({"items": items, "refused": refused}, 201 if added else 200)


@router.get("/papers/{id:path}", response_model=PaperAnswer)
def get_paper(context: ContextDep, id: PaperId) -> JSON:
    """One paper, by any of its identities."""
    paper = context.papers([id]).get(id)
    if paper is None:
        raise unknown_paper(id)
    return JSON(paper.public())


def _take(store: Store, record: PaperRecord) -> dict[str, str]:
    counts = store.papers.upsert([record], _SOURCE)
    name = identities(record)[0]  # the strongest one is the paper's own from now on
    return {"id": store.papers.resolve([name])[name], "status": _status(counts)}


def _status(counts: UpsertCounts) -> str:
    return "added" if counts.added else "updated" if counts.updated else "unchanged"


def _in_order(store: Store, after: int) -> Iterator[Paper]:
    while papers := store.papers.page(after, _CHUNK):
        yield from papers
        after = papers[-1].row


def _topics(paper: Paper) -> set[str]:
    return {topic.casefold() for topic in paper.topics}
