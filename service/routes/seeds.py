"""POST /v1/users/{id}/seeds: the papers that a newcomer names as being of their field."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict, Field

from recsys.events import Event, Kind
from recsys.seeds import Found, find, seed_events
from service.context import Context
from service.parameters import ContextDep, UserId
from service.problems import Problem
from service.reader_answers import SeedsAnswer
from service.recording import record
from service.replies import JSON

router = APIRouter(prefix="/v1", tags=["users"])

_SOURCE = "api"
_MOST = 100
_LONGEST_BIBLIOGRAPHY = 200_000

_EXAMPLES = {
    "ids": {"value": {"ids": ["arxiv:1706.03762", "10.1145/3292500.3330701"]}},
    "titles": {"value": {"titles": ["Attention Is All You Need"]}},
    "bibtex": {
        "value": {"bibtex": "@misc{bert, title = {BERT}, eprint = {1810.04805}, archiveprefix = {arXiv}}"}
    },
}


class Seeds(BaseModel):
    """Papers in any of three forms."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    ids: list[Annotated[str, Field(min_length=1, max_length=320)]] = Field(
        default=[], max_length=_MOST, description="any identities of papers"
    )
    titles: list[Annotated[str, Field(min_length=1, max_length=1_000)]] = Field(default=[], max_length=_MOST)
    bibtex: str = Field(default="", max_length=_LONGEST_BIBLIOGRAPHY, description="a bibliography")


@router.post("/users/{id:path}/seeds", response_model=SeedsAnswer)
def sow(context: ContextDep, id: UserId, body: Annotated[Seeds, Body(openapi_examples=_EXAMPLES)]) -> JSON:
    """Take papers as being of the reader's field: a first profile, in the very next list.

    BibTeX entries that are unknown here join the catalogue if they have an abstract. Sending the same again
    changes nothing.
    """
    return JSON(_answer(context, sow_all(context, id, body)))


def sow_all(context: Context, user: str, seeds: Seeds) -> Found:
    """Find the papers and record them as seeds, those that stand already aside.

    Raises:
        Problem: 422, none is given.
        recsys.store.StoreError: the record can't be read or written.
    """
    if not (seeds.ids or seeds.titles or seeds.bibtex):
        raise Problem(422, "invalid-request", "give papers by ids, titles or bibtex", field="ids")
    found = find(context.store, seeds.ids, seeds.titles, seeds.bibtex, _SOURCE)
    wanted = seed_events(user, found.papers, context.store.events.of_user(user))
    if wanted:
        record(context, [Event(id=event, user=user, kind=Kind.SEED, item=item) for event, item in wanted])
    return found


def _answer(context: Context, found: Found) -> dict[str, object]:
    near = {id for unknown in found.unknown for id in unknown.near}
    papers = context.papers([*found.papers, *near])
    ranker = context.live.ranker
    ranked = ranker.bundle.rows if ranker else {}
    return {
        "seeded": [
            {
                "paper": papers[item].public(),
                "given": given,
                "added": item in found.added,
                "effect": "now" if item in ranked else "soon",
            }
            for item, given in found.papers.items()
        ],
        "unknown": [
            {
                "given": unknown.given,
                "form": unknown.form,
                "detail": unknown.detail,
                "near": [{"id": id, "title": papers[id].title} for id in unknown.near],
            }
            for unknown in found.unknown
        ],
    }
