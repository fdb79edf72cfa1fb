"""How fast popularity ages: the half-life under which what was chosen foretells what is chosen next."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]

_HALVINGS = 6  # the half-lives tried are the span of all times, halved up to so often
_FIRST = 0.4  # of what was chosen is only learned from; the rest is foretold, in _PERIODS of equal size
_PERIODS = 12
_UNSEEN = 0.02  # the chance, over all items, that the next is chosen whatever was popular


def half_life(items: npt.NDArray[Any], voices: Doubles, times: npt.NDArray[Any], n_items: int) -> float:
    """The half-life under which what was chosen before gives what was chosen next the highest chance.

    A period's choices are foretold from all before it, each voice counting half as much for every half-life
    that went by (exponential forgetting, its rate by prequential likelihood: Dawid 1984). Half of the belief
    is beforehand that nothing fades, so that it takes evidence to make what is popular a matter of the hour.

    Args:
        items: int (n,), rows of what was chosen.
        voices: (n,), what each choice counts.
        times: (n,), when, in any unit.
        n_items: the number of items.

    Returns:
        In the unit of the times; `inf` if nothing fades.
    """
    if not len(times) or times.min() == times.max():
        return np.inf
    moments = np.asarray(times - times.min(), dtype=np.float64)
    in_order = np.argsort(moments, kind="stable")
    starts = np.quantile(moments, np.linspace(_FIRST, 1, _PERIODS, endpoint=False))
    periods = np.split(in_order, np.searchsorted(moments[in_order], starts))

    def log_likelihood(half: float) -> float:
        popularity, until, total = np.zeros(n_items), 0.0, 0.0
        for period in periods:
            if not len(period):
                continue
            if popularity.any():
                chances = (1 - _UNSEEN) * popularity / popularity.sum() + _UNSEEN / n_items
                total += voices[period] @ np.log(chances[items[period]])
            latest = moments[period[-1]]
            popularity *= np.exp2((until - latest) / half)
            popularity += np.bincount(items[period], faded(voices[period], moments[period], half), n_items)
            until = latest
        return float(total)

    candidates = moments.max() / 2.0 ** np.arange(1, _HALVINGS + 1)
    found = [log_likelihood(half) for half in candidates]
    best = int(np.argmax(found))
    return float(candidates[best]) if found[best] > log_likelihood(np.inf) + np.log(_HALVINGS) else np.inf


def faded(voices: Doubles, times: npt.NDArray[Any], half_life: float) -> Doubles:
    """What is left of each voice, float64 (n,): all of the last, half of one a half-life before it."""
    latest = times.max() if len(times) else 0
    left: Doubles = voices * np.exp2((times - latest) / half_life)
    return left
