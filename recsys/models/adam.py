"""Adam (Kingma and Ba 2015) for arrays of which each step needs a few rows only."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from recsys.content import Floats

Rows = npt.NDArray[np.integer[Any]] | slice

_FIRST_DECAY, _SECOND_DECAY = 0.9, 0.99  # of the moments
_COASTING = _FIRST_DECAY / _SECOND_DECAY**0.5  # a step without a slope is by this shorter than the one before


class Adam:
    """Adam on the rows of one array, float32 (n,) or (n, d), in place, with a pull to where they started.

    Rows without a slope are left alone. When they are next needed they are brought up to date in closed form:
    their moments have decayed, and they have coasted on. So a step costs as much as its batch, not as all.
    """

    def __init__(self, values: Floats, pull: float = 0.0) -> None:
        self.values, self.origin, self.pull = values, values.copy(), pull
        self.first, self.second = np.zeros_like(values), np.zeros_like(values)
        self.steps, self.last = 0, np.zeros(len(values), dtype=np.int64)

    def bring_up(self, rows: Rows, rate: float) -> None:
        """Let `rows` do what they would have done since they last had a slope, but for the pull."""
        idle = self.steps - self.last[rows]
        coasted = _COASTING * (1 - _COASTING**idle) / (1 - _COASTING)
        stride = self._stride(self.first[rows], self.second[rows], rate)
        self.values[rows] -= stride * self._by_row(coasted)

    def step(self, rows: Rows, slope: Floats, rate: float) -> None:
        """One step down the slope, of `rows` that have been brought up to date."""
        self.steps += 1
        since = self.steps - self.last[rows]
        pulled = self.values[rows] - self.origin[rows]
        pulled *= self._by_row(2 * self.pull * since)
        pulled += slope
        first, second = self.first[rows], self.second[rows]
        first *= self._by_row(_FIRST_DECAY**since)
        first += np.float32(1 - _FIRST_DECAY) * pulled
        second *= self._by_row(_SECOND_DECAY**since)
        np.square(pulled, out=pulled)
        pulled *= np.float32(1 - _SECOND_DECAY)
        second += pulled
        self.first[rows], self.second[rows], self.last[rows] = first, second, self.steps
        self.values[rows] -= self._stride(first, second, rate)

    def _stride(self, first: Floats, second: Floats, rate: float) -> Floats:
        steps = max(1, self.steps)
        stride = second / np.float32(1 - _SECOND_DECAY**steps)
        np.sqrt(stride, out=stride)
        stride += np.float32(1e-8)
        np.divide(first, stride, out=stride)
        stride *= np.float32(rate / (1 - _FIRST_DECAY**steps))
        return stride

    def _by_row(self, numbers: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return numbers.astype(self.values.dtype).reshape(-1, *[1] * (self.values.ndim - 1))
