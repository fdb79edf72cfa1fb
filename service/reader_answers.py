"""What the answers about deleting a reader and about their seeds look like; see `service.answers`."""

from __future__ import annotations

from typing import Literal

from service.answers import Answer, PaperAnswer, PaperTitle


class ErasedAnswer(Answer):
    """How much was removed of a reader: rows by what they hold."""

    user: str
    erased: dict[str, int]


class SeededPaper(Answer):
    """A paper that was sown; `added` if it is new to the catalogue.

    `effect` is "next-training" for one that the bundle in service doesn't know.
    """

    paper: PaperAnswer
    given: str
    added: bool
    effect: Literal["now", "next-training"]


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
