"""Baselines: strong where they must be, and never showing what is excluded."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from worlds import make_world

from recsys.content import as_content
from recsys.metrics import recall
from recsys.splits import cold_item, cold_user, warm
from training.evaluation.peers.blend import Blend, standardised
from training.evaluation.peers.ease import DenseEASE
from training.evaluation.peers.factors import BPR, LightFM
from training.evaluation.peers.line_up import BASELINES
from training.evaluation.peers.peer import Peer
from training.evaluation.recommender import lists_of

WORLD = make_world()
CONTENT = as_content(WORLD.texts, 160)
SMALL = {"als": {"factors": 16}, "bpr": {"factors": 16}, "lightfm": {"epochs": 5, "factors": 8}}


def fitted(name: str, train: sparse.csr_matrix) -> Peer:
    spec = BASELINES[name]
    members = {member: fitted(member, train) for member in spec.members}
    settings = {**spec.grid[0], **SMALL.get(name.removesuffix("-features"), {})}
    return spec.build(settings, members, 0).fit(train, CONTENT)


@pytest.mark.parametrize("name", BASELINES)
@pytest.mark.parametrize("protocol", [warm, cold_item, lambda x, seed: cold_user(x, seed, 2)])
def test_nothing_excluded_is_ranked(name: str, protocol: object) -> None:
    split = protocol(WORLD.interactions, 0)
    model = fitted(name, split.train)
    lists = lists_of(model, split, 30)
    if split.trained:
        exclude = split.train
        raw, _ = model.recommend(split.users, 30, exclude=exclude, candidates=split.candidates)
    else:
        raw, _ = model.recommend_histories(split.histories, 30, exclude=split.exclude)
    np.testing.assert_array_equal(raw, lists)  # so that nothing had to be taken out
    for place, user in enumerate(split.users):
        shown = lists[place][lists[place] >= 0]
        assert not np.isin(shown, split.exclude[place].indices).any()
        assert len(set(shown)) == len(shown)
        assert split.candidates is None or split.candidates[shown].all(), user


@pytest.mark.parametrize("name", ["bpr", "lightfm"])
def test_trained_users_rank_by_the_vectors_that_the_library_trained(name: str) -> None:
    train = warm(WORLD.interactions, 0).train
    model = fitted(name, train)
    assert isinstance(model, BPR | LightFM)
    users = np.flatnonzero(np.diff(train.indptr) > 0)[:20]
    expected = model.user_vectors[users] @ model.item_vectors.T + model.item_biases
    np.testing.assert_allclose(model.scores(train[users], users), expected, rtol=1e-5)
    folded = model.scores(train[users], None)
    assert not np.allclose(folded, expected)


def test_bpr_scores_as_implicit_does() -> None:
    from implicit.cpu.bpr import BayesianPersonalizedRanking

    train = warm(WORLD.interactions, 0).train
    settings = {"factors": 8, "learning_rate": 0.05, "regularization": 0.01}
    trainer = BayesianPersonalizedRanking(**settings, num_threads=1, random_state=3)
    trainer.fit(train, show_progress=False)
    users = np.flatnonzero(np.diff(train.indptr) > 0)
    theirs, _ = trainer.recommend(users, train[users], N=10, filter_already_liked_items=True)
    ours, _ = BPR(**settings, random_state=3).fit(train).recommend(users, 10, exclude=train)
    assert (ours == theirs).mean() > 0.99  # equal scores aside


def test_ease_is_the_published_formula() -> None:
    train = warm(WORLD.interactions, 0).train
    x = train.toarray().astype(np.float64)
    inverse = np.linalg.inv(x.T @ x + 20.0 * np.eye(x.shape[1]))
    weights = inverse / -np.diag(inverse)
    np.fill_diagonal(weights, 0)
    found = DenseEASE(20.0).fit(train).scores(train, None)
    np.testing.assert_allclose(found, x @ weights, atol=1e-4)


def test_whoever_left_nothing_is_shown_what_is_popular() -> None:
    train = warm(WORLD.interactions, 0).train
    nobody = sparse.csr_matrix((1, train.shape[1]), dtype=np.float32)
    popular = fitted("popularity", train).recommend_histories(nobody, 5)[0]
    for name in ("item-knn", "als", "ease", "tf-idf"):
        np.testing.assert_array_equal(fitted(name, train).recommend_histories(nobody, 5)[0], popular)


def test_a_sum_adds_standardised_scores() -> None:
    train = warm(WORLD.interactions, 0).train
    members = {name: fitted(name, train) for name in ("ease", "tf-idf")}
    total = Blend(members, {"ease": 1.0, "tf-idf": 0.6}).fit(train).scores(train[:4], None)
    expected = [standardised(member.scores(train[:4], None)) for member in members.values()]
    np.testing.assert_allclose(total, expected[0] + 0.6 * expected[1], rtol=1e-5, atol=1e-6)


def test_all_but_popularity_learn_something() -> None:
    split = warm(WORLD.interactions, 0)
    reached = {
        name: recall(lists_of(fitted(name, split.train), split, 20), split.test, 20).mean()
        for name in BASELINES
    }
    for name, value in reached.items():
        if name not in ("popularity", "lightfm", "lightfm-features"):  # of five epochs, to be quick
            assert value > reached["popularity"], reached


class Stubborn:
    """Shows items 0 to 9 to everyone, whatever is excluded."""

    def recommend(self, user_rows: np.ndarray, k: int, **_limits: object) -> tuple[np.ndarray, np.ndarray]:
        items = np.tile(np.arange(k), (len(user_rows), 1))
        return items, -items.astype(float)


@pytest.mark.parametrize("protocol", [warm, cold_item])
def test_what_is_excluded_is_taken_out_of_the_lists_of_others(protocol: object) -> None:
    split = protocol(WORLD.interactions, 0)
    for place, shown in enumerate(lists_of(Stubborn(), split, 10)):
        for item, left in enumerate(shown.tolist()):
            excluded = item in split.exclude[place].indices
            candidate = split.candidates is None or split.candidates[item]
            assert left == (item if candidate and not excluded else -1)
