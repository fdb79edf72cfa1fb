"""What the answers look like, for the reference at /openapi.json and for typed clients."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from recsys.beliefs import About
from recsys.events import Setting

Part = Literal["redis", "bundle", "record", "encoder"]
OfModel = Literal["content", "readers", "popular", "variety", "trending", "new"]
OfStatement = Literal["topic", "author", "venue", "interest", "freshness"]
ReasonKind = OfModel | OfStatement


class Answer(BaseModel):
    """Base of all answers; what isn't listed isn't sent."""

    model_config = ConfigDict(extra="forbid")


class PaperAnswer(Answer):
    """A paper."""

    id: str
    title: str
    abstract: str
    authors: list[str]
    topics: list[str]
    published: str | None
    url: str | None
    venue: str | None


class ReasonAnswer(Answer):
    """Why a paper was recommended; `paper` is the reader's own that this rests on."""

    kind: ReasonKind
    text: str
    share: float = Field(ge=0, le=1)
    paper: str | None = None


class StatementAnswer(Answer):
    """What the reader said outright, and by which event."""

    aspect: Literal["topic", "author", "venue", "interest", "freshness", "refused-topic", "refused-author"]
    name: str
    event: str | None


class ShareAnswer(Answer):
    """What one cause adds to a score (takes from it, below 0), through one source.

    `kind` "model" is what a source says of a paper whatever one reads, "other" sums up the small ones.
    """

    share: float
    text: str
    kind: Literal["paper", "popularity", "head-start", "model", "stated", "other", "trending", "new"]
    source: str | None
    paper: str | None
    stated: StatementAnswer | None


class PaperShareAnswer(Answer):
    """What one of the reader's papers adds through all sources; without `paper`, all others together."""

    paper: str | None
    share: float
    text: str


class SourceShareAnswer(Answer):
    """What one source adds."""

    source: str
    share: float
    text: str


class ExplanationAnswer(Answer):
    """A score taken apart: `shares` sum to it, and so do those `by_source`; the largest come first."""

    score: float
    shares: list[ShareAnswer]
    by_paper: list[PaperShareAnswer]
    by_source: list[SourceShareAnswer]


class RecommendationAnswer(Answer):
    """One place of a slate; send `slate_id` and `position` back with events on it.

    `explanation` is there if it was asked for, by `explain=full`.
    """

    paper: PaperAnswer
    score: float
    reasons: list[ReasonAnswer]
    explanation: ExplanationAnswer | None = None
    position: int = Field(ge=0)
    slate_id: str


class SlateAnswer(Answer):
    """A page of recommendations. `degraded` names the parts that the answer had to do without."""

    slate_id: str
    user: str
    simulated: bool
    policy: str
    bundle: str | None
    items: list[RecommendationAnswer]
    next: str | None
    degraded: list[Part]


class AppraisedPaper(Answer):
    """A paper that was asked for; `id` is null where the catalogue hasn't got it.

    `pending`: its text is being read, ask again soon. `new`: it has no score.
    `unknown`: neither the catalogue nor the request knows its text. `percentile` is the share of the
    catalogue that suits this reader less. `acts` are the reader's own in force, by the ids of their events.
    """

    id: str | None
    status: Literal["scored", "pending", "new", "unknown"]
    basis: Literal["model", "text"] | None
    score: float | None
    percentile: int | None = Field(ge=0, le=100)
    reasons: list[ReasonAnswer]
    acts: dict[Literal["save", "like", "dislike", "hide", "read"], str]


class ScoresAnswer(Answer):
    """The papers in the order in which they were asked for."""

    user: str
    bundle: str | None
    items: list[AppraisedPaper]
    degraded: list[Part]


class Refusal(Answer):
    """An entry of a batch that was not taken: a problem document with the entry's place and id."""

    id: str | None
    index: int
    type: str
    title: str
    status: int
    detail: str
    field: str | None = None


class EventsAnswer(Answer):
    """What became of the events; those accepted and repeated are in the record.

    `state` is "deferred" where Redis couldn't be told; the record answers for it meanwhile.
    """

    accepted: list[str]
    repeated: list[str]
    refused: list[Refusal]
    state: Literal["fresh", "deferred"]


class PaperOutcome(Answer):
    """What became of a paper, and the id it is known by here."""

    id: str
    status: Literal["added", "updated", "unchanged"]


