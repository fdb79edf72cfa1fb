"""What one reader did to one paper, put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any, Self

from recsys.events import Kind, Reason, StoredEvent

QUICK_CLOSE_SECONDS = 5.0  # a read as short as this isn't one: the paper was opened and closed
SNOOZE_MS = 14 * 86_400_000  # how long `not-now` keeps a paper away
_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Signal:
    """The acts of one reader on one paper; nothing is weighed yet.

    Attributes:
        time: of the last act, ms since the epoch.
        act: the act it rests on.
        event: the id of the last event of that kind.
        saved: as things stand.
        judged: 1 liked, -1 disliked, 0 neither.
        seed: named as being of the reader's field.
        hidden: never to come back.
        until: not to come back before, ms since the epoch; 0 otherwise.
        reason: of the hide or the dislike.
        clicks: how often it was opened.
        position: where it stood when it was opened last, from 0.
        read: whether there was a real read; `seconds` is the longest, None where the client didn't say.
        scroll: how far down, 0 to 1.
        returns: on how many further days it was opened.
        quick: whether it was opened and closed at once.
        passed: how often it was seen above another that was opened.
        preferred: how often rather than another, less how often another rather than it.
    """

    time: int
    act: Kind
    event: str = ""
    saved: bool = False
    judged: int = 0
    seed: bool = False
    hidden: bool = False
    until: int = 0
    reason: Reason | None = None
    clicks: int = 0
    position: int | None = None
    read: bool = False
    seconds: float | None = None
    scroll: float = 0.0
    returns: int = 0
    quick: bool = False
    passed: int = 0
    preferred: int = 0

    @property
    def done(self) -> bool:
        """Whether the reader is finished with the paper: it isn't recommended again unless asked for."""
        return self.saved or self.judged != 0 or self.read or self.reason is Reason.ALREADY_KNOW

    def packed(self) -> list[Any]:
        """As JSON."""
        return list(_PACK(self))

    @classmethod
    def unpacked(cls, packed: Sequence[Any]) -> Self:
        """The signal that `packed` was made of."""
        time, act, event, saved, judged, seed, hidden, until, reason, *rest = packed
        because = None if reason is None else Reason(reason)
        return cls(time, Kind(act), event, saved, judged, seed, hidden, until, because, *rest)


_PACK = attrgetter(*(field.name for field in fields(Signal)))


def fold(acts: Sequence[StoredEvent], passed: int, preferred: int) -> Signal:
    """One paper's acts, oldest first, as one signal.

    Args:
        acts: at least one.
        passed: how often it was passed over.
        preferred: net count of preferences.
    """
    saved = seed = hidden = False
    judged, until, reason = 0, 0, None
    opened = [act for act in acts if act.kind in (Kind.CLICK, Kind.READ)]
    reads = [act for act in opened if act.kind is Kind.READ and not is_quick(act)]
    for act in acts:
        match act.kind:
            case Kind.SAVE | Kind.UNSAVE:
                saved = act.kind is Kind.SAVE
            case Kind.LIKE:
                judged, reason = 1, None
            case Kind.DISLIKE:
                judged, reason = -1, act.reason
            case Kind.HIDE if act.reason is Reason.NOT_NOW:
                until = act.time + SNOOZE_MS
            case Kind.HIDE:
                hidden, reason = True, act.reason
            case Kind.SEED:
                seed = True
    main = _main(acts, saved, judged, seed, hidden, bool(reads))
    places = [act.position for act in opened if act.kind is Kind.CLICK and act.position is not None]
    lengths = [act.seconds for act in reads if act.seconds is not None]
    return Signal(
        time=acts[-1].time,
        act=main,
        event=max((act for act in acts if act.kind is main), key=lambda act: (act.time, act.id)).id,
        saved=saved,
        judged=judged,
        seed=seed,
        hidden=hidden,
        until=until,
        reason=reason,
        clicks=sum(act.kind is Kind.CLICK for act in opened),
        position=places[-1] if places else None,
        read=bool(reads),
        seconds=max(lengths) if lengths and len(lengths) == len(reads) else None,
        scroll=max((act.scroll for act in opened if act.scroll is not None), default=0.0),
        returns=max(0, len({act.time // _DAY_MS for act in opened}) - 1),
        quick=any(is_quick(act) for act in opened),
        passed=passed,
        preferred=preferred,
    )


def is_quick(act: StoredEvent) -> bool:
    """Whether a read was none: the paper was closed at once."""
    return act.kind is Kind.READ and act.seconds is not None and act.seconds <= QUICK_CLOSE_SECONDS


def _main(
    acts: Sequence[StoredEvent], saved: bool, judged: int, seed: bool, hidden: bool, read: bool
) -> Kind:
    """The act that tells most; one that has been taken back tells nothing."""
    standing = {
        Kind.DISLIKE: judged < 0,
        Kind.HIDE: hidden,
        Kind.LIKE: judged > 0,
        Kind.SAVE: saved,
        Kind.SEED: seed,
        Kind.READ: read,
    }
    return next((kind for kind, stands in standing.items() if stands), acts[-1].kind)
