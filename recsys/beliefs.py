"""What the system believes of a reader, in words a person reads, each with the events it comes from.

What the reader stated is said as they stated it. What is inferred is summed up from the very weights that the
ranking gives to their papers (`UserState.history`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

from recsys.events import Kind, Reason, Setting, StoredEvent
from recsys.meaning import SHIPPED, Meaning
from recsys.papers import Paper
from recsys.profile import UserState
from recsys.stated import refused_aspects
from recsys.summing_up import summed_up

About = Literal["topic", "author", "venue", "text", "paper", "pair", "hidden", "freshness", "taste"]
MOST_EVENTS = 20  # named with a belief, the newest
_MOST_ALIKE = 20  # beliefs of a kind of which there may be many: topics, authors, pairs, snoozed papers

_FOLLOWED = {1: "You follow {}", -1: "You muted {}: its papers are not shown"}
_INTEREST = {1: "You are interested in “{}”", -1: "You want less that is close to “{}”"}
_OF_TWO = {
    Kind.PREFER: "You prefer “{}” to “{}”",
    Kind.SIMILAR: "To you “{}” and “{}” are alike",
    Kind.DIFFERENT: "To you “{}” and “{}” are not alike",
}


@dataclass(frozen=True, slots=True)
class Belief:
    """One thing believed.

    Attributes:
        about: the kind of thing.
        name: which topic, author, venue or text; a day for a change of taste; empty for the others.
        text: a sentence for the reader.
        how: whether they said so, or did what suggests it.
        weight: signed, the part of all that they did to papers; None where they said so.
        papers: the ids of the papers that it is about.
        events: ids of those it comes from, the newest first, at most `MOST_EVENTS`.
        count: how many events there are.
    """

    about: About
    name: str
    text: str
    how: Literal["inferred", "stated"]
    events: tuple[str, ...]
    count: int
    weight: float | None = None
    papers: tuple[str, ...] = ()

    def public(self) -> dict[str, Any]:
        """As API answers show it."""
        return asdict(self)


def beliefs(
    state: UserState,
    standing: Sequence[StoredEvent],
    papers: Mapping[str, Paper],
    now: int,
    meaning: Meaning = SHIPPED,
    changed_at: int | None = None,
) -> list[Belief]:
    """What is believed: what was stated first, then what is inferred, the weightiest first.

    While personalisation is paused these are the beliefs that will hold again; where acts on papers are not
    to shape the lists nothing is inferred.

    Args:
        state: the reader's.
        standing: their events that count, oldest first (`recsys.profile.standing_events`).
        papers: of the state's papers by id; what is unknown has no title and no topics.
        now: ms since the epoch.
        meaning: of the bundle in service.
        changed_at: when their taste changed (`Ranker.changed_at`).
    """
    awake = replace(state, settings={**state.settings, Setting.PAUSED: 0.0})
    return [
        *_stances(state),
        *_refusals(state, papers),
        *_kept_away(state, standing, papers, now),
        *_pairs(standing, papers),
        *_inferred(awake, standing, papers, meaning, changed_at),
    ]


def _stances(state: UserState) -> Iterator[Belief]:
    for stance in state.stances:
        words = _INTEREST if stance.aspect == "text" else _FOLLOWED
        text = words[stance.sign].format(stance.name)
        yield _stated(stance.aspect, stance.name, text, [stance.event])  # type: ignore[arg-type]


def _refusals(state: UserState, papers: Mapping[str, Paper]) -> Iterator[Belief]:
    for refused in refused_aspects(state, papers.get):
        events = [refusal.event for refusal in refused.refusals]
        of = "of" if refused.aspect == "topic" else "by"
        number = _number(len({refusal.item for refusal in refused.refusals}), "paper")
        text = f"You want fewer papers {of} {refused.name}: you refused {number} for it"
        yield _stated(refused.aspect, refused.name, text, events)  # type: ignore[arg-type]
    old = [refusal.event for refusal in state.refusals if refusal.reason is Reason.TOO_OLD]
    if old:
        text = f"You want newer papers: you found {_number(len(old), 'paper')} too old"
        yield _stated("freshness", "", text, old)


def _kept_away(
    state: UserState, standing: Sequence[StoredEvent], papers: Mapping[str, Paper], now: int
) -> Iterator[Belief]:
    hides = [event for event in standing if event.kind is Kind.HIDE]
    never = [event for event in hides if event.reason is not Reason.NOT_NOW]
    if never:
        hidden = tuple(dict.fromkeys(event.item or "" for event in never))
        text = f"You hid {_number(len(hidden), 'paper')}: never shown again"
        yield _stated("hidden", "", text, [event.id for event in never])
    for item in sorted(state.snoozed(now), key=lambda item: state.signals[item].until)[:_MOST_ALIKE]:
        events = [event.id for event in hides if event.item == item and event.reason is Reason.NOT_NOW]
        text = f"“{_title(item, papers)}” stays away until {_day(state.signals[item].until)}"
        yield _stated("paper", "", text, events, (item,))


def _pairs(standing: Sequence[StoredEvent], papers: Mapping[str, Paper]) -> Iterator[Belief]:
    said: dict[tuple[Kind, str, str], list[str]] = {}
    for event in reversed(standing):
        if event.kind in _OF_TWO:
            said.setdefault((event.kind, event.item or "", event.other or ""), []).append(event.id)
    for (kind, item, other), events in list(said.items())[:_MOST_ALIKE]:
        text = _OF_TWO[kind].format(_title(item, papers), _title(other, papers))
        yield _stated("pair", "", text, events[::-1], (item, other))


def _inferred(
    state: UserState,
    standing: Sequence[StoredEvent],
    papers: Mapping[str, Paper],
    meaning: Meaning,
    changed_at: int | None,
) -> Iterator[Belief]:
    weights = state.history(meaning, changed_at)
    acts = _acts(state, standing)
    for sum_ in summed_up(state, weights, papers):
        found = {act.id: act for item in sum_.items for act in acts.get(item, ())}
        events = [act.id for act in sorted(found.values(), key=lambda act: (act.time, act.id))]
        yield _belief(sum_.about, sum_.name, sum_.text, "inferred", events, weight=round(sum_.weight, 4))
    if changed_at is not None:
        since = {item for item, weight in weights.items() if weight > 0}
        events = [act.id for act in standing if act.item in since and act.time >= changed_at]
        text = f"Your taste changed around {_day(changed_at)}: what you chose before counts less"
        yield _belief("taste", _day(changed_at), text, "inferred", events)


def _acts(state: UserState, standing: Sequence[StoredEvent]) -> dict[str, list[StoredEvent]]:
    """The events on each paper that say something of it."""
    acts: dict[str, list[StoredEvent]] = {}
    for event in standing:
        for item in (event.item, event.other):
            signal = None if item is None else state.signals.get(item)
            passed = signal is not None and signal.act is Kind.IMPRESSION
            if item is not None and (event.kind is not Kind.IMPRESSION or passed):
                acts.setdefault(item, []).append(event)
    return acts


def _stated(
    about: About, name: str, text: str, events: Sequence[str], papers: tuple[str, ...] = ()
) -> Belief:
    return _belief(about, name, text, "stated", events, papers=papers)


def _belief(
    about: About,
    name: str,
    text: str,
    how: Literal["inferred", "stated"],
    events: Sequence[str],
    *,
    weight: float | None = None,
    papers: tuple[str, ...] = (),
) -> Belief:
    """A belief from its events, oldest first."""
    newest = tuple(events[::-1][:MOST_EVENTS])
    return Belief(about, name, text, how, newest, len(events), weight, papers)


def _title(item: str, papers: Mapping[str, Paper]) -> str:
    return papers[item].title if item in papers else item


def _day(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).date().isoformat()


def _number(n: int, thing: str) -> str:
    return f"one {thing}" if n == 1 else f"{n} {thing}s"


def items_named(state: UserState) -> Iterable[str]:
    """The papers that beliefs may speak of: those acted on, refused or compared."""
    return {
        *state.signals,
        *(refusal.item for refusal in state.refusals),
        *(item for pair in state.pairs for item in (pair.item, pair.other)),
    }
