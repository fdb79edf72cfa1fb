"""The logged probabilities are those with which items are shown."""

from __future__ import annotations

import numpy as np
from scipy import stats

from recsys.explore import Policy

SCORES = np.linspace(2, -1, 60).astype(np.float32)


def _draw(policy: Policy, seed: int):
    return policy.draw(np.arange(20), np.arange(20, 60), SCORES, np.random.default_rng(seed))


def test_shown_shares_match_the_logged_probabilities() -> None:
    policy, draws = Policy(), 20_000
    rng = np.random.default_rng(7)
    seen = np.zeros((20, 60))
    logged: dict[tuple[int, int], float] = {}
    for _ in range(draws):
        drawn = policy.draw(np.arange(20), np.arange(20, 60), SCORES, rng)
        seen[np.arange(20), drawn.chosen] += 1
        logged |= {
            (s, int(c)): float(p) for s, (c, p) in enumerate(zip(drawn.chosen, drawn.propensity, strict=True))
        }
    for slot in (9, 19):
        items = [item for (s, item) in logged if s == slot]
        expected = np.array([logged[slot, item] for item in items])
        assert np.isclose(expected.sum(), 1.0)
        assert stats.chisquare(seen[slot, items], expected * draws).pvalue > 1e-3
    assert all(seen[slot, slot] == draws for slot in range(20) if slot not in (9, 19))


def test_an_item_is_shown_once_at_most_and_a_seed_repeats_the_draw() -> None:
    for seed in range(200):
        first, second = _draw(Policy(), seed), _draw(Policy(), seed)
        assert len(set(first.chosen)) == 20
        assert (first.chosen == second.chosen).all()


def test_a_short_slate_is_not_drawn() -> None:
    drawn = Policy().draw(np.arange(5), np.arange(5, 60), SCORES, np.random.default_rng(0))
    assert (drawn.chosen == np.arange(5)).all()
    assert (drawn.propensity == 1).all()


def test_without_further_candidates_the_slate_stays() -> None:
    drawn = Policy().draw(np.arange(10), np.arange(0), SCORES, np.random.default_rng(0))
    assert (drawn.chosen == np.arange(10)).all()
    assert (drawn.propensity == 1).all()
