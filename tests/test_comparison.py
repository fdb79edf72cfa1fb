"""Paired tests and their correction."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from recsys.comparison import compare, holm


def test_is_the_paired_t_test_with_one_value_each() -> None:
    rng = np.random.default_rng(0)
    ours, theirs = rng.random(50), rng.random(50)
    known = stats.ttest_rel(ours, theirs)
    found = compare(ours, theirs)
    assert found.p == pytest.approx(known.pvalue)
    assert (found.low, found.high) == pytest.approx(tuple(known.confidence_interval(0.95)))
    assert found.difference == pytest.approx(ours.mean() - theirs.mean())


def test_copies_of_a_user_add_no_certainty() -> None:
    rng = np.random.default_rng(1)
    ours, theirs = rng.random(40), rng.random(40)
    once = compare(ours, theirs)
    copied = compare(np.repeat(ours, 9), np.repeat(theirs, 9), np.repeat(np.arange(40), 9))
    assert (copied.p, copied.low, copied.users) == pytest.approx((once.p, once.low, 40))


def test_requests_without_a_value_do_not_count() -> None:
    found = compare(np.array([1.0, np.nan, 0.5, 0.2]), np.array([0.5, 0.1, np.nan, 0.1]))
    assert found.users == 2
    assert found.difference == pytest.approx(0.3)


def test_equal_models_do_not_differ() -> None:
    same = np.random.default_rng(0).random(20)
    found = compare(same, same)
    assert (found.difference, found.p) == (0, 1)


def test_p_values_are_uniform_where_nothing_differs() -> None:
    rng = np.random.default_rng(3)
    p = [compare(rng.random(80), rng.random(80)).p for _ in range(400)]
    assert 0.02 <= np.mean(np.array(p) < 0.05) <= 0.09


def test_holm_by_hand() -> None:
    # Holm (1979): 0.005 * 4, 0.01 * 3, 0.03 * 2, and 0.04, which may not fall below the one before it.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert np.isnan(holm([float("nan"), 0.01])[0])
    assert holm([float("nan"), 0.01])[1] == pytest.approx(0.01)


@given(st.lists(st.floats(0, 1), max_size=20))
def test_holm_lies_between_no_correction_and_bonferroni(p: list[float]) -> None:
    for raw, adjusted in zip(p, holm(p), strict=True):
        assert raw <= adjusted <= min(1.0, raw * len(p)) + 1e-12
