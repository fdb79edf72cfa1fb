"""One slate for one reader, as the API, feeds and mails all draw it."""

from __future__ import annotations

from recsys.events import now_ms
from recsys.papers import Paper
from recsys.profile import UserState
from recsys.rank import Query, Ranker, Ranking
from recsys.slates import Slate, SlateItem
from service.answers import Part
from service.context import Context
from service.fallback import rank_without_bundle


def rank_for(
    context: Context, ranker: Ranker | None, state: UserState, query: Query, seed: int
) -> tuple[Ranking, dict[str, Paper], list[Part]]:
    """The ranking, its papers by id, and the parts it had to do without.

    It is by the bundle, or without one by what is trending and new.

    Raises:
        recsys.store.StoreError: there is no bundle, and the record can't answer either.
    """
    if ranker is None:
        return *rank_without_bundle(context.store, context.trending, state, query), ["bundle"]
    interests, whole = context.interests.of(state, ranker.bundle)
    ranking = ranker.recommend(state, query, seed, interests)
    papers = {item.id: ranker.bundle.paper(item.row) for item in ranking.items}
    without = not whole or context.newcomers.without_encoder
    return ranking, papers, ["encoder"] if without else []


def log_slate(context: Context, slate_id: str, user: str, ranking: Ranking, bundle: str | None) -> None:
    """Log what was shown, behind the answer; an empty slate is none."""
    if ranking.items:
        context.slates.add(slate_of(slate_id, user, now_ms(), ranking, bundle))


def slate_of(slate_id: str, user: str, time: int, ranking: Ranking, bundle: str | None) -> Slate:
    """A ranking as it was shown at this time, ms since the epoch."""
    shown = tuple(
        SlateItem(item.id, item.position, item.score, item.propensity, item.greedy, item.team)
        for item in ranking.items
    )
    return Slate(slate_id, user, time, ranking.policy, bundle, shown, ranking.pair)
