"""What is in the record, at which rate it comes, and how much room all of it takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from recsys.events import Kind, now_ms
from recsys.nights import nights
from recsys.store import Source
from recsys.store.reports import DAY_MS, PerDay
from service.admin.charts import Chart, Series, chart
from service.context import Context
from service.pages.wording import day_label

DAYS = 28
_POLICIES = 5  # lines in one picture

_GROUPS: Mapping[str, frozenset[Kind]] = {
    "opened, read": frozenset({Kind.CLICK, Kind.READ}),
    "saved, liked, sown": frozenset({Kind.SAVE, Kind.LIKE, Kind.SEED}),
    "disliked, hidden": frozenset({Kind.DISLIKE, Kind.HIDE}),
    "seen": frozenset({Kind.IMPRESSION}),
}
_OTHERS = "all else"


@dataclass(frozen=True)
class Data:
    """What the panel shows; sizes in bytes, None where it can't be told; `lately` counts events by kind."""

    papers: int
    readers: int
    simulated: int
    events: int
    slates: int
    record_size: int
    bundles_size: int
    redis_size: int | None
    lately: list[tuple[str, int]]
    charts: list[Chart]
    sources: list[Source]


def data(context: Context) -> Data:
    """Counts, rates and sizes now.

    Raises:
        recsys.store.StoreError: the record can't answer.
    """
    store, now = context.store, now_ms()
    since = (now // DAY_MS - DAYS + 1) * DAY_MS
    events, slates = store.reports.events_per_day(since), store.reports.slates_per_day(since)
    days = range(since // DAY_MS, now // DAY_MS + 1)
    readers, simulated = store.reports.readers()
    kinds = Counter[str]()
    for row in events:
        kinds[row.kind] += row.number
    drawn = [
        chart("events", "Events by day", _along(days), _by_group(events, days)),
        chart("slates", "Lists shown by day, by policy", _along(days), _by_policy(slates, days)),
    ]
    return Data(
        store.papers.count(),
        readers,
        simulated,
        store.events.count(),
        store.slates.count(),
        store.reports.size(),
        sum(night.size for night in nights(context.live.root)),
        context.states.memory(),
        sorted(kinds.items(), key=lambda kind: (-kind[1], kind[0])),
        [picture for picture in drawn if picture],
        store.sources.all(),
    )


def _along(days: range) -> list[str]:
    return [day_label(day) for day in days]


def _by_group(rows: Sequence[PerDay], days: range) -> list[Series]:
    named = {kind.value: group for group, kinds in _GROUPS.items() for kind in kinds}
    counts = {group: Counter[int]() for group in (*_GROUPS, _OTHERS)}
    for row in rows:
        counts[named.get(row.kind, _OTHERS)][row.day] += row.number
    return [Series(group, [count[day] for day in days]) for group, count in counts.items() if count]


def _by_policy(rows: Sequence[PerDay], days: range) -> list[Series]:
    counts: dict[str, Counter[int]] = {}
    for row in rows:
        counts.setdefault(row.kind, Counter())[row.day] += row.number
    largest = sorted(counts, key=lambda policy: (-counts[policy].total(), policy))[:_POLICIES]
    return [Series(policy, [counts[policy][day] for day in days]) for policy in largest]
