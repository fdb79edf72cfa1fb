"""Learning the weights of the join."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import optimize
from scipy.sparse import csr_matrix

from recsys.join import (
    HISTORY_EDGES,
    Examples,
    Weights,
    _surprise,
    bucket,
    fit_weights,
    freshness,
    prior_weights,
)
from recsys.join_examples import examples

TERMS = ("popularity", "content", "ease")


def made_up(n: int, informative: int, tail: float = 1.0, fresh: bool = False, seed: int = 0) -> Examples:
    """Histories whose target stands out in one term; for every second one the further, the larger `tail`."""
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(n, 40, len(TERMS))).astype(np.float32)
    scores[:, 0, informative] += np.where(np.arange(n) % 2, 3 * tail, 3)
    chosen = np.zeros((n, 40), dtype=np.float32)
    chosen[:, 0] = 1
    full = np.ones((n, 40), dtype=np.float32)
    return Examples(rng.integers(1, 5, n), scores, full * fresh, full > 0, chosen)


def test_the_gradient_is_that_of_the_loss() -> None:
    part = made_up(12, 1)
    part = Examples(
        part.buckets,
        part.scores,
        np.random.default_rng(1).random((12, 40), dtype=np.float32),
        np.tile(np.arange(40) % 7 != 3, (12, 1)),
        part.chosen,
    )
    n_buckets = len(HISTORY_EDGES)
    shape = (n_buckets, 2 * len(TERMS) + 1)
    at = np.random.default_rng(2).random(np.prod(shape)) + 0.2

    def loss(flat: np.ndarray) -> float:
        return _surprise(part, flat[n_buckets:].reshape(shape), flat[:n_buckets])[0]

    def slope(flat: np.ndarray) -> np.ndarray:
        _, steeper, by_weights = _surprise(part, flat[n_buckets:].reshape(shape), flat[:n_buckets])
        return np.concatenate([steeper, by_weights.ravel()])

    point = np.concatenate([[2.0, 1.5, 3.0, 1.0], at])
    assert_allclose(slope(point), optimize.approx_fprime(point, loss, 1e-6), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("informative", [1, 2])
@pytest.mark.parametrize("tail", [1.0, 15.0])  # a target 45 deviations out is no reason to ignore its model
def test_weight_goes_to_what_finds(informative: int, tail: float) -> None:
    learned = fit_weights([made_up(800, informative, tail)], TERMS).read[1:]
    others = [term for term in range(3) if term != informative]
    assert (learned[:, informative] > 2 * learned[:, others].max(axis=1)).all()


def test_fresh_papers_have_weights_of_their_own() -> None:
    learned = fit_weights([made_up(800, 2), made_up(800, 1, fresh=True)], TERMS)
    assert (learned.read[1:, 2] > 2 * learned.read[1:, 1]).all()
    assert (learned.fresh[1:, 1] > 2 * learned.fresh[1:, 2]).all()


def test_with_little_to_learn_from_the_prior_stays() -> None:
    prior, learned = prior_weights(TERMS), fit_weights([made_up(2, 1)], TERMS)
    assert np.abs(learned.read - prior.read).max() < 0.25


def test_without_any_target_in_reach_the_prior_stays() -> None:
    nothing = made_up(5, 1).of(np.zeros(5, dtype=bool))
    assert len(nothing) == 0
    assert_allclose(fit_weights([nothing], TERMS).read, prior_weights(TERMS).read, atol=1e-6)


def test_weights_are_not_negative_and_newcomers_get_what_is_popular() -> None:
    against = made_up(400, 1)
    against.scores[:, 0, 2] -= 5  # the target is what this term ranks last
    learned = fit_weights([against], TERMS)
    assert learned.read.min() >= 0
    assert learned.fresh.min() >= 0
    assert learned.read[0].tolist() == learned.fresh[0].tolist() == [1, 0, 0]
    assert learned.head_start[0] == 0


def test_contributions_sum_to_the_mixture_of_both_weights() -> None:
    weights = Weights(
        read=np.array([[1.0, 2.0, 0.0]], dtype=np.float32),
        fresh=np.array([[0.0, 4.0, 3.0]], dtype=np.float32),
        head_start=np.array([0.5], dtype=np.float32),
    )
    scores = np.arange(6, dtype=np.float32).reshape(3, 1, 2)
    readers = np.array([0.0, 3.0])
    assert freshness(readers).tolist() == [1.0, 0.5]
    parts = weights.contributions(np.array([0]), scores.copy(), freshness(readers), TERMS)
    assert_allclose(parts[:, 0, 0], [0 * 0 + 0.5, 4 * 2, 3 * 4])
    assert_allclose(parts[:, 0, 1], [0.5 * 1 + 0.25, 3 * 3, 1.5 * 5])


def test_buckets_count_what_was_liked() -> None:
    histories = csr_matrix([[0, 0, 0, -1], [1, 0, 0, -1], [1, 1, 1, 0]], dtype=np.float32)
    assert bucket(histories).tolist() == [0, 1, 2]


def made_of(n_items: int, thorough: bool = True) -> tuple[Examples, np.ndarray, np.ndarray, np.ndarray]:
    """Examples of six readers whose targets are among what ranks high, and which items they know."""
    rng = np.random.default_rng(0)
    known = csr_matrix(rng.random((6, n_items)) < 5 / n_items, dtype=np.float32)
    histories = known if thorough else csr_matrix(known.multiply(rng.random((6, n_items)) < 0.5))
    table = rng.normal(size=(len(TERMS), n_items)).astype(np.float32)
    wanted = (rng.random((6, n_items)) < 20 / n_items) & (known.toarray() == 0)
    among = np.arange(n_items) % 10 != 9

    def standardised(block: csr_matrix) -> np.ndarray:
        return np.repeat(table[:, None], block.shape[0], axis=1)

    fresh = freshness(np.arange(n_items) % 4)
    prior = prior_weights(TERMS)
    guide = Weights(read=prior.fresh, fresh=prior.read, head_start=prior.head_start)
    targets = csr_matrix(wanted, dtype=np.float32)
    made = examples(standardised, TERMS, fresh, histories, known, targets, among, guide)
    ranked = guide.contributions(np.array([1]), table[:, None].copy(), fresh, TERMS).sum(axis=0)[0]
    candidates = among & (known.toarray() == 0)
    return made, np.where(candidates, ranked, -np.inf), candidates, wanted & candidates


@pytest.mark.parametrize("thorough", [True, False])
def test_of_a_small_catalogue_every_item_that_is_not_known_is_a_candidate(thorough: bool) -> None:
    made, _, candidates, wanted = made_of(50, thorough)
    assert len(made) == 6
    assert_array_equal(made.allowed, candidates)
    assert_array_equal(made.chosen > 0, wanted)


def test_of_a_large_one_only_what_ranks_high_and_no_history_without_a_target_there() -> None:
    made, ranked, _, wanted = made_of(3_000)
    best = np.argsort(-ranked, axis=1)[:, :200]
    found = np.take_along_axis(wanted, best, axis=1).sum(axis=1)
    assert 0 < len(made) == np.count_nonzero(found)
    assert made.allowed.all()
    assert made.scores.shape == (len(made), 200, 3)
    assert_array_equal(made.chosen.sum(axis=1), found[found > 0])
