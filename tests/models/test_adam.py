"""Adam by rows, against Adam as it is written, on all rows in every step."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from recsys.models.adam import Adam

RATE = 0.01


def textbook(values: np.ndarray, slopes: list[np.ndarray]) -> np.ndarray:
    first, second = np.zeros_like(values), np.zeros_like(values)
    for step, slope in enumerate(slopes, start=1):
        first, second = 0.9 * first + 0.1 * slope, 0.99 * second + 0.01 * slope**2
        values = values - RATE * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.99**step)) + 1e-8)
    return values


@pytest.mark.parametrize("shape", [(6,), (6, 3)])
def test_with_a_slope_for_all_it_is_the_textbook(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    start, slopes = rng.normal(size=shape), list(rng.normal(size=(20, *shape)))
    values = start.copy()
    adam = Adam(values)
    for slope in slopes:
        adam.step(slice(None), slope, RATE)
    assert_allclose(values, textbook(start, slopes), rtol=1e-4)


def test_rows_that_are_left_alone_end_where_they_would_have_been() -> None:
    rng = np.random.default_rng(1)
    start, values, slopes = np.zeros((40, 3)), np.zeros((40, 3)), []
    adam = Adam(values)
    for _ in range(200):
        rows = np.flatnonzero(rng.random(40) < 0.2)
        slope = np.zeros((40, 3))
        slope[rows] = rng.normal(size=(len(rows), 3)) + 0.5
        slopes.append(slope)
        adam.bring_up(rows, RATE)
        adam.step(rows, slope[rows], RATE)
    adam.bring_up(np.arange(40), RATE)
    expected = textbook(start, slopes)
    assert np.abs(values - expected).max() < 0.03 * np.abs(expected).max()


def test_rows_without_a_slope_stay() -> None:
    values = np.ones((3, 2))
    adam = Adam(values, pull=0.1)
    for _ in range(5):
        adam.bring_up(np.array([1]), RATE)
        adam.step(np.array([1]), np.ones((1, 2)), RATE)
    adam.bring_up(np.arange(3), RATE)
    assert_array_equal(values[[0, 2]], 1)
    assert (values[1] < 1).all()


def test_the_pull_holds_what_has_no_reason_to_move() -> None:
    rng, ends = np.random.default_rng(2), []
    slopes = rng.normal(size=(500, 4)) * 0.1 + 0.02
    for pull in (0.0, 0.5):
        values = np.zeros(4)
        adam = Adam(values, pull)
        for number, slope in enumerate(slopes):
            rows = np.arange(number % 3, 4, 3)
            adam.bring_up(rows, RATE)
            adam.step(rows, slope[rows], RATE)
        ends.append(np.abs(values).max())
    assert ends[1] < 0.2 * ends[0]
