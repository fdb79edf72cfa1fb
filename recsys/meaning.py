"""What feedback says about preference: the one place that states it.

Explicit acts have a stated strength, after the usual reading of implicit feedback (Hu, Koren and Volinsky
2008: preference is a sign, confidence a size). What a reader does without judging (opening, reading,
scrolling, coming back) is read by a small logistic model of how likely an explicit like would have been; the
nightly job fits it on readers who give both, around the weights shipped here (`training.meaning`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from recsys.events import Kind, Reason
from recsys.signals import Signal

LONG_DAYS, SHORT_DAYS = 180.0, 60.0  # after which an act counts half: one that judges, one that doesn't


@dataclass(frozen=True, slots=True)
class Says:
    """What one kind of act says of its paper: `strength` is signed, `half_life` in days."""

    strength: float
    half_life: float = LONG_DAYS


SAYS: Mapping[Kind, Says] = {
    Kind.SAVE: Says(1.0),
    Kind.LIKE: Says(1.0),
    Kind.SEED: Says(1.0),
    Kind.READ: Says(0.6, SHORT_DAYS),  # a whole read; `Meaning` tells how much of that a read is worth
    Kind.CLICK: Says(0.3, SHORT_DAYS),
    Kind.PREFER: Says(0.4),
    Kind.DISLIKE: Says(-0.7),
    Kind.HIDE: Says(-0.3),
    Kind.IMPRESSION: Says(-0.05, SHORT_DAYS),  # passed over: seen above another that was opened
}
# A reason takes the blame off the paper: only the aspect is held against others (`recsys.stated`).
OF_REASON: Mapping[Reason, float] = {
    Reason.TOPIC: 0.0,
    Reason.AUTHOR: 0.0,
    Reason.ALREADY_KNOW: 0.2,  # knowing it means being of its field
    Reason.TOO_OLD: 0.0,
    Reason.LOW_QUALITY: 0.0,
    Reason.NOT_NOW: 0.0,
}
PAIRED = 0.3  # the share of one paper's value that a similar one takes on, a different one against its sign

_MOST, _LEAST = 1.5, -1.0  # saved, liked and read says more than one of these, but not three times as much
_MOST_PASSES = 3
_INDIFFERENT = 0.2  # a chance of a like below this speaks against a paper that was opened
_MOST_CORRECTION = 2.0
USUAL_SECONDS = 120.0  # of a whole read, where the length of the text isn't known

FEATURES = ("opened", "reading", "scroll", "returns", "quick-close")
_SHIPPED = (0.0, 2.0, 0.5, 0.7, -2.2)
# How often a place is looked at, relative to the first: the log discount, until the logs tell.
_EXAMINED = tuple(1 / math.log2(2 + position) for position in range(20))


def features(signal: Signal, seconds: float) -> tuple[float, ...]:
    """What the logistic model reads, in the order of `FEATURES`; `seconds` are those of a whole read."""
    reading = math.log1p(1.0 if signal.seconds is None else signal.seconds / seconds) if signal.read else 0.0
    quick = float(signal.quick and not signal.read)
    return 1.0, reading, signal.scroll, math.log1p(signal.returns), quick


@dataclass(frozen=True)
class Meaning:
    """How the acts on a paper become one signed value.

    Attributes:
        weights: of the logistic model, in the order of `FEATURES`.
        examined: how likely each position is looked at, relative to the first; the last one stands
            for all beyond.
        lengths: seconds of a whole read by paper id, `USUAL_SECONDS` where absent.
    """

    weights: tuple[float, ...] = _SHIPPED
    examined: tuple[float, ...] = _EXAMINED
    lengths: Mapping[str, float] = field(default_factory=dict)

    def value(self, signal: Signal, item: str) -> float:
        """How much a reader's acts say for (> 0) or against (< 0) a paper, from -1 to 1.5."""
        if signal.reason is not None:
            return OF_REASON[signal.reason]
        if signal.judged < 0:
            return SAYS[Kind.DISLIKE].strength
        if signal.hidden:
            return SAYS[Kind.HIDE].strength
        explicit = (
            SAYS[Kind.SAVE].strength * signal.saved
            + SAYS[Kind.LIKE].strength * (signal.judged > 0)
            + SAYS[Kind.SEED].strength * signal.seed
        )
        silent = self._silent(signal, item)
        value = explicit + (max(silent, 0.0) if explicit else silent)
        value += SAYS[Kind.PREFER].strength * max(-1, min(signal.preferred, 1))
        return max(_LEAST, min(value, _MOST))

    def half_life(self, signal: Signal) -> float:
        """Days after which what is said counts half."""
        judged = signal.saved or signal.judged or signal.seed or signal.hidden or signal.preferred
        return LONG_DAYS if judged else SHORT_DAYS

    def chance(self, signal: Signal, item: str) -> float:
        """How likely the reader of a paper they opened would have liked it."""
        known = features(signal, self.lengths.get(item, USUAL_SECONDS))
        logit = sum(weight * value for weight, value in zip(self.weights, known, strict=True))
        return 1 / (1 + math.exp(-max(-30.0, min(logit, 30.0))))

    def looked_at(self, position: int) -> float:
        """How likely a position is looked at, relative to the first."""
        return self.examined[min(position, len(self.examined) - 1)]

    def params(self) -> dict[str, Any]:
        """As JSON, for the bundle's manifest."""
        return {"weights": list(self.weights), "examined": list(self.examined)}

    @classmethod
    def from_params(cls, params: Mapping[str, Sequence[float]], lengths: Mapping[str, float]) -> Self:
        """The meaning that `params` were taken of."""
        return cls(tuple(params["weights"]), tuple(params["examined"]), lengths)

    def _silent(self, signal: Signal, item: str) -> float:
        """What is said by opening and reading, or by passing over."""
        if not (signal.clicks or signal.read or signal.quick):
            return SAYS[Kind.IMPRESSION].strength * min(signal.passed, _MOST_PASSES)
        said = self.chance(signal, item) - _INDIFFERENT
        if said > 0 and not signal.read and signal.position is not None:
            # Found where few look: the inverse propensity of Joachims, Swaminathan and Schnabel (2017).
            said *= min(1 / self.looked_at(signal.position), _MOST_CORRECTION)
        return said


SHIPPED = Meaning()
