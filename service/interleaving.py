"""One list of the live bundle and its challenger together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from recsys.events import Setting
from recsys.interleave import LONGEST, policy_of, team_draft
from recsys.papers import Paper
from recsys.profile import UserState
from recsys.rank import Query, Ranker, Ranking
from service.answers import Part
from service.context import Context
from service.ranking import rank_for


def interleaved(
    context: Context, live: Ranker | None, state: UserState, query: Query, seed: int
) -> tuple[Ranking, dict[str, Paper], list[Part]] | None:
    """The list of both, its papers by id, and the parts it had to do without; None where only one ranks.

    Only first pages of up to `LONGEST` places are interleaved, of readers who leave things to chance.
    """
    challenger = context.challenger.for_list(seed)
    if challenger is None or live is None or challenger.bundle.id == live.bundle.id:
        return None
    if query.shown or query.limit > LONGEST or not (query.explore and state.setting(Setting.EXPLORATION)):
        return None
    greedy = replace(query, explore=False)
    mine, papers, missing = rank_for(context, live, state, greedy, seed)
    theirs, more_papers, _ = rank_for(context, challenger, state, greedy, seed)
    by_id = {item.id: item for item in (*theirs.items, *mine.items)}  # scored by the live bundle, if it can
    ids = [item.id for item in mine.items]
    drafted = team_draft(ids, [item.id for item in theirs.items], query.limit, np.random.default_rng(seed))
    items = tuple(
        replace(
            by_id[one.item],
            position=place,
            propensity=one.propensity,
            greedy=ids[place : place + 1] == [one.item],
            team=one.team,
        )
        for place, one in enumerate(drafted)
    )
    together = Ranking(items, policy_of(challenger.bundle.id), more=mine.more or theirs.more)
    return together, {**more_papers, **papers}, missing
