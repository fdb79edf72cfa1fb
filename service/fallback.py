"""Recommendations while there is no bundle: what is trending, then what is new."""

from __future__ import annotations

from collections.abc import Iterator

from recsys.explain import Reason
from recsys.explanation import explained_by
from recsys.papers import Paper
from recsys.profile import UserState
from recsys.rank import Query, Ranking, Recommendation, shown_token
from recsys.stated import allowed
from recsys.store import Store
from service.trending import Trending

POLICY = "trending-then-newest"
_SPARE = 200  # papers read beyond those asked for, since muted topics and trends take some away

_TREND = Reason("trending", "Taken up in the last 7 days", 1.0)
_NEW = Reason("new", "New in the catalogue", 1.0)


def rank_without_bundle(
    store: Store, trending: Trending, state: UserState, query: Query
) -> tuple[Ranking, dict[str, Paper]]:
    """A ranking under the same filters as `Ranker.recommend`, and its papers by id.

    Raises:
        recsys.store.StoreError: the record can't answer either.
    """
    chosen: dict[str, tuple[Paper, float, Reason]] = {}
    for paper, score, reason in _candidates(store, trending, state, query):
        if len(chosen) > query.limit:
            break
        if paper.id not in chosen and _allowed(paper, state, query):
            chosen[paper.id] = paper, score, reason
    page = list(chosen.values())[: query.limit]
    offset = len(query.shown)
    items = tuple(
        Recommendation(
            paper.row,
            paper.id,
            score,
            offset + n,
            1.0,
            (reason,),
            explained_by(reason, score) if query.in_full else None,
        )
        for n, (paper, score, reason) in enumerate(page)
    )
    ranking = Ranking(items, POLICY, more=len(chosen) > query.limit)
    return ranking, {paper.id: paper for paper, _, _ in page}


def _candidates(
    store: Store, trending: Trending, state: UserState, query: Query
) -> Iterator[tuple[Paper, float, Reason]]:
    for paper, score in trending.top("7d"):
        yield paper, score, _TREND
    depth = query.limit + len(query.shown) + len(state.signals) + _SPARE
    for paper in store.papers.newest(depth, topic=query.category, since=query.since):
        yield paper, 0.0, _NEW


def _allowed(paper: Paper, state: UserState, query: Query) -> bool:
    return (
        allowed(paper, state, query.now, query.repeat)
        and shown_token(paper.id) not in query.shown
        and (query.among is None or paper.id in query.among)
        and (query.category is None or query.category.casefold() in {t.casefold() for t in paper.topics})
        and (query.since is None or (paper.published or "") >= query.since)
    )
