"""Two rankings in one list, so that one reader's acts say which is better: team-draft interleaving.

In each round a coin says which team picks first; each picks its best paper that isn't in the list yet.
Readers don't know which team a paper is of, so a better ranking gets more of what they take up (Radlinski,
Kurup and Joachims, "How Does Clickthrough Data Reflect Retrieval Quality?", CIKM 2008).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import nan

import numpy as np
from scipy.stats import binomtest

from recsys.store.reports import Judged

LIVE, CHALLENGER = "live", "challenger"
LONGEST = 20  # places of a list whose chances are computed
POLICY = "team-draft/"  # how slates name the policy, with the challenger's id

Picks = tuple[tuple[str, str], ...]  # (paper, team) in the order of the list


@dataclass(frozen=True, slots=True)
class Drafted:
    """A paper, the team that it counts for, and the exact chance of its being there, for either team."""

    item: str
    team: str
    propensity: float


@dataclass(frozen=True, slots=True)
class Contest:
    """How a challenger did against the bundle that was live.

    Attributes:
        wins: lists of which the reader took up more of the challenger's papers.
        losses: or more of the live bundle's.
        ties: or as many of both, maybe none.
        share: wins among wins and losses, with its 95% interval (Wilson's); nan where there are none.
        p: of the sign test that neither is better.
    """

    challenger: str
    wins: int
    losses: int
    ties: int
    share: tuple[float, float, float]
    p: float


def policy_of(challenger: str) -> str:
    """How slates name the policy."""
    return POLICY + challenger


def team_draft(
    live: Sequence[str], challenger: Sequence[str], k: int, rng: np.random.Generator
) -> list[Drafted]:
    """k papers of both rankings, each best first and without repeats; fewer where both together have fewer.

    Raises:
        ValueError: k is more than `LONGEST`.
    """
    if k > LONGEST:
        raise ValueError(f"a list of {k} papers: the chances of at most {LONGEST} are computed")
    chances: dict[tuple[int, str], float] = defaultdict(float)
    reached: dict[frozenset[str], float] = {frozenset(): 1.0}
    drawn: Picks = ()
    while len(drawn) < k:
        taken = frozenset(item for item, _ in drawn)
        picks = _round(live, challenger, taken, live_first=rng.random() < 0.5)
        if not picks:
            break
        drawn += picks
        reached = _after_round(live, challenger, reached, chances)
    return [Drafted(item, team, chances[place, item]) for place, (item, team) in enumerate(drawn[:k])]


def contests(judged: Iterable[Judged]) -> list[Contest]:
    """What the logged lists say of each challenger, in the order of their ids."""
    leads: dict[str, list[int]] = defaultdict(list)
    for one in judged:
        if one.slate.policy.startswith(POLICY):
            taken_up = [item.team for item in one.slate.items if one.rewards.get(item.item, 0.0) > 0]
            lead = taken_up.count(CHALLENGER) - taken_up.count(LIVE)
            leads[one.slate.policy.removeprefix(POLICY)].append(lead)
    return [_contest(challenger, leads[challenger]) for challenger in sorted(leads)]


def _contest(challenger: str, leads: Sequence[int]) -> Contest:
    wins, losses = sum(lead > 0 for lead in leads), sum(lead < 0 for lead in leads)
    ties = len(leads) - wins - losses
    if wins + losses == 0:
        return Contest(challenger, 0, 0, ties, (nan, nan, nan), nan)
    test = binomtest(wins, wins + losses)
    low, high = test.proportion_ci(method="wilson")
    return Contest(
        challenger, wins, losses, ties, (wins / (wins + losses), float(low), float(high)), float(test.pvalue)
    )


def _round(live: Sequence[str], challenger: Sequence[str], taken: frozenset[str], live_first: bool) -> Picks:
    """What both teams pick; one whose ranking is at its end passes."""
    teams = [(LIVE, live), (CHALLENGER, challenger)]
    picks: list[tuple[str, str]] = []
    for team, ranking in teams if live_first else teams[::-1]:
        gone = taken | {item for item, _ in picks}
        best = next((item for item in ranking if item not in gone), None)
        if best is not None:
            picks.append((best, team))
    return tuple(picks)


def _after_round(
    live: Sequence[str],
    challenger: Sequence[str],
    reached: dict[frozenset[str], float],
    chances: dict[tuple[int, str], float],
) -> dict[frozenset[str], float]:
    """The chance of each set of papers after a round; those of (place, paper) are added to `chances`.

    What is picked depends on which papers are in the list, not on their order, so that few sets are reached.
    """
    after: dict[frozenset[str], float] = defaultdict(float)
    for taken, chance in reached.items():
        for live_first in (True, False):
            picks = _round(live, challenger, taken, live_first)
            for place, (item, _) in enumerate(picks, len(taken)):
                chances[place, item] += chance / 2
            after[taken | {item for item, _ in picks}] += chance / 2
    return after
