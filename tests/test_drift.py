"""A change of taste is noticed where it happened, and only where one did."""

from __future__ import annotations

import numpy as np
import pytest

from recsys.drift import change_point

READERS = 200


def _papers(fields: list[int], seed: int, noise: float = 0.15) -> np.ndarray:
    """A paper of each of these fields, float32 (n, 16), rows of norm 1."""
    vectors = np.eye(16)[fields] + np.random.default_rng(seed).normal(0, noise, (len(fields), 16))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def _found(fields: list[int]) -> list[int | None]:
    """What is found for many simulated readers of these fields, whose papers differ."""
    return [change_point(_papers(fields, seed)) for seed in range(READERS)]


def test_a_reader_who_stays_with_a_field_hardly_ever_changes() -> None:
    assert _found([0] * 40).count(None) >= 0.99 * READERS


@pytest.mark.parametrize("number", [2, 3, 4])
def test_nor_does_one_who_reads_in_several_fields_all_along(number: int) -> None:
    chosen = [np.random.default_rng(seed).integers(0, number, 40).tolist() for seed in range(READERS)]
    changed = [change_point(_papers(fields, seed)) is not None for seed, fields in enumerate(chosen)]
    assert np.mean(changed) <= 0.12


@pytest.mark.parametrize("later", [3, 4, 8])
def test_a_new_field_is_noticed_after_three_papers_and_where_it_began(later: int) -> None:
    assert _found([0] * 20 + [1] * later).count(20) >= 0.95 * READERS


def test_one_strange_paper_is_no_change() -> None:
    assert _found([0] * 20 + [1] + [0] * 10).count(None) >= 0.98 * READERS


def test_of_two_changes_the_latest_counts() -> None:
    assert _found([0] * 15 + [1] * 15 + [2] * 6).count(30) >= 0.9 * READERS


def test_of_too_few_papers_nothing_is_said() -> None:
    assert change_point(_papers([0, 0, 0, 0, 1, 1, 1], 0)) is None
    assert change_point(np.zeros((0, 16), dtype=np.float32)) is None


def test_papers_without_a_text_are_borne() -> None:
    assert change_point(np.zeros((12, 16), dtype=np.float32)) is None
