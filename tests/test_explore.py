"""The logged probabilities are those with which items are shown at their places."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from recsys.explore import GREEDY, Plan, plan, usual_spread
from recsys.policies import PlackettLuce, Policy, Thompson

DRAWS = 100_000
POLICIES = [Thompson(), PlackettLuce()]


def made_plan(policy: Policy, k: int = 20, n: int = 60, discovery: float = 1.0, seed: int = 0) -> Plan:
    """How k of n candidates are explored; the greedy slate isn't simply the best k, as after diversifying."""
    rng = np.random.default_rng(seed)
    scores = np.sort(rng.normal(size=n))[::-1].astype(np.float32)
    spread = rng.uniform(0.1, 1.0, size=n).astype(np.float32)
    greedy = np.sort(rng.choice(n, size=min(k, n), replace=False, p=np.arange(n, 0, -1) / (n * (n + 1) / 2)))
    return plan(greedy, np.setdiff1d(np.arange(n), greedy), scores, spread, policy, discovery)


def chances_at(slates: Plan) -> dict[tuple[int, int], float]:
    """What the plan says of every (place, item) that may be shown, worked out by hand."""
    chances: dict[tuple[int, int], float] = {}
    for place, item in enumerate(slates.greedy.tolist()):
        swaps = 0.5 * sum(upper in (place - 1, place) for upper in slates.pairs.tolist())
        chances[place, item] = 1 - swaps / max(1, len(slates.pairs))
    for upper in slates.pairs.tolist():
        chances[upper, int(slates.greedy[upper + 1])] = 0.5 / len(slates.pairs)
        chances[upper + 1, int(slates.greedy[upper])] = 0.5 / len(slates.pairs)
    for drawn in slates.drawn:
        del chances[drawn.place, int(slates.greedy[drawn.place])]
        for item, chance in zip(drawn.options.tolist(), drawn.chances.tolist(), strict=True):
            chances[drawn.place, item] = chance
    return chances


@pytest.mark.parametrize(
    ("policy", "k", "discovery"),
    [(Thompson(), 10, 1.0), (Thompson(), 10, 3.0), (Thompson(), 10, 0.0), (PlackettLuce(), 20, 1.0)],
)
def test_shown_shares_match_the_logged_probabilities(policy: Policy, k: int, discovery: float) -> None:
    slates = made_plan(policy, k=k, discovery=discovery)
    rng = np.random.default_rng(7)
    draws = [slates.draw(rng) for _ in range(DRAWS)]
    chosen = np.array([draw.chosen for draw in draws])
    propensity = np.array([draw.propensity for draw in draws])
    known = chances_at(slates)
    for place in range(k):
        expected = {item: chance for (at, item), chance in known.items() if at == place}
        assert sum(expected.values()) == pytest.approx(1.0, abs=1e-12)
        for item, chance in expected.items():
            logged = propensity[chosen[:, place] == item, place]
            assert np.allclose(logged, chance, rtol=0, atol=1e-12)
        seen = np.array([np.count_nonzero(chosen[:, place] == item) for item in expected])
        assert same_shares(seen, np.array(list(expected.values()))), place
    pairs = Counter(draw.pair for draw in draws)
    assert same_shares(np.array([pairs[upper] for upper in slates.pairs.tolist()]), 1 / len(slates.pairs))


def same_shares(seen: np.ndarray, chances: np.ndarray | float) -> bool:
    """Whether a chi-square test finds nothing wrong; outcomes too rare for it are taken together."""
    expected = np.broadcast_to(chances, seen.shape) * DRAWS
    assert seen.sum() == DRAWS
    rare = expected < 5
    observed = np.append(seen[~rare], seen[rare].sum())
    expected = np.append(expected[~rare], expected[rare].sum())
    kept = expected > 0.5  # below it, an outcome in 100,000 draws is no news
    return bool(
        kept.sum() < 2 or stats.chisquare(observed[kept], expected[kept], sum_check=False).pvalue > 1e-4
    )


@given(
    st.sampled_from(POLICIES),
    st.integers(0, 40),
    st.integers(1, 80),
    st.floats(0, 3),
    st.integers(0, 2**60),
)
def test_every_slate_is_sound(policy: Policy, k: int, n: int, discovery: float, seed: int) -> None:
    slates = made_plan(policy, k=k, n=n, discovery=discovery)
    first, second = (slates.draw(np.random.default_rng(seed)) for _ in range(2))
    assert first.chosen.tolist() == second.chosen.tolist()
    assert first.pair == second.pair
    assert len(set(first.chosen.tolist())) == len(slates.greedy)
    assert ((first.propensity > 0) & (first.propensity <= 1)).all()
    drawn = {place.place for place in slates.drawn}
    assert len(drawn) == len(slates.drawn) == int(len(slates.greedy) * discovery / 10 + 1e-9)
    for place in slates.drawn:
        assert place.chances.sum() == pytest.approx(1.0, abs=1e-12)
        assert 1 <= len(place.options) <= 10
    moved = [p for p in range(len(slates.greedy)) if p not in drawn and first.chosen[p] != slates.greedy[p]]
    assert moved in (
        [],
        [first.pair, (first.pair or 0) + 1],
    )  # no more than two neighbours, none of them drawn
    assert (first.pair is None) == (len(slates.pairs) == 0)
    if len(slates.greedy) < 10:
        assert first.pair is None


@pytest.mark.parametrize(
    ("k", "discovery", "expected"),
    [
        (10, 1, [9]),
        (9, 1, []),
        (25, 1, [9, 19]),
        (10, 0, []),
        (20, 0.5, [19]),
        (10, 3, [2, 5, 9]),
        (5, 3, [2]),
        (20, 2, [4, 9, 14, 19]),
    ],
)
def test_which_places_are_drawn(k: int, discovery: float, expected: list[int]) -> None:
    assert [drawn.place for drawn in made_plan(Thompson(), k=k, discovery=discovery).drawn] == expected


def test_the_policy_is_named_only_where_chance_has_a_say() -> None:
    assert made_plan(Thompson(), k=9).policy == GREEDY
    assert made_plan(Thompson(), k=10).policy == "thompson/discovery=1"
    assert made_plan(PlackettLuce(0.25), k=10, discovery=0).policy == "plackett-luce/t=0.25/discovery=0"


def test_without_further_candidates_a_drawn_place_stays() -> None:
    slates = made_plan(Thompson(), k=20, n=20)
    assert [drawn.chances.tolist() for drawn in slates.drawn] == [[1.0], [1.0]]


def test_new_papers_and_new_readers_are_less_certain() -> None:
    scores, readers = np.linspace(2, -2, 4).astype(np.float32), np.array([0, 5, 50, 500], dtype=np.float32)
    new, known = np.ones(4, dtype=np.float32), np.full(4, 0.1, dtype=np.float32)
    early, late = usual_spread(scores, readers, new), usual_spread(scores, readers, known)
    assert (np.diff(early) < 0).all()
    assert (late < early).all()
    assert usual_spread(10 * scores, readers, new) == pytest.approx(10 * early)
