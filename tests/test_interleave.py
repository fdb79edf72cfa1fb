"""Team-draft interleaving: fair, with exact chances, and it finds who is better."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.interleave import CHALLENGER, LIVE, LONGEST, Drafted, contests, policy_of, team_draft
from recsys.slates import Slate, SlateItem
from recsys.store.reports import Judged

rankings = st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=8)


def draft(a: list[str], b: list[str], k: int, seed: int) -> list[Drafted]:
    return team_draft(a, b, k, np.random.default_rng(seed))


@given(rankings, rankings, st.integers(1, 9), st.integers(0, 10_000))
def test_each_paper_once_and_each_team_its_best(a: list[str], b: list[str], k: int, seed: int) -> None:
    drawn = draft(a, b, k, seed)
    items = [one.item for one in drawn]
    assert len(set(items)) == len(items) == min(k, len({*a, *b}))
    assert all(0 < one.propensity <= 1 for one in drawn)
    for place, one in enumerate(drawn):
        ranking = a if one.team == LIVE else b
        assert one.item == next(item for item in ranking if item not in items[:place])
    if len(a) == len(b) >= k:
        teams = Counter(one.team for one in drawn)
        assert abs(teams[LIVE] - teams[CHALLENGER]) <= k % 2


@pytest.mark.parametrize(
    ("a", "b"), [("abcdef", "badcfe"), ("abcdef", "uvwxyz"), ("abcdef", "cab"), ("ab", "abcdef")]
)
def test_the_logged_chances_are_those_of_the_draw(a: str, b: str) -> None:
    n, counts, logged = 4_000, Counter[tuple[int, str]](), {}
    for seed in range(n):
        for place, one in enumerate(draft([*a], [*b], 5, seed)):
            counts[place, one.item] += 1
            logged[place, one.item] = one.propensity
    for place_and_item, chance in logged.items():
        assert counts[place_and_item] / n == pytest.approx(chance, abs=4 * math.sqrt(0.25 / n))
    for place in range(5):
        assert sum(chance for (at, _), chance in logged.items() if at == place) == pytest.approx(1)


def test_a_list_is_not_too_long_to_compute() -> None:
    ids = [str(n) for n in range(LONGEST)]
    shuffled = np.random.default_rng(0).permutation(ids).tolist()
    assert len(draft(ids, shuffled, LONGEST, 0)) == LONGEST
    with pytest.raises(ValueError, match="at most"):
        draft(ids, ids, LONGEST + 1, 0)


def judged(drawn: list[Drafted], taken: set[str], name: str = "b") -> Judged:
    items = tuple(SlateItem(one.item, n, 0.0, one.propensity, False, one.team) for n, one in enumerate(drawn))
    return Judged(Slate("s", "ann", 0, policy_of(name), "a", items), {item: 1.0 for item in taken})


def test_the_better_ranking_wins() -> None:
    rng, held = np.random.default_rng(0), []
    worth = {item: 0.6 - 0.06 * n for n, item in enumerate("abcdefghij")}
    for seed in range(400):
        drawn = draft([*"jihgfedcba"], [*"abcdefghij"], 6, seed)
        held.append(judged(drawn, {one.item for one in drawn if rng.random() < worth[one.item]}))
    (contest,) = contests(held)
    assert contest.challenger == "b"
    assert contest.wins > contest.losses
    assert contest.p < 0.001
    assert contest.share[1] > 0.5
    assert contest.wins + contest.losses + contest.ties == 400


def test_equal_rankings_are_told_apart_no_more_often_than_by_chance() -> None:
    rng, found = np.random.default_rng(1), 0
    for trial in range(40):
        held = []
        for seed in range(60):
            drawn = draft([*"abcdefghij"], [*"abcdefghij"], 6, 1_000 * trial + seed)
            held.append(judged(drawn, {one.item for one in drawn if rng.random() < 0.3}))
        found += contests(held)[0].p < 0.05
    assert found <= 6  # 2 expected


def test_other_lists_and_unread_ones_decide_nothing() -> None:
    drawn = draft([*"abc"], [*"cba"], 3, 0)
    other = Judged(Slate("t", "ann", 0, "greedy", "a", ()), {})
    (contest,) = contests([judged(drawn, set()), other])
    assert (contest.wins, contest.losses, contest.ties) == (0, 0, 1)
    assert math.isnan(contest.p)
    assert contests([other]) == []
