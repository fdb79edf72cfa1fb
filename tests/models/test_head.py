"""The Bayesian head: a posterior in closed form, a prior from the population."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.sparse import csr_matrix, vstack
from worlds import make_world

from recsys.content import as_content
from recsys.models.head import Head


@pytest.fixture(scope="module")
def world():
    return make_world(n_users=300)


@pytest.fixture(scope="module")
def head(world) -> Head:
    return Head(factors=16, text_factors=8).fit(world.interactions, as_content(world.texts, 160))


def _history(items: list[int], values: list[float], n_items: int = 160) -> csr_matrix:
    return csr_matrix((np.array(values, np.float32), ([0] * len(items), items)), shape=(1, n_items))


def test_the_posterior_is_that_of_all_pairs_written_out(world) -> None:
    one_group = Head(factors=8, text_factors=4, groups=1).fit(world.interactions, None)
    history = _history([3, 50], [1.0, -0.5])
    features, confidence, target = one_group.features.astype(np.float64), np.ones(160), np.zeros(160)
    alpha, dislike = one_group.config.alpha, one_group.config.dislike
    confidence[[3, 50]] += alpha * np.array([1.0, 0.5])
    target[3] = 1.0
    target[50] = -dislike * alpha * 0.5 / confidence[50]
    precision = one_group.precision + (features.T * confidence) @ features
    said = one_group.precision @ one_group.means[0] + features.T @ (confidence * target)
    belief = one_group.belief(history)
    assert_allclose(belief.mean, np.linalg.solve(precision, said), atol=1e-8)
    assert_allclose(belief.covariance, np.linalg.inv(precision), atol=1e-10)


def test_every_event_makes_it_more_certain_and_none_moves_it_twice(head: Head) -> None:
    few, more = head.belief(_history([3], [1.0])), head.belief(_history([3, 11], [1.0, 1.0]))
    assert np.linalg.eigvalsh(few.covariance - more.covariance).min() > -1e-12
    assert np.trace(more.covariance) < np.trace(few.covariance)


def test_doubt_falls_with_every_event_and_most_for_papers_alike(head: Head, world) -> None:
    items = np.arange(160)
    nothing, one = (
        head.doubt(csr_matrix((1, 160), dtype=np.float32), items),
        head.doubt(_history([3], [1.0]), items),
    )
    assert_allclose(nothing, 1, rtol=1e-5)
    assert (one <= nothing + 1e-6).all()
    assert one[3] < 1
    same = world.themes == world.themes[3]
    assert one[same].mean() < one[~same].mean()


def test_a_newcomer_is_taken_for_an_average_reader_and_one_event_shows_their_group(head: Head, world) -> None:
    nobody = head.score_histories(csr_matrix((1, 160), dtype=np.float32))[0]
    readers = np.asarray(world.interactions.sum(axis=0)).ravel()
    assert np.corrcoef(nobody, readers)[0, 1] > 0.5
    same = world.themes == world.themes[3]
    scores = head.score_histories(_history([3], [1.0]))[0]
    others = np.arange(160) != 3
    gained = scores - nobody
    assert gained[same & others].mean() > gained[~same].mean()


def test_a_dislike_lowers_what_is_like_it(head: Head, world) -> None:
    same = world.themes == world.themes[3]
    plain, disliked = (
        head.score_histories(_history(*given))[0] for given in (([4], [1.0]), ([4, 3], [1.0, -0.7]))
    )
    assert (disliked - plain)[same].mean() < (disliked - plain)[~same].mean()


def test_groups_find_the_likes_of_beginners_better_than_one_prior(world) -> None:
    """Two kinds of reader with nothing in common: the first paper tells which."""
    rng = np.random.default_rng(0)
    kinds = np.repeat([0, 1], 150)
    liked = rng.random((300, 80)) < np.where(np.arange(80)[None, :] % 2 == kinds[:, None], 0.25, 0.01)
    matrix = csr_matrix(liked, dtype=np.float32)
    firsts = vstack([_history([item], [1.0], 80) for item in range(20)]).tocsr()
    mine = np.arange(80)[None, :] % 2 == np.arange(20)[:, None] % 2
    hits = {}
    for groups in (1, 2):
        best = np.argsort(-Head(factors=4, groups=groups).fit(matrix).score_histories(firsts), axis=1)[:, :20]
        hits[groups] = np.take_along_axis(mine, best, axis=1).mean()
    assert hits[2] >= hits[1] > 0.5
