"""What readers took up lately, counted from the record."""

from __future__ import annotations

from collections import defaultdict
from typing import Literal, NamedTuple

from recsys.events import Kind, now_ms
from recsys.meaning import SAYS
from recsys.papers import Paper
from recsys.store import Store
from service.cached import Cached

Window = Literal["24h", "7d", "30d"]
WINDOWS: dict[Window, int] = {"24h": 24, "7d": 7 * 24, "30d": 30 * 24}  # hours

_HOUR_MS = 3_600_000
_KEPT_S = 10.0
_MOST = 500
_COUNTED = (Kind.CLICK, Kind.READ, Kind.SAVE, Kind.LIKE, Kind.DISLIKE, Kind.HIDE)
_STRENGTH = {kind: SAYS[kind].strength for kind in _COUNTED}


class Trend(NamedTuple):
    """A paper, and the strengths of what readers did to it, each reader counted once for each kind of act."""

    paper: Paper
    score: float


Basis = Literal["events", "newest"]


class Trending:
    """The trends of each window, counted anew at most every ten seconds."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._trends: Cached[Window, list[Trend]] = Cached(_KEPT_S)

    def top(self, window: Window) -> list[Trend]:
        """At most 500 papers that readers liked more than not, the most taken up first.

        Raises:
            recsys.store.StoreError: the record can't answer, and never has.
        """
        return self._trends.get(window, lambda: self._count(window))

    def forget(self) -> None:
        """Count anew when asked next, as a reader was erased; other processes do within ten seconds."""
        for window in WINDOWS:
            self._trends.drop(window)

    def _count(self, window: Window) -> list[Trend]:
        scores: dict[str, float] = defaultdict(float)
        since = now_ms() - WINDOWS[window] * _HOUR_MS
        for item, kind, readers in self._store.events.tally(since, _STRENGTH.keys()):
            scores[item] += _STRENGTH[Kind(kind)] * readers
        best = sorted((-score, item) for item, score in scores.items() if score > 0)[:_MOST]
        papers = self._store.papers.get_many(item for _, item in best)
        return [Trend(papers[item], -score) for score, item in best]


def taken_up(
    store: Store, trending: Trending, window: Window, limit: int, category: str | None = None
) -> tuple[list[Trend], Basis]:
    """The papers that most readers took up, or the newest ones where nobody did; and which of both it is.

    Raises:
        recsys.store.StoreError: the record can't answer.
    """
    if not (trends := trending.top(window)):
        return [Trend(paper, 0.0) for paper in store.papers.newest(limit, topic=category)], "newest"
    wanted = category.casefold() if category else None
    return [
        trend
        for trend in trends
        if wanted is None or wanted in {topic.casefold() for topic in trend.paper.topics}
    ][:limit], "events"
