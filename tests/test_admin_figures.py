"""What the admin's pages are made of: nights, the catalogue's drift, the scores' error."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.bundle import write_bundle
from recsys.catalogue_drift import catalogue_drift
from recsys.metrics import Figure
from recsys.nights import nights
from recsys.score_drift import score_drift
from recsys.shelf import past_manifests, point_to, prune
from recsys.slates import Slate, SlateItem
from recsys.store.reports import DAY_MS, Judged, PerDay
from recsys.teaching import TEACHING


def bundle(root: Path, night: int, **about: object) -> str:
    metrics = {"hybrid": {"ndcg@20": {"mean": 0.1, "low": 0.05, "high": 0.2, "users": 30, "error": 0.01}}}
    known = {"created": f"2026-11-{night:02}T03:00:00Z", "parent": None, "metrics": metrics, **about}
    return write_bundle(root, [], {"n": np.array([night])}, {}, known)


def test_nights_are_told_newest_first_with_what_the_gate_said(tmp_path: Path) -> None:
    first = bundle(tmp_path, 1)
    point_to(tmp_path, first)
    gate = {"live": False, "why": "worse than popularity", "forced": False}
    second = bundle(tmp_path, 2, parent=first, gate=gate)
    newer, older = nights(tmp_path)
    assert (newer.id, newer.live, newer.passed, newer.why) == (second, False, False, "worse than popularity")
    assert (older.id, older.live, older.there, older.passed) == (first, True, True, None)
    assert older.figure("hybrid", "ndcg@20") == Figure(0.1, 0.05, 0.2, 30)
    assert older.figure("als", "ndcg@20") is None
    assert older.size > 100


def test_the_figures_of_pruned_nights_are_kept(tmp_path: Path) -> None:
    made = [bundle(tmp_path, night) for night in range(1, 6)]
    point_to(tmp_path, made[0])
    assert set(prune(tmp_path, 2)) == set(made[1:3])
    told = nights(tmp_path)
    assert [night.id for night in told] == made[::-1]
    assert [night.gone for night in told] == [False, False, True, True, False]
    assert all(night.figure("hybrid", "ndcg@20") for night in told)
    assert [manifest["id"] for manifest in past_manifests(tmp_path)] == [made[2], made[1]]
    assert prune(tmp_path, 2) == []  # and stay so
    assert len(nights(tmp_path)) == 5


def test_the_last_week_against_all_before() -> None:
    joined = [PerDay(0, "a", 6), PerDay(0, "b", 2), PerDay(7, "a", 2), PerDay(14, "b", 3), PerDay(14, "c", 1)]
    drift = catalogue_drift(joined, shown=2)
    assert drift.weeks == (0, 7, 14)
    assert drift.shares == {"a": (0.75, 1, 0), "b": (0.25, 0, 0.75)}
    assert drift.distance == pytest.approx(0.8)  # a: 0.8 to 0, b: 0.2 to 0.75, c: 0 to 0.25
    assert drift.moved[0] == ("a", pytest.approx(-0.8))
    assert catalogue_drift([]).distance is catalogue_drift(joined[:2]).distance is None


rows = st.builds(PerDay, st.sampled_from([0, 7, 14, 21]), st.sampled_from("abcdef"), st.integers(1, 50))


@given(st.lists(rows, min_size=1, max_size=30))
def test_shares_are_shares(joined: list[PerDay]) -> None:
    drift = catalogue_drift(joined, shown=6)
    for week in range(len(drift.weeks)):
        assert sum(shares[week] for shares in drift.shares.values()) == pytest.approx(1)
    assert drift.distance is None or -1e-9 <= drift.distance <= 1 + 1e-9


def judged(scores: list[float], taken: set[int], day: int = 1, policy: str = "greedy") -> Judged:
    items = tuple(SlateItem(f"p{n}", n, score, 1.0, True) for n, score in enumerate(scores))
    slate = Slate(f"{scores}{taken}{day}", "ann", day * DAY_MS, policy, "b", items)
    return Judged(slate, {f"p{n}": 1.0 for n in taken})


def test_scores_that_foretell_have_no_error() -> None:
    days = score_drift(
        [
            judged([3, 2, 1], {0}),
            judged([3, 2, 1], {2}, day=2),
            judged([3, 2, 1], {0}, day=2),
            judged([1, 1], {0}, day=3),
            judged([3, 1], {0, 1}, day=4),
            judged([3, 1], {1}, policy=TEACHING),
        ]
    )
    assert [day.day for day in days] == [1, 2, 3, 4]
    assert [day.error.mean for day in days[:3]] == [0, 0.5, 0.5]
    assert math.isnan(days[3].error.mean)  # no pair to tell by
    assert days[0].score == 2


@given(st.integers(0, 1_000))
def test_chance_errs_in_half_of_the_pairs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    slates = [judged(rng.random(10).tolist(), set(rng.choice(10, 3, replace=False))) for _ in range(120)]
    (day,) = score_drift(slates)
    assert 0.4 < day.error.mean < 0.6
