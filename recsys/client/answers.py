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


class Recommendation(Answer):
    """One place of a slate; `score` is comparable within one answer only."""

    paper: Paper
    score: float
    reasons: tuple[Reason, ...]
    position: int
    slate_id: str

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


class TopicWeight(Answer):
    """How much of a reader's liking goes to papers of a topic."""

    topic: str
    weight: float


class PaperTitle(Answer):
    """A paper in brief."""

    id: str
    title: str


class Act(Answer):
    """What a reader did last to a paper; `time` in RFC 3339."""

    paper: PaperTitle
    act: str
    time: str


class Profile(Answer):
    """What is known of a reader; `version` is the number of their events."""

    user: str
    simulated: bool
    events: int
    likes: int
    saves: int
    reads: int
    hidden: int
    follows: tuple[str, ...]
    mutes: tuple[str, ...]
    topics: tuple[TopicWeight, ...]
    recent: tuple[Act, ...]
    version: int


class Digest(Answer):
    """How a reader gets the daily mail; none is sent before the address is confirmed."""

    user: str
    address: str
    hour: int
    zone: str
    on: bool
    confirmed: bool


class DigestDeleted(Answer):
    """That a reader's address is forgotten; `deleted` is false where there was none."""

    user: str
    deleted: bool
