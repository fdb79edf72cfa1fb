"""The chances of Thompson sampling against their definition."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate
from scipy.special import ndtr, softmax

from recsys.policies import PlackettLuce, Thompson, chance_of_being_best

OPTIONS = st.lists(st.tuples(st.floats(-5, 5), st.floats(0.05, 3)), min_size=1, max_size=10)


def by_adaptive_quadrature(mean: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """The same integrals, each by QUADPACK, broken where any of the functions bends."""

    def chance(i: int) -> float:
        def integrand(x: float) -> float:
            z = (x - mean) / spread
            return float(
                np.exp(-(z[i] ** 2) / 2) / np.sqrt(2 * np.pi) / spread[i] * np.delete(ndtr(z), i).prod()
            )

        bends = (mean[:, None] + np.arange(-8, 9, 2) * spread[:, None]).ravel()
        ends = np.unique(bends.clip(mean[i] - 8.5 * spread[i], mean[i] + 8.5 * spread[i]))
        return sum(integrate.quad(integrand, a, b, epsabs=1e-13, epsrel=1e-11)[0] for a, b in pairwise(ends))

    return np.array([chance(i) for i in range(len(mean))])


@settings(max_examples=15)
@given(OPTIONS)
def test_thompson_is_exact_to_1e_9(options: list[tuple[float, float]]) -> None:
    mean, spread = np.array(options).T
    chances = chance_of_being_best(mean, spread)
    assert chances == pytest.approx(by_adaptive_quadrature(mean, spread), abs=1e-9)


@given(st.floats(-3, 3), st.floats(-3, 3), st.floats(0.05, 2), st.floats(0.05, 2))
def test_of_two_options_the_chance_has_a_closed_form(a: float, b: float, s: float, t: float) -> None:
    chances = chance_of_being_best(np.array([a, b]), np.array([s, t]))
    assert chances[0] == pytest.approx(ndtr((a - b) / np.hypot(s, t)), abs=1e-9)


@pytest.mark.parametrize("n", [1, 2, 10, 100])
def test_equal_options_are_equally_likely(n: int) -> None:
    assert chance_of_being_best(np.zeros(n), np.ones(n)) == pytest.approx(np.full(n, 1 / n), abs=1e-9)


def test_a_less_certain_option_of_the_same_score_is_likelier_among_many() -> None:
    chances = Thompson().chances(np.zeros(5), np.array([0.2, 0.2, 0.2, 0.2, 1.0]))
    assert chances[4] > 0.4
    assert chances[:4] == pytest.approx(np.full(4, chances[0]))


def test_thompson_agrees_with_drawing_from_the_beliefs() -> None:
    rng = np.random.default_rng(3)
    mean, spread = rng.normal(size=8), rng.uniform(0.1, 1.5, size=8)
    best = np.argmax(rng.normal(mean, spread, size=(200_000, 8)), axis=1)
    shares = np.bincount(best, minlength=8) / 200_000
    assert Thompson().chances(mean, spread) == pytest.approx(shares, abs=0.005)


def test_without_uncertainty_the_best_is_taken_and_ties_share() -> None:
    assert Thompson().chances(np.array([1.0, 3, 2]), np.zeros(3)).tolist() == [0, 1, 0]
    assert Thompson().chances(np.array([3.0, 3, 2]), np.zeros(3)).tolist() == [0.5, 0.5, 0]


@given(OPTIONS, st.floats(0.05, 5))
def test_plackett_luce_is_a_softmax(options: list[tuple[float, float]], temperature: float) -> None:
    scores, spread = np.array(options).T
    chances = PlackettLuce(temperature).chances(scores, spread)
    assert chances == pytest.approx(softmax(scores / temperature))
    assert chances.sum() == pytest.approx(1.0)