class PapersTaken(Answer):
    """What became of the papers, in order."""

    items: list[PaperOutcome]
    refused: list[Refusal]


class PaperPage(Answer):
    """A page of the catalogue."""

    items: list[PaperAnswer]
    next: str | None


class ScoredPaper(Answer):
    """A paper with its score; only comparable within one answer."""

    paper: PaperAnswer
    score: float


class SimilarAnswer(Answer):
    """Papers like one, the nearest first."""

    items: list[ScoredPaper]
    next: str | None
    degraded: list[Part]


class FoundPaper(ScoredPaper):
    """A paper that was found, and by what."""

    matched: list[Literal["keyword", "meaning"]]


class SearchAnswer(Answer):
    """What was found, the best first."""

    items: list[FoundPaper]
    next: str | None
    degraded: list[Part]


class TrendingAnswer(Answer):
    """What readers took up lately; the newest papers where there were no readers."""

    window: str
    basis: Literal["events", "newest"]
    items: list[ScoredPaper]
    next: str | None
    simulated: bool


class TopicWeight(Answer):
    """How much of a reader's liking goes to papers of a topic."""

    topic: str
    weight: float


class Act(Answer):
    """What a reader did last to a paper."""

    paper: PaperTitle
    act: str
    time: str


class PaperTitle(Answer):
    """A paper in brief."""

    id: str
    title: str


class BeliefAnswer(Answer):
    """Something believed of a reader.

    `weight` is signed, the part of all that they did to papers; null where they said so themselves. `events`
    are the newest of the `count` events that it comes from: `forget` all of them, and it is gone.
    """

    about: About
    name: str
    text: str
    how: Literal["inferred", "stated"]
    weight: float | None
    papers: list[str]
    events: list[str]
    count: int


class SettingAnswer(Answer):
    """A setting as it stands; `least` and `most` are null for a switch, `event` while it is as usual."""

    name: Setting
    text: str
    value: bool | float
    usual: bool | float
    least: float | None
    most: float | None
    event: str | None


class ProfileAnswer(Answer):
    """What is known and believed of a reader.

    `version` is the number of their events, `counting` of those neither undone nor from before a reset. While
    `paused`, the beliefs are kept and shape nothing.
    """

    user: str
    simulated: bool
    events: int
    counting: int
    paused: bool
    likes: int
    saves: int
    reads: int
    hidden: int
    follows: list[str]
    mutes: list[str]
    topics: list[TopicWeight]
    recent: list[Act]
    beliefs: list[BeliefAnswer]
    settings: list[SettingAnswer]
    version: int


class TokenName(Answer):
    """Secret addresses, or a password, by the id that revokes them."""

    id: str
    name: str
    created: str


class FeedList(Answer):
    """The valid addresses of a reader."""

    items: list[TokenName]


class AppPasswordList(Answer):
    """The valid app passwords of a reader."""

    items: list[TokenName]


class AppPassword(TokenName):
    """An app password: what to log in with to the Google Reader API."""

    user: str
    password: str


class FeedAddresses(TokenName):
    """The addresses: recommendations in three formats, and the list of all of the reader's feeds."""

    atom: str
    rss: str
    json_feed: str = Field(alias="json")
    opml: str


class SearchAddress(Answer):
    """A saved search; its feed is `search/{id}`."""

    id: str
    query: str
    created: str


class SearchList(Answer):
    """The saved searches of a reader."""

    items: list[SearchAddress]


class DigestAnswer(Answer):
    """How a reader gets the digest; nothing but a question is mailed to an address before it is confirmed."""

    user: str
    address: str
    hour: int
    zone: str
    on: bool
    confirmed: bool


class DigestDeleted(Answer):
    """That a reader's address and wish are forgotten; `deleted` is false where there was none."""

    user: str
    deleted: bool


class Health(Answer):
    """Whether a part is there."""

    status: Literal["ok", "degraded", "down"]
    detail: str = ""


class ReadyAnswer(Answer):
    """Whether requests can be served, and by which parts; `reasons` where they can't."""

    status: Literal["ready", "not ready"]
    store: Health
    redis: Health
    bundle: Health
    reasons: list[str]


class ProblemAnswer(BaseModel):
    """A problem document (RFC 9457); `detail` says what is wrong and how to mend it."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["urn:recsys:problem:unknown-paper"])
    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["no paper is known as 'arxiv:0': add it with POST /v1/papers"])
    field: str | None = Field(default=None, examples=["id"])
