"""A reader's state: what all their events together say, as a pure function of the record.

The state of a user is computed from the *set* of their events, so it cannot depend on the order in which they
arrived, on repeats, or on what Redis lost: rebuilding it is computing it again, and an event that is undone
leaves no trace in it but the version.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from recsys.events import SETTINGS, Kind, Reason, Setting, StoredEvent
from recsys.meaning import LONG_DAYS, PAIRED, SHIPPED, Meaning
from recsys.signals import Signal, fold

_DAY_MS = 86_400_000
FAST_DECAY = 0.85  # each newer act takes this share of the fast part of an older one
FAST_SHARE = 0.7  # how much of a fresh act's weight is fast
BEFORE_A_CHANGE = 0.3  # what is left of acts from before the reader's taste changed

_ON_PAPERS = frozenset(
    {Kind.CLICK, Kind.READ, Kind.SAVE, Kind.UNSAVE, Kind.LIKE, Kind.DISLIKE, Kind.HIDE, Kind.SEED}
)


class Stance(NamedTuple):
    """Something followed (`sign` 1) or muted (-1): `aspect` is topic, author, venue or text."""

    aspect: str
    name: str
    sign: int
    time: int
    event: str


class Refusal(NamedTuple):
    """An aspect of a paper that the reader refused: `name` says which topic or author, where they did."""

    reason: Reason
    item: str
    name: str | None
    time: int
    event: str


class Pair(NamedTuple):
    """Two papers that are alike (`sign` 1) or not (-1) to the reader."""

    item: str
    other: str
    sign: int
    time: int


@dataclass(frozen=True, slots=True)
class UserState:
    """All that ranking needs to know of a user.

    `version` is the number of their events in the record: it only grows, so of two states of a user the one
    with the larger version has seen everything that the other has.
    """

    user: str
    version: int
    signals: Mapping[str, Signal] = field(default_factory=dict)
    stances: tuple[Stance, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    pairs: tuple[Pair, ...] = ()
    settings: Mapping[Setting, float] = field(default_factory=dict)

    def setting(self, name: Setting) -> float:
        """What the reader set, or the usual value."""
        return self.settings.get(name, SETTINGS[name].usual)

    @property
    def learns(self) -> bool:
        """Whether acts on papers may shape the reader's lists and the nightly models."""
        return not self.setting(Setting.PAUSED) and bool(self.setting(Setting.LEARN_FROM_LIKES))

    @property
    def follows(self) -> tuple[str, ...]:
        """The topics followed."""
        return tuple(s.name for s in self.stances if s.aspect == "topic" and s.sign > 0)

    @property
    def mutes(self) -> tuple[str, ...]:
        """The topics muted."""
        return tuple(s.name for s in self.stances if s.aspect == "topic" and s.sign < 0)

    @property
    def done(self) -> set[str]:
        """Papers that are not to be repeated unless asked for (hidden ones not among them)."""
        return {item for item, signal in self.signals.items() if signal.done}

    @property
    def hidden(self) -> set[str]:
        """Papers that never come back."""
        return {item for item, signal in self.signals.items() if signal.hidden}

    def snoozed(self, now: int) -> set[str]:
        """Papers that are not wanted at this time (ms since the epoch)."""
        return {item for item, signal in self.signals.items() if signal.until > now}

    def said(self, meaning: Meaning = SHIPPED) -> dict[str, tuple[float, int]]:
        """The signed value of each paper that something is said of, and when (ms), ordered by paper."""
        if not self.learns:
            return {}
        said = {item: (meaning.value(signal, item), signal.time) for item, signal in self.signals.items()}
        for item, (value, time) in self._carried_over(said).items():
            before, latest = said.get(item, (0.0, time))
            said[item] = before + value, max(latest, time)
        return {item: (value, time) for item, (value, time) in sorted(said.items()) if value}

    def confidences(self, meaning: Meaning = SHIPPED) -> dict[str, float]:
        """Signed confidence of each paper, decayed with time (what the nightly matrices hold).

        Time runs from the user's own newest act, not from the clock: the state stays a function of the record
        alone, and a reader who comes back from a long holiday finds their taste where they left it.
        """
        return self._decayed(self.said(meaning), meaning)

    def history(self, meaning: Meaning = SHIPPED, changed_at: int | None = None) -> dict[str, float]:
        """Signed weights with a fast and a slow part (what the ranking reads).

        The fast part shrinks with every newer act that speaks for a paper, so a new interest shows in the
        next answer; the slow part keeps an old interest from being lost. Acts of the same time count as
        equally new. Acts from before `changed_at` (`recsys.drift`), where it is given, count less.
        """
        said = self.said(meaning)
        good = sorted(time for value, time in said.values() if value > 0)
        history = {}
        for item, slow in self._decayed(said, meaning).items():
            time = said[item][1]
            newer = len(good) - bisect_right(good, time)
            left = BEFORE_A_CHANGE if changed_at is not None and time < changed_at else 1.0
            history[item] = slow * left * (1 - FAST_SHARE + FAST_SHARE * FAST_DECAY**newer)
        return history

    def _decayed(self, said: Mapping[str, tuple[float, int]], meaning: Meaning) -> dict[str, float]:
        newest = max((time for _, time in said.values()), default=0)
        lives = {item: meaning.half_life(signal) for item, signal in self.signals.items()}
        return {
            item: value * 0.5 ** ((newest - time) / _DAY_MS / lives.get(item, LONG_DAYS))
            for item, (value, time) in said.items()
        }

    def _carried_over(self, said: Mapping[str, tuple[float, int]]) -> dict[str, tuple[float, int]]:
        """What papers take on from those they are like, or unlike, in the reader's own words."""
        carried: dict[str, tuple[float, int]] = {}
        for item, other, sign, time in self.pairs:
            for one, two in ((item, other), (other, item)):
                value = PAIRED * sign * said[two][0] if two in said else 0.0
                if value:
                    before, latest = carried.get(one, (0.0, time))
                    carried[one] = before + value, max(latest, time)
        return carried

    def to_bytes(self) -> bytes:
        """Canonical JSON: equal states give equal bytes."""
        payload = {
            "user": self.user,
            "version": self.version,
            "signals": {item: signal.packed() for item, signal in self.signals.items()},
            "stances": [list(stance) for stance in self.stances],
            "refusals": [list(refusal) for refusal in self.refusals],
            "pairs": [list(pair) for pair in self.pairs],
            "settings": self.settings,
        }
        return orjson.dumps(payload, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)

    @classmethod
    def from_bytes(cls, data: bytes) -> UserState:
        """The state that `to_bytes` wrote."""
        raw: dict[str, Any] = orjson.loads(data)
        return cls(
            raw["user"],
            raw["version"],
            {item: Signal.unpacked(packed) for item, packed in raw["signals"].items()},
            tuple(Stance(*stance) for stance in raw["stances"]),
            tuple(Refusal(Reason(reason), *rest) for reason, *rest in raw["refusals"]),
            tuple(Pair(*pair) for pair in raw["pairs"]),
            {Setting(name): value for name, value in raw["settings"].items()},
        )


