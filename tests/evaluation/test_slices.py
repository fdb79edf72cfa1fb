"""Slices find a weakness that was planted, and don't cry out where there is none."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from worlds import make_world

from recsys.splits import Split, warm
from training.evaluation.data import Dataset, Groups
from training.evaluation.measures import asked_of, measure
from training.evaluation.pooling import Pooled
from training.evaluation.slices import slices, worst

WORLD = make_world(n_users=400, n_items=120, themes=6)


def dataset() -> Dataset:
    themes = sparse.csr_matrix(np.eye(6, dtype=np.float32)[WORLD.themes])
    groups = Groups(tuple(f"theme-{n}" for n in range(6)), themes)
    users, items = (tuple(map(str, range(n))) for n in WORLD.interactions.shape)
    years = np.array([2000.0 + item % 20 for item in range(120)])
    return Dataset("world", WORLD.interactions, users, items, topics=groups, years=years)


def pooled(split: Split, finds: np.ndarray, rng: np.random.Generator) -> Pooled:
    """Lists that hold each relevant item with the chance `finds` of that item."""
    lists = np.full((len(split.users), 20), -1, dtype=np.int32)
    for row in range(len(split.users)):
        relevant = split.test[row].indices
        found = relevant[rng.random(len(relevant)) < finds[relevant]][:20]
        lists[row, : len(found)] = found
    asked = asked_of(split, 0, "")
    return Pooled("model", (measure("model", lists, split, asked, (20,), None),))


def test_a_planted_weakness_comes_first() -> None:
    split, rng = warm(WORLD.interactions, 0), np.random.default_rng(0)
    weak = np.where(WORLD.themes == 4, 0.1, 0.6)
    found = slices(pooled(split, weak, rng), pooled(split, np.full(120, 0.6), rng), dataset(), 20)
    assert found[0].name == "topic theme-4"
    assert found[0].high < 0
    assert found[0].p_adjusted < 0.001
    assert found[0].interactions == (WORLD.themes[split.test.indices] == 4).sum()
    assert found[0].challenger < found[0].baseline
    assert {one.kind for one in found} == {"history", "popularity", "age", "topic"}
    assert worst(found)[0] == found[0]
    assert len(worst(found)) <= 10


def test_no_alarm_where_there_is_nothing() -> None:
    split = warm(WORLD.interactions, 0)
    alarms = 0
    for seed in range(10):
        rng = np.random.default_rng(seed)
        level = np.full(120, 0.6)
        found = slices(pooled(split, level, rng), pooled(split, level, rng), dataset(), 20)
        alarms += any(one.high < 0 or one.low > 0 for one in found)
    assert alarms <= 2
