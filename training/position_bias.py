"""How likely each place of a list is looked at, estimated from the logs: what comes of swapping neighbours.

In each explored slate one pair of neighbours changed places with probability 1/2. Over all slates that tossed
the coin for places p and p + 1, either paper was as often above as below; so what was taken up below, for
each that was taken up above, is how likely p + 1 is looked at relative to p, whatever the papers are worth.
Joachims, Swaminathan and Schnabel, "Unbiased Learning-to-Rank with Biased Feedback" (WSDM 2017); Agarwal et
al., "Estimating Position Bias without Intrusive Interventions" (WSDM 2019).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from recsys.events import Kind, StoredEvent
from recsys.meaning import SHIPPED
from recsys.slates import Slate

_PRIOR_CLICKS = 50.0  # how much the shipped bias counts for, in papers taken up, at each pair of neighbours

_TAKEN_UP = (Kind.CLICK, Kind.READ, Kind.SAVE, Kind.LIKE)


def estimate_examined(
    slates: Iterable[Slate],
    taken_up: Collection[tuple[str, str]],
    shipped: tuple[float, ...] = SHIPPED.examined,
) -> tuple[float, ...]:
    """How likely each place is looked at, relative to the first, for as many places as `shipped` has.

    The share of the lower place in what was taken up at a pair is smoothed towards the shipped one, so that
    neighbours never tested (a drawn place is in no pair) keep its ratio. Ratios are chained from the first.

    Args:
        slates: the log; those without a pair tell nothing.
        taken_up: the (slate, paper) of what was, as `of_slates` finds them.
        shipped: what is believed without any logs, > 0.
    """
    upper, lower = _counts(slates, taken_up)
    examined = [1.0]
    for place in range(len(shipped) - 1):
        usual = shipped[place + 1] / (shipped[place] + shipped[place + 1])
        below, above = (n + _PRIOR_CLICKS * s for n, s in ((lower[place], usual), (upper[place], 1 - usual)))
        examined.append(examined[-1] * below / above)
    return tuple(examined)


def of_slates(events: Iterable[StoredEvent]) -> set[tuple[str, str]]:
    """The (slate, paper) of each paper that was opened, read, saved or liked from a slate."""
    return {
        (event.slate, event.item)
        for event in events
        if event.kind in _TAKEN_UP and event.slate is not None and event.item is not None
    }


def _counts(
    slates: Iterable[Slate], taken_up: Collection[tuple[str, str]]
) -> tuple[Counter[int], Counter[int]]:
    """How many papers were taken up at the upper and at the lower place of each tested pair."""
    upper: Counter[int] = Counter()
    lower: Counter[int] = Counter()
    for slate in slates:
        if slate.pair is None:
            continue
        for item in slate.items:
            if (slate.id, item.item) in taken_up:
                upper[slate.pair] += item.position == slate.pair
                lower[slate.pair] += item.position == slate.pair + 1
    return upper, lower
