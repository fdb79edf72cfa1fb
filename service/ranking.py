"""Rank for a reader and log what is shown: for the API, feeds and mails alike."""

from __future__ import annotations

from recsys import rank
from recsys.events import now_ms
from recsys.papers import Paper
from recsys.profile import UserState
from recsys.rank import Ranker, Ranking
from recsys.slates import Slate, SlateItem
from service.answers import Part
from service.context import Context
from service.fallback import rank_without_bundle


def rank_for(
    context: Context, ranker: Ranker | None, state: UserState, query: rank.Query, seed: int
) -> tuple[Ranking, dict[str, Paper], list[Part]]:
    """The ranked papers, the papers themselves by id, and the parts that they had to do without.

    Without a bundle: trending, then newest.
    """
    if ranker is None:
        return *rank_without_bundle(context.store, context.trending, state, query), ["bundle"]
    interests, whole = context.interests.of(state, ranker.bundle)
    ranking = ranker.recommend(state, query, seed, interests)
    papers = {item.id: ranker.bundle.paper(item.row) for item in ranking.items}
    return ranking, papers, [] if whole else ["encoder"]


def log_slate(context: Context, slate_id: str, user: str, ranking: Ranking, bundle: str | None) -> None:
    """Log what is shown to the reader, unless nothing is."""
    items = tuple(SlateItem(item.id, item.position, item.score, item.propensity) for item in ranking.items)
    if items:
        context.slates.add(Slate(slate_id, user, now_ms(), ranking.policy, bundle, items))
