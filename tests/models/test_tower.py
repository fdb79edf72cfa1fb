"""The towers: their gradient, and what they are for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_matrix
from scipy.sparse import random as random_sparse
from threadpoolctl import threadpool_limits
from worlds import make_world

from recsys.content import Content, as_content
from recsys.models.tower import Tower, TowerConfig, tower_features
from recsys.models.tower_training import Parameters, loss_and_slopes

SCHEDULE = replace(TowerConfig().schedule(wordless=False), words_kept=1.0, own_kept=1.0)


def small_problem() -> tuple[csr_matrix, csr_matrix, Parameters]:
    rng = np.random.default_rng(0)
    batch = random_sparse(5, 9, density=0.5, format="csr", dtype=np.float64, rng=rng)
    features = random_sparse(9, 7, density=0.5, format="csr", dtype=np.float64, rng=rng)
    words, own, bias = rng.normal(size=(7, 3)), rng.normal(size=(9, 3)), rng.normal(size=9)
    return batch, features, Parameters(words, own, bias, np.array([0.7]))


@pytest.mark.parametrize("name", ["words", "own", "bias", "log_scale"])
def test_the_gradient_is_that_of_the_loss(name: str) -> None:
    batch, features, at = small_problem()

    def loss(parameters: Parameters) -> float:
        rng = np.random.default_rng(3)  # the same mask and sample every time
        return loss_and_slopes(batch, features, parameters, np.arange(9), SCHEDULE, rng)[0]

    slopes = loss_and_slopes(batch, features, at, np.arange(9), SCHEDULE, np.random.default_rng(3))[1]
    slope = dict(zip(("words", "own", "bias", "log_scale"), slopes, strict=True))[name]
    values, step = getattr(at, name), 1e-5
    for place in np.ndindex(values.shape):
        ends = []
        for sign in (1, -1):
            moved = values.copy()
            moved[place] += sign * step
            ends.append(loss(replace(at, **{name: moved})))
        assert_allclose(slope[place], (ends[0] - ends[1]) / (2 * step), rtol=1e-3, atol=1e-6)


def test_without_words_it_trains_longer_and_keeps_more_of_what_readers_know() -> None:
    config = TowerConfig(epochs=2, own_kept=0.4, wordless_epochs=5, wordless_kept=0.9)
    with_words, without = config.schedule(wordless=False), config.schedule(wordless=True)
    assert (with_words.epochs, with_words.own_kept) == (2, 0.4)
    assert without == replace(with_words, epochs=5, own_kept=0.9)


def test_papers_nobody_has_read_are_found_by_what_their_words_mean_to_readers() -> None:
    world = make_world(n_users=200, n_items=160, seed=2)
    cold = np.arange(160) < 40
    train = csr_matrix(world.interactions.multiply(~cold))
    content = as_content(world.texts, 160)
    model = Tower(factors=16).fit(train, content)
    assert len(set(model.item_biases[cold])) == 1
    fans = csr_matrix([(world.themes == theme) * (np.arange(160) >= 120.0) for theme in range(8)])
    items, _ = model.recommend_histories(fans, 5, candidates=np.flatnonzero(cold))
    assert (world.themes[items] == np.arange(8)[:, None]).mean() > 0.6  # by chance one in eight


def test_words_that_the_same_readers_choose_come_to_mean_the_same() -> None:
    rng = np.random.default_rng(0)
    themes = np.repeat(np.arange(4), 20)
    words = [f"{'left' if n % 2 else 'right'}{theme} paper" for n, theme in enumerate(themes)]
    tastes = np.arange(120) % 4
    chosen = csr_matrix((tastes[:, None] == themes) * (rng.random((120, 80)) < 0.4), dtype=np.float32)
    vectors = Tower(factors=16).fit(chosen, as_content(words, 80)).item_vectors
    left, right = vectors[1::2] @ vectors[0::2].T, themes[1::2, None] == themes[None, 0::2]
    assert left[right].mean() > left[~right].mean() + 0.4


def test_members_stand_side_by_side_whatever_their_number() -> None:
    world = make_world(n_users=60, n_items=50, seed=2)
    content = as_content(world.texts, 50)
    with threadpool_limits(1, "blas"):
        one, three = (
            Tower(factors=8, members=n, least_steps=50).fit(world.interactions, content) for n in (1, 3)
        )
    assert_array_equal(three.words[:, :8], one.words)
    assert three.item_vectors.shape == (50, 24)
    first, second = three.words[:, 8:16], three.words[:, 16:]
    assert abs(first - second).max() > 0.01  # each drew batches and masks of its own


def test_several_members_leave_less_to_chance() -> None:
    """Scores of two fits that differ by their draws only are more alike."""
    world = make_world(n_users=60, n_items=50, seed=2)
    content = as_content(world.texts, 50)

    def alike(members: int) -> float:
        fits = [
            Tower(factors=16, members=members, random_state=seed).fit(world.interactions, content)
            for seed in (0, 1)
        ]
        scores = [fit.score_histories(world.interactions).ravel() for fit in fits]
        return float(np.corrcoef(scores)[0, 1])

    assert alike(1) < alike(4) < 1


def test_a_dislike_turns_the_reader_away() -> None:
    world = make_world(n_users=200, n_items=160, seed=2)
    model = Tower(factors=16).fit(world.interactions, as_content(world.texts, 160))
    liked = np.zeros((2, 160), dtype=np.float32)
    liked[:, 0], liked[1, 1] = 1.0, -1.0
    scores = model.score_histories(csr_matrix(liked))
    disliked = [row for row in range(2, 160) if world.themes[row] == world.themes[1]]
    assert scores[1, disliked].mean() < scores[0, disliked].mean()


def test_features_are_terms_or_embeddings_and_topics_beside_them() -> None:
    embeddings = np.eye(3, dtype=np.float32)
    terms, topics = csr_matrix([[1.0, 0], [0, 1], [0, 0]]), csr_matrix([[1.0], [0], [1]])
    assert tower_features(Content.unknown(3)).shape == (3, 0)
    assert_array_equal(tower_features(Content(embeddings)).toarray(), embeddings)
    root = 0.5**0.5
    joined = tower_features(Content(embeddings, terms, topics)).toarray()
    assert_allclose(joined, [[root, 0, root], [0, 1, 0], [0, 0, 1]], rtol=1e-6)
