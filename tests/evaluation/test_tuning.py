"""The shared tuning: what it chooses, what it spends, what it may see."""

from __future__ import annotations

import numpy as np
import pytest
from worlds import make_world

from training.evaluation.data import Dataset
from training.evaluation.peers.item_side import ItemSide
from training.evaluation.peers.line_up import BASELINES
from training.evaluation.protocols import Protocol, make_trial
from training.evaluation.spec import Role, Spec
from training.evaluation.tuning import tries, tune

WORLD = make_world(n_users=100, n_items=80)


def dataset() -> Dataset:
    times = np.random.default_rng(0).integers(0, 10_000, WORLD.interactions.nnz)
    users, items = (tuple(str(row) for row in range(n)) for n in WORLD.interactions.shape)
    return Dataset("world", WORLD.interactions, users, items, WORLD.texts, times)


@pytest.mark.parametrize("protocol", list(Protocol))
def test_validation_lies_inside_the_training_data_and_is_of_the_same_kind(protocol: Protocol) -> None:
    trial = make_trial(dataset(), protocol, 0, (1, 3))
    train = trial.fits[0][0].split.train
    outer = [case.split for case in trial.fits[0]]
    for inner, split in zip(trial.validation, outer, strict=True):
        assert inner.train.multiply(train).nnz == inner.train.nnz < train.nnz
        users = inner.users
        assert inner.test.multiply(train[users]).nnz == inner.test.nnz  # labels come from training data alone
        assert inner.trained == split.trained
        assert (inner.candidates is None) == (split.candidates is None)
        if split.candidates is not None:
            assert not (inner.candidates & split.candidates).any()
        if protocol is Protocol.COLD_USER:
            assert set(np.diff(inner.histories.indptr)) == set(np.diff(split.histories.indptr))


def test_the_best_setting_wins_and_the_first_of_equals() -> None:
    trial = make_trial(dataset(), Protocol.WARM, 0, ())
    knn = BASELINES["item-knn"]
    spec = Spec("knn", Role.SINGLE, knn.build, tuple({"neighbours": n, "shrinkage": 0} for n in (1, 40, 40)))
    tuned = tune(spec, trial.validation, None, {}, 3, 10, 0, False, lambda: None)
    reached = [value for _, value in tuned.tried]
    assert reached[1] == reached[2] > reached[0]
    assert tuned.settings == {"neighbours": 40, "shrinkage": 0}
    assert tuned.model is None
    again = tune(spec, trial.validation, None, {}, 3, 10, 0, True, lambda: None)
    assert again.tried == tuned.tried
    assert isinstance(again.model, ItemSide)


def test_the_budget_holds() -> None:
    ease = BASELINES["ease"]
    assert tries(ease, 100, 4) == ease.grid[:4]
    assert tries(ease, 20_000, 4) == ease.grid[:3]
    assert tries(ease, 100, 1) == ease.grid[:1]
