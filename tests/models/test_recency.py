"""What is popular now: the half-life is found where there is one, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_matrix

from recsys.models.popularity import Popularity
from recsys.models.recency import faded, half_life

N_ITEMS, DAYS, A_DAY = 40, 100, 30


def choices(days_in_vogue: float | None, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Items and days of what is chosen: what is in vogue moves on through the catalogue, or stays."""
    rng = np.random.default_rng(seed)
    days = np.repeat(np.arange(DAYS), A_DAY)
    taste = np.exp(-np.arange(N_ITEMS) / 5)
    places = rng.choice(N_ITEMS, size=len(days), p=taste / taste.sum())
    moved = 0 if days_in_vogue is None else (days / days_in_vogue).astype(int)
    return (places + moved) % N_ITEMS, days


def found(items: np.ndarray, times: np.ndarray) -> float:
    return half_life(items, np.ones(len(items)), times, N_ITEMS)


def test_the_faster_the_vogue_the_shorter_the_half_life() -> None:
    quick, slow = (found(*choices(days)) for days in (1.0, 8.0))
    assert quick < slow < DAYS


@pytest.mark.parametrize("seed", range(5))
def test_where_tastes_stay_nothing_fades(seed: int) -> None:
    assert found(*choices(None, seed)) == np.inf


def test_where_the_times_say_nothing_nothing_fades() -> None:
    items, days = choices(1.0)
    assert found(items, np.random.default_rng(1).permutation(days)) == np.inf
    assert found(items, np.full(len(items), 7)) == np.inf
    assert found(items[:0], days[:0]) == np.inf


@pytest.mark.parametrize(("unit", "start"), [(86_400_000, 1_700_000_000_000), (0.001, -5.0)])
def test_the_unit_and_the_start_of_time_are_nobodys_business(unit: float, start: float) -> None:
    items, days = choices(4.0)
    assert_allclose(found(items, start + unit * days), unit * found(items, days), rtol=1e-9)


@given(
    times=st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=20),
    half=st.floats(1e-3, 1e12),
)
def test_what_fades_halves_with_each_half_life(times: list[int], half: float) -> None:
    moments = np.array(times)
    left = faded(np.full(len(times), 3.0), moments, half)
    assert left.max() == 3.0
    assert_allclose(left, 3.0 * 0.5 ** ((moments.max() - moments) / half), rtol=1e-9)
    assert_array_equal(faded(np.full(len(times), 3.0), moments, np.inf), np.full(len(times), 3.0))


def a_reader_a_choice(items: np.ndarray) -> csr_matrix:
    n = len(items)
    return csr_matrix((np.ones(n, dtype=np.float32), items, np.arange(n + 1)), shape=(n, N_ITEMS))


def test_popularity_follows_the_vogue_where_times_are_known() -> None:
    items, days = choices(8.0)
    matrix = a_reader_a_choice(items)
    nobody = csr_matrix((1, N_ITEMS), dtype=np.float32)
    now = Popularity().fit(matrix, times=days).recommend_histories(nobody, 5)[0][0]
    ever = Popularity().fit(matrix).recommend_histories(nobody, 5)[0][0]
    in_vogue = np.arange(5) + (DAYS - 1) // 8
    assert len(set(now) & set(in_vogue)) >= 4
    assert len(set(ever) & set(in_vogue)) < 3


def test_popularity_is_the_same_where_nothing_fades() -> None:
    items, _ = choices(1.0)
    matrix = a_reader_a_choice(items)
    timed = Popularity().fit(matrix, times=np.zeros(len(items)))
    assert_array_equal(timed.popularity, Popularity().fit(matrix).popularity)
