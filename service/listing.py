"""One page of a reader's recommendations: drawn, logged, and ready for an answer or a page."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from recsys import rank
from recsys.events import now_ms
from recsys.papers import Paper
from service.context import Context
from service.cursor import Filters, Place, invalid_cursor, next_place, read_cursor, write_cursor
from service.interleaving import interleaved
from service.parameters import since_date
from service.ranking import log_slate, rank_for

DEEPEST = 500  # papers of one list; then there is no next page


@dataclass(frozen=True, slots=True)
class Drawn:
    """A page of recommendations. `next` is the cursor of the one after it, `degraded` what it had to miss."""

    slate_id: str
    ranking: rank.Ranking
    papers: dict[str, Paper]
    bundle: str | None
    next: str | None
    degraded: list[str]


def place_of(
    user: str, cursor: str | None, category: str | None, since: str | None, repeat: bool | None = None
) -> Place:
    """Where the list stands; filters given along with a cursor must be its own.

    Raises:
        Problem: 422, the cursor isn't one of ours, or is of another reader's list or other filters.
    """
    if cursor is None:
        return Place(Filters(category, since, repeat or False))
    place = read_cursor(cursor, user)
    given = Filters(
        category if category is not None else place.filters.category,
        since if since is not None else place.filters.since,
        repeat if repeat is not None else place.filters.repeat,
    )
    if given != place.filters or len(place.shown) >= DEEPEST:
        raise invalid_cursor()
    return place


def draw(
    context: Context, user: str, place: Place, limit: int, *, explore: bool = True, in_full: bool = False
) -> Drawn:
    """Rank the page that follows a place, for a reader, and log it as a slate.

    It reflects every event acknowledged before. Each page is ranked anew, without the papers of those before.

    Raises:
        recsys.store.StoreError: there is no bundle, and the record can't answer either.
    """
    state, degraded = context.state_of(user)
    slate_id = uuid4().hex
    filters = place.filters
    query = rank.Query(
        limit=min(limit, DEEPEST - len(place.shown)),
        category=filters.category,
        since=since_date(filters.since) if filters.since else None,
        repeat=filters.repeat,
        explore=explore,
        shown=frozenset(place.shown),
        in_full=in_full,
        now=now_ms(),
    )
    ranker = context.live.ranker
    seed = int(slate_id[:15], 16)
    both = interleaved(context, ranker, state, query, seed)
    ranking, papers, missing = both or rank_for(context, ranker, state, query, seed)
    bundle = ranker.bundle.id if ranker else None
    log_slate(context, slate_id, user, ranking, bundle)
    after = next_place(place, [item.id for item in ranking.items])
    more = ranking.more and len(after.shown) < DEEPEST
    cursor = write_cursor(user, after) if more else None
    return Drawn(slate_id, ranking, papers, bundle, cursor, context.count_degraded([*degraded, *missing]))
