"""The set to ask a newcomer about: likely to be known, unlike each other, chosen on what is known by then."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.teaching import teaching_set

NOTHING = np.zeros(0, dtype=np.intp)


def fields(number: int, each: int, seed: int = 0) -> np.ndarray:
    """Papers of some fields, field by field."""
    rng = np.random.default_rng(seed)
    vectors = np.repeat(np.eye(number, 16), each, axis=0) + rng.normal(0, 0.05, (number * each, 16))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def rows(vectors: np.ndarray, scores: np.ndarray, n: int, known: list[int] | None = None) -> list[int]:
    asked = np.array(known or [], dtype=np.intp)
    allowed = np.ones(len(vectors), dtype=bool)
    allowed[asked] = False
    lessons = teaching_set(vectors, scores.astype(np.float32), asked, allowed, n)
    assert all(lesson.worth >= 0 for lesson in lessons)
    return [lesson.row for lesson in lessons]


def test_each_field_is_asked_about_once_before_any_is_twice() -> None:
    vectors = fields(8, 20)
    chosen = rows(vectors, np.zeros(160), 16)
    assert sorted(row // 20 for row in chosen[:8]) == list(range(8))
    assert len(set(chosen)) == 16


def test_of_like_papers_the_better_known_is_asked_about() -> None:
    scores = np.zeros(160)
    scores[[7, 33, 45]] = 3.0
    assert {7, 33, 45} <= set(rows(fields(8, 20), scores, 8))


def test_a_field_that_few_care_for_comes_last() -> None:
    scores = np.zeros(160)
    scores[140:] = -6.0
    assert rows(fields(8, 20), scores, 8)[-1] // 20 != 7
    assert 7 not in {row // 20 for row in rows(fields(8, 20), scores, 7)}


def test_after_answers_it_asks_elsewhere() -> None:
    vectors = fields(8, 20)
    first = rows(vectors, np.zeros(160), 4)
    then = rows(vectors, np.zeros(160), 4, known=first)
    assert {row // 20 for row in first}.isdisjoint(row // 20 for row in then)


def test_one_who_likes_a_field_is_asked_more_about_it() -> None:
    vectors, likes = fields(8, 20), np.zeros(160)
    likes[40:60] = 6.0  # as the join scores after a like
    assert sum(row // 20 == 2 for row in rows(vectors, likes, 6)) > 2


def test_among_equals_no_early_papers_are_favoured() -> None:
    """Without readers, what there is to ask is drawn from all over a large catalogue."""
    vectors = np.zeros((5_000, 4), dtype=np.float32)
    chosen = rows(vectors, np.zeros(5_000), 40)
    assert max(chosen) > 2_500
    assert chosen == rows(vectors, np.zeros(5_000), 40)


@given(
    seed=st.integers(0, 1_000),
    n=st.integers(1, 70),
    known=st.lists(st.integers(0, 59), max_size=5, unique=True),
)
def test_the_set_is_a_prefix_of_larger_ones_and_of_what_is_allowed(
    seed: int, n: int, known: list[int]
) -> None:
    vectors, scores = fields(6, 10, seed), np.random.default_rng(seed).normal(size=60)
    chosen = rows(vectors, scores, n, known)
    assert len(set(chosen)) == len(chosen) == min(n, 60 - len(known))
    assert set(chosen).isdisjoint(known)
    assert chosen == rows(vectors, scores, n + 3, known)[: len(chosen)]


@pytest.mark.parametrize("allowed", [np.zeros(0, dtype=bool), np.zeros(9, dtype=bool)])
def test_nothing_to_ask(allowed: np.ndarray) -> None:
    n = len(allowed)
    assert teaching_set(fields(1, n), np.zeros(n, dtype=np.float32), NOTHING, allowed, 5) == []


def test_papers_without_a_text_can_be_asked_about() -> None:
    vectors = fields(2, 5)
    vectors[3:] = 0
    assert len(rows(vectors, np.arange(10.0), 10)) == 10
