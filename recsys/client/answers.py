"""What the service answers, typed. Members that a newer service adds are ignored."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from recsys.client.feedback import event
from recsys.events import Event, Kind


class Answer(BaseModel):
    """Base of all answers."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Paper(Answer):
    """A paper; `published` is an ISO date, or only a year or a month of one."""

    id: str
    title: str
    abstract: str
    authors: tuple[str, ...]
    topics: tuple[str, ...]
    published: str | None
    url: str | None
    venue: str | None


class Reason(Answer):
    """Why a paper was recommended; `share` in [0, 1], `paper` the reader's own that this rests on."""

    kind: str
    text: str
    share: float
    paper: str | None = None


class Statement(Answer):
    """What the reader said outright, and by which event."""

    aspect: str
    name: str
    event: str | None


class Share(Answer):
    """What one cause adds to a score (takes from it, below 0), through one source."""

    share: float
    text: str
    kind: str
    source: str | None
    paper: str | None
    stated: Statement | None


class PaperShare(Answer):
    """What one of the reader's papers adds through all sources; without `paper`, all others together."""

    paper: str | None
    share: float
    text: str


class SourceShare(Answer):
    """What one source adds."""

    source: str
    share: float
    text: str


class Explanation(Answer):
    """A score taken apart: `shares` sum to it, and so do those `by_source`; the largest come first."""

    score: float
    shares: tuple[Share, ...]
    by_paper: tuple[PaperShare, ...]
    by_source: tuple[SourceShare, ...]


class Recommendation(Answer):
    """One place of a slate; `score` is comparable within one answer only."""

    paper: Paper
    score: float
    reasons: tuple[Reason, ...]
    position: int
    slate_id: str
    explanation: Explanation | None = None

    def event(self, user: str, kind: Kind | str, **more: Any) -> Event:
        """What the reader does to this paper, with the place where it was shown."""
        return event(user, kind, self.paper.id, slate=self.slate_id, position=self.position, **more)


class Slate(Answer):
    """A page of recommendations. `degraded` names the parts that the answer had to do without."""

    slate_id: str
    user: str
    simulated: bool
    policy: str
    bundle: str | None
    items: tuple[Recommendation, ...]
    next: str | None
    degraded: tuple[str, ...]


class Refusal(Answer):
    """An entry that was not taken, by its place among those sent; `detail` says how to mend it."""

    id: str | None
    index: int
    type: str
    title: str
    status: int
    detail: str
    field: str | None = None


class EventsTaken(Answer):
    """What became of the events. `state` is "deferred" where Redis couldn't be told yet."""

    accepted: tuple[str, ...]
    repeated: tuple[str, ...]
    refused: tuple[Refusal, ...]
    state: str


class PaperOutcome(Answer):
    """What became of a paper ("added", "updated" or "unchanged"), and the id it is known by."""

    id: str
    status: str


class PapersTaken(Answer):
    """What became of the papers, in order."""

    items: tuple[PaperOutcome, ...]
    refused: tuple[Refusal, ...]


class PaperPage(Answer):
    """A page of the catalogue."""

    items: tuple[Paper, ...]
    next: str | None


class ScoredPaper(Answer):
    """A paper with its score."""

    paper: Paper
    score: float


class AppraisedPaper(Answer):
    """A paper that was asked for; `percentile` is the share of the catalogue that suits the reader less.

    `status` is "scored", "pending" (ask again soon), "new" or "unknown"; `basis` "model" or "text"; `acts`
    the reader's own in force, by the ids of their events.
    """

    id: str | None
    status: str
    basis: str | None
    score: float | None
    percentile: int | None
    reasons: tuple[Reason, ...]
    acts: dict[str, str]


class Scores(Answer):
    """Papers in the order in which they were asked for."""

    user: str
    bundle: str | None
    items: tuple[AppraisedPaper, ...]
    degraded: tuple[str, ...]


class Similar(Answer):
    """Papers like one, the nearest first."""

    items: tuple[ScoredPaper, ...]
    next: str | None
    degraded: tuple[str, ...]


class FoundPaper(ScoredPaper):
    """A paper that was found, and by what: "keyword", "meaning"."""

    matched: tuple[str, ...]


class Found(Answer):
    """What was found, the best first."""

    items: tuple[FoundPaper, ...]
    next: str | None
    degraded: tuple[str, ...]


class Trending(Answer):
    """What readers took up lately; `basis` is "newest" where there were no readers."""

    window: str
    basis: str
    items: tuple[ScoredPaper, ...]
    next: str | None
    simulated: bool
