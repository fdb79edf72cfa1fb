"""The bundle that is tried: loaded behind the requests, in its share of the lists, and never in their way."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import numpy as np
import pytest
from service_under_test import catalogue, eventually, publish

from recsys.bundle import BundleError
from recsys.challenge import Challenge, current_challenge, end_challenge, set_challenge
from recsys.home import Home
from service.challenger import Challenger


@pytest.fixture
def root(tmp_path: Path) -> Path:
    home = Home(tmp_path / "home")
    with home.open_store() as store:
        store.papers.upsert(catalogue(), "test")
        for seed in (0, 1):
            publish(home.bundles, store.papers.all(), seed)
    return home.bundles


def ids(root: Path) -> list[str]:
    return sorted(path.parent.name for path in root.glob("[!.]*/manifest.json"))


def test_it_ranks_its_share_of_the_lists(root: Path) -> None:
    challenger = Challenger(root, every=0)
    assert challenger.for_list(0) is None
    set_challenge(root, Challenge(ids(root)[0], 0.25))
    assert eventually(lambda: challenger.for_list(0) is not None)
    seeds = np.random.default_rng(0).integers(0, 2**60, 2_000).tolist()
    challenger = Challenger(root, every=9)
    challenger.for_list(0)
    assert eventually(lambda: challenger.for_list(0) is not None)
    assert np.mean([challenger.for_list(seed) is not None for seed in seeds]) == pytest.approx(0.25, abs=0.04)


def test_another_one_takes_over_and_the_end_is_the_end(root: Path) -> None:
    challenger = Challenger(root, every=0)
    for id in ids(root):
        set_challenge(root, Challenge(id, 1))
        assert eventually(
            lambda id=id: (found := challenger.for_list(0)) is not None and found.bundle.id == id
        )
    end_challenge(root)
    assert challenger.for_list(0) is None
    end_challenge(root)


def test_one_that_can_t_be_loaded_is_told_once(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    broken, whole = ids(root)
    set_challenge(root, Challenge(broken, 1))
    (root / broken / "items.json").write_text("[]")
    challenger = Challenger(root, every=0)
    with caplog.at_level(logging.ERROR):
        challenger.for_list(0)
        assert eventually(lambda: "can't be tried" in caplog.text)
        for _ in range(5):
            assert challenger.for_list(0) is None
            time.sleep(0.02)
    assert caplog.text.count("can't be tried") == 1
    set_challenge(root, Challenge(whole, 1))
    assert eventually(lambda: challenger.for_list(0) is not None)


def test_what_can_t_be_tried_is_refused(root: Path) -> None:
    for wrong in (Challenge("nothing", 0.5), Challenge(ids(root)[0], 0), Challenge(ids(root)[0], 1.5)):
        with pytest.raises(BundleError):
            set_challenge(root, wrong)
    assert current_challenge(root) is None
    (root / "challenger").write_text("nonsense")
    assert current_challenge(root) is None