def state_from_events(user: str, events: Iterable[StoredEvent]) -> UserState:
    """Fold a user's events, in whatever order they come, into their state.

    >>> like = StoredEvent("e1", "ada", Kind.LIKE, 1_000, item="p1")
    >>> undo = StoredEvent("e2", "ada", Kind.UNDO, 2_000, undoes="e1")
    >>> len(state_from_events("ada", [like]).signals), len(state_from_events("ada", [undo, like]).signals)
    (1, 0)
    """
    unique = {event.id: event for event in events}
    standing = standing_events(unique.values())
    return UserState(
        user=user,
        version=len(unique),
        signals=_signals(standing),
        stances=_stances(standing),
        refusals=tuple(
            Refusal(event.reason, event.item or "", event.topic or event.author, event.time, event.id)
            for event in standing
            if event.reason in (Reason.TOPIC, Reason.AUTHOR, Reason.TOO_OLD)
        ),
        pairs=tuple(
            Pair(event.item or "", event.other or "", 1 if event.kind is Kind.SIMILAR else -1, event.time)
            for event in standing
            if event.kind in (Kind.SIMILAR, Kind.DIFFERENT)
        ),
        settings={
            event.setting: event.value
            for event in standing
            if event.setting is not None and event.value is not None
        },
    )


