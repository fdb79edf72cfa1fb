"""What changes by itself: readers' tastes, the catalogue, and how well scores foretell what readers do."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from recsys.catalogue_drift import CatalogueDrift, catalogue_drift
from recsys.events import now_ms
from recsys.metrics import Figure
from recsys.rewards import NEWEST, days_ago
from recsys.score_drift import score_drift
from recsys.store.reports import DAY_MS
from service.admin.charts import Chart, Series, chart
from service.context import Context
from service.pages.wording import day_label

DAYS = 28
WEEKS = 12
MOST_READERS = 200  # whose history is gone through


@dataclass(frozen=True)
class Drift:
    """What the panel shows.

    Attributes:
        readers: how many active readers were looked at.
        changed: of how many the taste changed at some time.
        lately: and of how many within the last `DAYS` days.
        catalogue: the topics of what joined.
        error: of the scores, on the last day that tells; None where none does.
        charts: of all three.
    """

    readers: int
    changed: int
    lately: int
    catalogue: CatalogueDrift
    error: Figure | None
    charts: list[Chart]


def drift(context: Context) -> Drift:
    """The drift up to now.

    Raises:
        recsys.store.StoreError: the record can't answer.
    """
    now, reports = now_ms(), context.store.reports
    looked_at, changes = _changes(context, days_ago(now, DAYS))
    catalogue = catalogue_drift(reports.papers_per_week(days_ago(now, 7 * WEEKS)))
    days = score_drift(reports.judged(days_ago(now, DAYS), NEWEST))
    weeks = [day_label(week) for week in catalogue.weeks]
    along = [day_label(day.day) for day in days]
    by_week = Counter(change // (7 * DAY_MS) * 7 for change in changes)
    changed_in = range(min(by_week, default=0), max(by_week, default=-1) + 1, 7)
    drawn = [
        chart(
            "tastes",
            "Readers whose taste changed, by week",
            [day_label(week) for week in changed_in],
            [Series("readers", [by_week[week] for week in changed_in])],
        ),
        chart(
            "topics",
            "Share of topics in what joined the catalogue, by week",
            weeks,
            [Series(topic, shares) for topic, shares in catalogue.shares.items() if len(weeks) > 1],
        ),
        chart(
            "errors",
            "Pairs of shown papers that the scores had the wrong way round (0.5 is chance)",
            along,
            [
                Series(
                    "wrong",
                    [day.error.mean for day in days],
                    [day.error.low for day in days],
                    [day.error.high for day in days],
                )
            ],
        ),
        chart(
            "scores", "Mean score of what was shown", along, [Series("score", [day.score for day in days])]
        ),
    ]
    return Drift(
        looked_at,
        len(changes),
        sum(change >= days_ago(now, DAYS) for change in changes),
        catalogue,
        next((day.error for day in reversed(days) if day.error.users), None),
        [picture for picture in drawn if picture],
    )


def _changes(context: Context, since: int) -> tuple[int, list[int]]:
    """How many readers active since were looked at, and when the tastes of some changed last (ms)."""
    ranker = context.live.ranker
    if ranker is None:
        return 0, []
    active = context.store.reports.active_readers(since, MOST_READERS)
    found = [ranker.changed_at(context.states.get(user).state) for user in active]
    return len(active), [change for change in found if change is not None]
