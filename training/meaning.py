"""How silent feedback is read, learned from the readers who also say what they think."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from recsys.meaning import SHIPPED, USUAL_SECONDS, Meaning, features
from recsys.profile import UserState
from recsys.signals import Signal

_PRIOR = 20.0  # how much the shipped weights count for, in verdicts


def fit_meaning(
    states: Iterable[UserState], lengths: Mapping[str, float], examined: tuple[float, ...] = SHIPPED.examined
) -> Meaning:
    """The logistic model of a verdict given what the reader did without judging.

    Penalised logistic regression around the shipped weights, which therefore stay where nobody gives both.

    Args:
        states: of all readers.
        lengths: seconds of a whole read by paper id.
        examined: how likely each position is looked at, relative to the first.
    """
    shipped = replace(SHIPPED, lengths=lengths, examined=examined)
    known = [
        (features(signal, lengths.get(item, USUAL_SECONDS)), verdict)
        for state in states
        if state.learns
        for item, signal in state.signals.items()
        if (verdict := _verdict(signal)) is not None
    ]
    if not known:
        return shipped
    x = np.array([row for row, _ in known])
    y = np.array([verdict for _, verdict in known])
    return replace(shipped, weights=tuple(_fitted(x, y, np.array(SHIPPED.weights)).tolist()))


def _verdict(signal: Signal) -> float | None:
    """1 for, 0 against; None where the reader opened nothing, or gave no verdict on the paper itself."""
    if not (signal.clicks or signal.read or signal.quick):
        return None
    if signal.saved or signal.judged > 0:
        return 1.0
    return 0.0 if (signal.judged < 0 or signal.hidden) and signal.reason is None else None


def _fitted(
    x: NDArray[np.float64], y: NDArray[np.float64], prior: NDArray[np.float64]
) -> NDArray[np.float64]:
    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        logits = x @ weights
        off = weights - prior
        value = float(np.logaddexp(0, logits).sum() - y @ logits + _PRIOR / 2 * off @ off)
        return value, x.T @ (1 / (1 + np.exp(-logits)) - y) + _PRIOR * off

    best: NDArray[np.float64] = optimize.minimize(loss, prior, jac=True, method="L-BFGS-B").x
    return best