def standing_events(events: Iterable[StoredEvent]) -> list[StoredEvent]:
    """The events that count, oldest first: none that is undone or from before a reset, and no undo.

    An undo may itself be undone, by a later one.
    """
    ordered = sorted(events, key=_moment)
    by_id = {event.id: event for event in ordered}
    undone: set[str] = set()
    for event in reversed(ordered):
        if event.kind is Kind.UNDO and event.undoes in by_id and event.id not in undone:
            target = by_id[event.undoes]
            if target.kind is not Kind.UNDO or _moment(target) < _moment(event):
                undone.add(target.id)
    left = [event for event in ordered if event.id not in undone and event.kind is not Kind.UNDO]
    resets = [place for place, event in enumerate(left) if event.kind is Kind.RESET]
    if resets:
        settings = [event for event in left[: resets[-1]] if event.kind is Kind.SET]
        left = settings + left[resets[-1] + 1 :]
    return left


def _moment(event: StoredEvent) -> tuple[int, str]:
    return event.time, event.id


def _signals(standing: Sequence[StoredEvent]) -> dict[str, Signal]:
    acts: dict[str, list[StoredEvent]] = {}
    preferred: dict[str, int] = {}
    for event in standing:
        if event.item is None:
            continue
        if event.kind in _ON_PAPERS:
            acts.setdefault(event.item, []).append(event)
        elif event.kind is Kind.PREFER and event.other is not None:
            for item, won in ((event.item, 1), (event.other, -1)):
                acts.setdefault(item, []).append(event)
                preferred[item] = preferred.get(item, 0) + won
    passes = _passed_over(standing)
    for item, seen in passes.items():
        acts.setdefault(item, [seen[-1]])
    return {
        item: fold(done, len(passes.get(item, ())), preferred.get(item, 0))
        for item, done in sorted(acts.items())
    }


def _passed_over(standing: Sequence[StoredEvent]) -> dict[str, list[StoredEvent]]:
    """The impressions of each paper in slates where the reader opened one further down, but not this one.

    Readers look through lists from the top, so what lies above an opened paper was seen (Joachims et al.,
    "Accurately Interpreting Clickthrough Data as Implicit Feedback", SIGIR 2005).
    """
    lowest: dict[str, int] = {}
    touched: set[tuple[str, str | None]] = set()
    for event in standing:
        if event.slate is not None and event.kind is not Kind.IMPRESSION:
            touched.add((event.slate, event.item))
            if event.kind in (Kind.CLICK, Kind.READ) and event.position is not None:
                lowest[event.slate] = max(lowest.get(event.slate, 0), event.position)
    passes: dict[str, list[StoredEvent]] = {}
    for event in standing:
        if event.kind is not Kind.IMPRESSION or event.slate is None or event.position is None:
            continue
        if event.position < lowest.get(event.slate, 0) and (event.slate, event.item) not in touched:
            passes.setdefault(event.item or "", []).append(event)
    return passes


def _stances(standing: Sequence[StoredEvent]) -> tuple[Stance, ...]:
    """The last word on each target."""
    last: dict[tuple[str, str], Stance | None] = {}
    for event in standing:
        if event.kind in (Kind.FOLLOW, Kind.MUTE, Kind.UNFOLLOW) and event.target is not None:
            aspect, name = event.target
            sign = 1 if event.kind is Kind.FOLLOW else -1
            stance = Stance(aspect, name, sign, event.time, event.id)
            last[aspect, name.casefold()] = None if event.kind is Kind.UNFOLLOW else stance
    return tuple(sorted(stance for stance in last.values() if stance is not None))
