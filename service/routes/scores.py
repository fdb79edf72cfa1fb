"""POST /v1/scores: how well the papers on somebody's screen suit them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Body
from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag

from recsys.appraise import Appraisal, appraise, appraise_texts
from recsys.events import now_ms
from recsys.papers import Paper, PaperRecord, identities
from recsys.profile import UserState
from recsys.rank import Ranker
from recsys.store import StoreError
from service.answers import ScoresAnswer
from service.context import Context
from service.event_schema import PRINTABLE
from service.parameters import ContextDep, printable
from service.replies import JSON
from service.standing import acts_in_force

router = APIRouter(prefix="/v1", tags=["recommendations"])

MOST_PAPERS = 200

Id = Annotated[str, Field(min_length=1, max_length=320)]
Asked = Annotated[
    Annotated[Id, Tag("id")] | Annotated[PaperRecord, Tag("paper")],
    Discriminator(lambda given: "id" if isinstance(given, str) else "paper"),
]


class ScoresRequest(BaseModel):
    """Papers by any of their ids, or with title and abstract where they may be unknown here."""

    model_config = ConfigDict(extra="forbid")

    user: Annotated[str, AfterValidator(printable)] = Field(
        min_length=1, max_length=128, json_schema_extra={"pattern": PRINTABLE}
    )
    papers: list[Asked] = Field(max_length=MOST_PAPERS)


_NEW = {"arxiv": "2401.01234", "title": "Attention in new places", "abstract": "Where else it helps."}
_EXAMPLES: dict[str, Any] = {
    "a page": {"value": {"user": "ada", "papers": ["arxiv:1706.03762", _NEW]}},
}


@dataclass
class _Entry:
    """One paper that was asked for: what the catalogue knows of it, and what came of it."""

    names: list[str]
    given: str  # its text, as far as the request has it
    id: str | None = None
    text: str = ""
    appraisal: Appraisal | None = None
    status: str = "unknown"


@router.post("/scores", response_model=ScoresAnswer)
def scores(context: ContextDep, body: Annotated[ScoresRequest, Body(openapi_examples=_EXAMPLES)]) -> JSON:
    """Score given papers for a reader, with the reasons and with what the reader has done to them.

    Nothing is added to the catalogue. A paper that is not ranked, or not yet, is compared by its text with
    what the reader likes (`basis` is `text`); without a text or a known taste it is `new` and has no score.
    """
    state, degraded = context.state_of(body.user)
    entries = [_entry(asked) for asked in body.papers]
    _look_up(context, entries)
    acts = {}
    try:
        acts = acts_in_force(context.store.events.of_user(body.user), now_ms())
    except StoreError:
        degraded = [*degraded, "record"]
    degraded = [*degraded, *_score(context, state, entries)]
    ranker = context.live.ranker
    return JSON(
        {
            "user": body.user,
            "bundle": ranker.bundle.id if ranker else None,
            "items": [_answer(entry, acts.get(entry.id or "", {})) for entry in entries],
            "degraded": context.count_degraded(degraded),
        }
    )


def _entry(asked: str | PaperRecord) -> _Entry:
    if isinstance(asked, str):
        return _Entry([asked], "")
    return _Entry(identities(asked), _text(asked.title, asked.abstract))


def _look_up(context: Context, entries: Sequence[_Entry]) -> None:
    """Fill in what the catalogue knows; the longer text of two is the one with the abstract."""
    known: dict[str, Paper] = context.papers(name for entry in entries for name in entry.names)
    for entry in entries:
        paper = next((known[name] for name in entry.names if name in known), None)
        entry.id = paper.id if paper else None
        entry.text = max(entry.given, paper.text if paper else "", key=len)
        entry.status = "new" if entry.text else "unknown"


def _score(context: Context, state: UserState, entries: Sequence[_Entry]) -> list[str]:
    """Score what can be scored; the parts that were missing."""
    ranker = context.live.ranker
    if ranker is None:
        return ["bundle"]
    trained = [entry for entry in entries if entry.id in ranker.bundle.rows]
    newer = [entry for entry in entries if entry.id not in ranker.bundle.rows and entry.text]
    works = [_score_trained(context, ranker, state, trained), _score_newer(context, ranker, state, newer)]
    return [] if all(works) else ["encoder"]


def _score_trained(context: Context, ranker: Ranker, state: UserState, entries: Sequence[_Entry]) -> bool:
    """By the model; whether the encoder did its part."""
    if not entries:
        return True
    interests, works = context.interests.of(state, ranker.bundle)
    rows = [ranker.bundle.rows[entry.id or ""] for entry in entries]
    for entry, appraisal in zip(entries, appraise(ranker, state, rows, interests), strict=True):
        entry.appraisal, entry.status = appraisal, "scored"
    return works


def _score_newer(context: Context, ranker: Ranker, state: UserState, entries: Sequence[_Entry]) -> bool:
    """By their texts, as far as these are read; whether the encoder did its part."""
    if not entries or not (ranker.history(state).data > 0).any():
        return True
    vectors, works = context.vectors.of(ranker.bundle, [entry.text for entry in entries])
    ready = [(entry, vector) for entry, vector in zip(entries, vectors, strict=True) if vector is not None]
    for entry in entries:
        entry.status = "pending"
    found = appraise_texts(ranker, state, [vector for _, vector in ready])
    for (entry, _), appraisal in zip(ready, found, strict=True):
        entry.appraisal, entry.status = appraisal, "scored" if appraisal else "new"
    return works


def _answer(entry: _Entry, acts: dict[str, str]) -> dict[str, Any]:
    found = entry.appraisal
    return {
        "id": entry.id,
        "status": entry.status,
        "basis": found.basis if found else None,
        "score": found.score if found else None,
        "percentile": found.percentile if found else None,
        "reasons": [reason.public() for reason in found.reasons] if found else [],
        "acts": acts,
    }


def _text(title: str, abstract: str) -> str:
    return f"{title}. {abstract}" if abstract else title
