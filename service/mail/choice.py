"""Which papers a reader's digest holds."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from recsys.events import Setting
from recsys.explain import Reason
from recsys.papers import Paper
from recsys.profile import UserState
from recsys.rank import Query
from recsys.slates import Slate
from recsys.stated import allowed
from service.context import Context
from service.ranking import rank_for, slate_of

MOST_BEST = 5
MOST_TRENDING = 3
NEW_FOR_MS = 7 * 86_400_000  # how long a paper is new, from its coming into the catalogue
WORTH = 0.25  # the share of the catalogue among whose best, for this reader, a new paper must be


@dataclass(frozen=True, slots=True)
class Picked:
    """A paper of a digest, with the reasons and its place in the slate."""

    paper: Paper
    reasons: tuple[Reason, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Choice:
    """What a digest holds: the best new papers, what is trending, and the slate that is logged of it."""

    best: tuple[Picked, ...]
    trending: tuple[Picked, ...]
    slate: Slate | None

    @property
    def papers(self) -> list[str]:
        """The ids of all of them."""
        return [picked.paper.id for picked in (*self.best, *self.trending)]


def choose(context: Context, user: str, now: int) -> Choice:
    """The reader's few best papers among those that are new and that no mail held, and the day's trending.

    Ranked as GET /v1/recommendations ranks. Nothing where no new paper is worth it, whatever is trending.

    Raises:
        recsys.store.StoreError: the record can't answer.
    """
    state = context.states.get(user).state
    mailed = context.store.mailings.papers_of(user)
    new = frozenset(context.store.papers.added_since(now - NEW_FOR_MS) - mailed)
    if not new:
        return Choice((), (), None)
    known = bool(state.signals or state.stances)
    query = Query(
        limit=MOST_BEST,
        among=new,
        best=WORTH if known else 1.0,
        explore=bool(state.setting(Setting.EXPLORATION)),
        now=now,
    )
    id = uuid4().hex
    ranker = context.live.ranker
    ranking, papers, _ = rank_for(context, ranker, state, query, seed=int(id[:15], 16))
    best = tuple(Picked(papers[item.id], item.reasons, item.position) for item in ranking.items)
    if not best:
        return Choice((), (), None)
    slate = slate_of(id, user, now, ranking, ranker.bundle.id if ranker else None)
    return Choice(best, _trending(context, state, mailed | papers.keys(), now), slate)


def _trending(context: Context, state: UserState, seen: set[str], now: int) -> tuple[Picked, ...]:
    """What others took up in the last day, without what the reader has had or doesn't want."""
    taken_up = (paper for paper, _ in context.trending.top("24h"))
    wanted = (paper for paper in taken_up if paper.id not in seen and allowed(paper, state, now))
    return tuple(Picked(paper, (), n) for n, paper in zip(range(MOST_TRENDING), wanted, strict=False))
