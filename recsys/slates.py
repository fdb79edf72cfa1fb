"""What was shown to a reader, and with which probability: what off-policy evaluation reads."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SlateItem:
    """One paper of a slate.

    `position` counts from 0; `propensity`, in (0, 1], is the exact probability with which the policy put this
    paper at this position; `score` is what the ranker gave it; `greedy` says whether the list without any
    exploration has it there too, None where that wasn't noted (it is since 0.2); `team` is whose paper it is
    in an interleaved list.
    """

    item: str
    position: int
    score: float
    propensity: float
    greedy: bool | None = None
    team: str | None = None


@dataclass(frozen=True, slots=True)
class Slate:
    """One answer as it was shown.

    Attributes:
        time: ms since the epoch.
        bundle: None where none was in service.
        pair: the upper of two neighbouring places whose papers changed places with probability 1/2, whether
            or not they did; None where none could. What is known of position bias comes from these.
    """

    id: str
    user: str
    time: int
    policy: str
    bundle: str | None
    items: tuple[SlateItem, ...]
    pair: int | None = None
