"""The gate keeps back what is worse past noise, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from recsys.stacking import Report
from training.gate import METRIC, judge, summarise


def _report(mean: float, users: int = 400, popularity: float = 0.05, seed: int = 0) -> Report:
    rng = np.random.default_rng(seed)
    return Report(
        {
            name: {METRIC: np.clip(rng.normal(m, 0.2, users), 0, 1)}
            for name, m in (("hybrid", mean), ("popularity", popularity))
        }
    )


def _parent(mean: float) -> dict:
    return {"metrics": summarise(_report(mean, seed=1))}


@pytest.mark.parametrize(
    ("candidate", "parent", "live"),
    [(0.5, 0.3, True), (0.3, 0.5, False), (0.495, 0.5, True), (0.5, 0.5, True)],
)
def test_against_the_model_in_service(candidate: float, parent: float, live: bool) -> None:
    assert judge(_report(candidate), _parent(parent)).live is live


def test_worse_than_popularity_never_goes_live() -> None:
    verdict = judge(_report(0.2, popularity=0.5), None)
    assert not verdict.live
    assert "popularity" in verdict.why


def test_the_first_one_goes_live() -> None:
    assert judge(_report(0.3), None).live


def test_too_few_readers_to_judge_by_goes_live_and_says_so() -> None:
    verdict = judge(_report(0.1, users=10), _parent(0.9))
    assert verdict.live
    assert "too few" in verdict.why


def test_without_any_reader() -> None:
    assert judge(Report(), _parent(0.9)).live


def test_noise_grows_as_readers_get_fewer() -> None:
    assert not judge(_report(0.4, users=2000), _parent(0.5)).live
    assert judge(_report(0.4, users=21, seed=4), {"metrics": summarise(_report(0.5, users=21, seed=5))}).live
