"""A user's online head: what all their events together say, as a pure function of the record.

The state of a user is computed from the *set* of their events, so it cannot depend on the order in which they
arrived, on repeats, or on what Redis lost: rebuilding it is computing it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import orjson

from recsys.events import MEANING, Kind, StoredEvent, finishes, strength

_MOST_POSITIVE = 1.5  # a paper saved, liked and read says more than one of these, but not three times as much
_DAY_MS = 86_400_000
SLOW_HALF_LIFE_DAYS = 180.0
FAST_DECAY = 0.45  # each newer act takes this share of the fast part of an older one
FAST_SHARE = 0.7  # how much of a fresh act's weight is fast


@dataclass(frozen=True, slots=True)
class Signal:
    """What one reader's events say of one paper: signed `value`, `time` in ms, and the act it rests on."""

    value: float
    time: int
    act: Kind
    done: bool
    hidden: bool


@dataclass(frozen=True, slots=True)
class UserState:
    """All that ranking needs to know of a user.

    `version` is the number of their events in the record: it only grows, so of two states of a user the one
    with the larger version has seen everything that the other has.
    """

    user: str
    version: int
    signals: Mapping[str, Signal]
    follows: tuple[str, ...] = ()
    mutes: tuple[str, ...] = ()

    @property
    def done(self) -> set[str]:
        """Papers that are not to be repeated unless asked for (hidden ones not among them)."""
        return {item for item, signal in self.signals.items() if signal.done}

    @property
    def hidden(self) -> set[str]:
        """Papers that never come back."""
        return {item for item, signal in self.signals.items() if signal.hidden}

    def confidences(self) -> dict[str, float]:
        """Signed confidence of each paper, decayed with time (what the nightly matrices hold).

        Time runs from the user's own newest act, not from the clock: the state stays a function of the record
        alone, and a reader who comes back from a long holiday finds their taste where they left it.
        """
        newest = max((signal.time for signal in self.signals.values()), default=0)
        return {
            item: signal.value * 0.5 ** ((newest - signal.time) / _DAY_MS / SLOW_HALF_LIFE_DAYS)
            for item, signal in self.signals.items()
            if signal.value
        }

    def history(self) -> dict[str, float]:
        """Signed weights with a fast and a slow part (what the ranking reads).

        The fast part shrinks with every newer act, so a new interest shows in the next answer; the slow part
        keeps an old interest from being lost. Acts of the same time count as equally new.
        """
        slow = self.confidences()
        times = sorted((self.signals[item].time for item in slow), reverse=True)
        newer = {time: rank for rank, time in reversed(list(enumerate(times)))}
        return {
            item: value * (1 - FAST_SHARE + FAST_SHARE * FAST_DECAY ** newer[self.signals[item].time])
            for item, value in slow.items()
        }

    def to_bytes(self) -> bytes:
        """Canonical JSON: equal states give equal bytes."""
        payload = {
            "user": self.user,
            "version": self.version,
            "signals": {i: [s.value, s.time, s.act, s.done, s.hidden] for i, s in self.signals.items()},
            "follows": list(self.follows),
            "mutes": list(self.mutes),
        }
        return orjson.dumps(payload, option=orjson.OPT_SORT_KEYS)

    @classmethod
    def from_bytes(cls, data: bytes) -> UserState:
        """The state that `to_bytes` wrote."""
        raw = orjson.loads(data)
        signals = {
            item: Signal(value, time, Kind(act), done, hidden)
            for item, (value, time, act, done, hidden) in raw["signals"].items()
        }
        return cls(raw["user"], raw["version"], signals, tuple(raw["follows"]), tuple(raw["mutes"]))


def state_from_events(user: str, events: Iterable[StoredEvent]) -> UserState:
    """Fold a user's events, in whatever order they come, into their state.

    >>> like = StoredEvent("e1", "ada", Kind.LIKE, 1_000, item="p1")
    >>> state_from_events("ada", [like]).signals["p1"].value
    1.0
    """
    unique = {event.id: event for event in events}
    ordered = sorted(unique.values(), key=lambda event: (event.time, event.id))
    by_item: dict[str, list[StoredEvent]] = {}
    topics: dict[str, Kind] = {}
    for event in ordered:
        if event.kind in (Kind.FOLLOW, Kind.MUTE):
            if event.topic is not None:
                topics[event.topic] = event.kind  # the last word counts
        elif event.item is not None and event.kind is not Kind.IMPRESSION:
            by_item.setdefault(event.item, []).append(event)
    return UserState(
        user=user,
        version=len(ordered),
        signals={item: _fold(acts) for item, acts in sorted(by_item.items())},
        follows=tuple(sorted(t for t, kind in topics.items() if kind is Kind.FOLLOW)),
        mutes=tuple(sorted(t for t, kind in topics.items() if kind is Kind.MUTE)),
    )


def _fold(acts: list[StoredEvent]) -> Signal:
    """One paper's acts, oldest first, as one signal."""
    saved = judged = hidden = None
    read = clicked = 0.0
    finished = False
    main = acts[-1].kind
    for act in acts:
        finished = finished or (act.kind is Kind.READ and finishes(act.kind, act.seconds))
        match act.kind:
            case Kind.SAVE | Kind.UNSAVE:
                saved = act.kind
            case Kind.LIKE | Kind.DISLIKE:
                judged = act.kind
            case Kind.HIDE:
                hidden = act.kind
            case Kind.READ:
                read = max(read, strength(act.kind, act.seconds))
            case Kind.CLICK:
                clicked = strength(act.kind, None)
    kept = saved is Kind.SAVE
    if judged is Kind.DISLIKE:
        value, main = MEANING[Kind.DISLIKE].strength, Kind.DISLIKE
    elif hidden:
        value, main = MEANING[Kind.HIDE].strength, Kind.HIDE
    else:
        liked = judged is Kind.LIKE
        value = min(MEANING[Kind.SAVE].strength * kept + MEANING[Kind.LIKE].strength * liked
                    + max(read, clicked), _MOST_POSITIVE)  # fmt: skip
        main = Kind.LIKE if liked else Kind.SAVE if kept else Kind.READ if read else main
    return Signal(
        value=value,
        time=acts[-1].time,
        act=main,
        done=kept or judged is not None or finished,
        hidden=hidden is not None,
    )
