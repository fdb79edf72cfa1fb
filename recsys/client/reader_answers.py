"""What the service answers about a reader: profile, corrections, export, seeds, and the daily mail."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict

from recsys.client.answers import Answer, Paper
from recsys.client.feedback import event
from recsys.events import Event, Kind


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


class Belief(Answer):
    """Something believed of a reader; `how` is "inferred" or "stated", `events` the newest of `count`."""

    about: str
    name: str
    text: str
    how: str
    weight: float | None
    papers: tuple[str, ...]
    events: tuple[str, ...]
    count: int


class SettingState(Answer):
    """A setting as it stands; `least` and `most` are None for a switch, `event` while it is as usual."""

    name: str
    text: str
    value: bool | float
    usual: bool | float
    least: float | None
    most: float | None
    event: str | None


class Profile(Answer):
    """What is known and believed of a reader; `version` is the number of their events."""

    user: str
    simulated: bool
    events: int
    counting: int
    paused: bool
    likes: int
    saves: int
    reads: int
    hidden: int
    follows: tuple[str, ...]
    mutes: tuple[str, ...]
    topics: tuple[TopicWeight, ...]
    recent: tuple[Act, ...]
    beliefs: tuple[Belief, ...]
    settings: tuple[SettingState, ...]
    version: int


class Export(Answer):
    """All that the record has of a reader, as rows; those of further tables are in `model_extra`."""

    model_config = ConfigDict(frozen=True, extra="allow")

    reader: str
    exported: str
    settings: dict[str, float]
    users: tuple[dict[str, Any], ...]
    events: tuple[dict[str, Any], ...]
    slates: tuple[dict[str, Any], ...]


class Erased(Answer):
    """How many rows were removed of a reader, by what they held."""

    user: str
    erased: dict[str, int]


class SeededPaper(Answer):
    """A paper that was sown; `effect` is "now", or "soon" for one that is new to the bundle."""

    paper: Paper
    given: str
    added: bool
    effect: str


class UnknownSeed(Answer):
    """What no paper was found for; `detail` says what to do, `near` are papers that may be meant."""

    given: str
    form: str
    detail: str
    near: tuple[PaperTitle, ...]


class Seeds(Answer):
    """What became of the seeds."""

    seeded: tuple[SeededPaper, ...]
    unknown: tuple[UnknownSeed, ...]


class StartPaper(Answer):
    """A paper to ask a newcomer about."""

    paper: Paper
    position: int
    slate_id: str

    def event(self, user: str, kind: Kind | str, **more: Any) -> Event:
        """What the reader answers, with the place where they were asked."""
        return event(user, kind, self.paper.id, slate=self.slate_id, position=self.position, **more)


class Start(Answer):
    """The papers whose answers would teach most of a reader; `next` is the cursor of further ones."""

    slate_id: str
    user: str
    bundle: str | None
    items: tuple[StartPaper, ...]
    next: str | None
    degraded: tuple[str, ...]


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
