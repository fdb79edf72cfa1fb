"""What the answers about exporting and deleting a reader, and about their seeds, look like."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field

from service.answers import Answer, PaperAnswer, PaperTitle, Part


class ExportAnswer(Answer):
    """All that the record has of a reader; rows as they are there, without what is empty."""

    model_config = ConfigDict(extra="allow")  # a list for each further table that holds something of readers

    reader: str
    exported: str
    settings: dict[str, float]
    users: list[dict[str, Any]]
    events: list[dict[str, Any]]
    slates: list[dict[str, Any]]


class ErasedAnswer(Answer):
    """How much was removed of a reader: rows by what they hold."""

    user: str
    erased: dict[str, int]


class SeededPaper(Answer):
    """A paper that was sown; `added` if it is new to the catalogue.

    `effect` is "soon" for one that the bundle in service doesn't know.
    """

    paper: PaperAnswer
    given: str
    added: bool
    effect: Literal["now", "soon"]


class UnknownSeed(Answer):
    """What no paper was found for; `detail` says what to do, `near` are papers that may be meant."""

    given: str
    form: Literal["id", "title", "bibtex"]
    detail: str
    near: list[PaperTitle]


class SeedsAnswer(Answer):
    """What became of the seeds."""

    seeded: list[SeededPaper]
    unknown: list[UnknownSeed]


class StartPaper(Answer):
    """A paper to ask a newcomer about; send `slate_id` and `position` back with what they answer."""

    paper: PaperAnswer
    position: int = Field(ge=0)
    slate_id: str


class StartAnswer(Answer):
    """The papers whose answers would teach most, in the order to ask; `next` leads on without them."""

    slate_id: str
    user: str
    bundle: str | None
    items: list[StartPaper]
    next: str | None
    degraded: list[Part]
