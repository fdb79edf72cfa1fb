"""The service at a glance: a figure for each of the admin's pages."""

from __future__ import annotations

from dataclasses import dataclass

from recsys.events import now_ms
from recsys.quantiles import quantile
from recsys.rewards import by_policy, days_ago
from service.context import Context
from service.metrics import EDGES
from service.pages.wording import seconds

_DAYS = 7
_LIST = "/v1/recommendations"


@dataclass(frozen=True)
class Tile:
    """One figure, what it is of, and the page that tells more."""

    title: str
    figure: str
    detail: str
    page: str


def overview(context: Context) -> list[Tile]:
    """The tiles.

    Raises:
        recsys.store.StoreError: the record can't answer.
    """
    return [_readers(context), _events(context), _reward(context), _latency(context), _errors(context)]


def _readers(context: Context) -> Tile:
    number, simulated = context.store.reports.readers()
    detail = f"{context.store.papers.count():,} papers" + (
        f"; {simulated:,} more simulated" if simulated else ""
    )
    return Tile("Readers", f"{number - simulated:,}", detail, "/admin/data")


def _events(context: Context) -> Tile:
    rows = context.store.reports.events_per_day(days_ago(now_ms(), _DAYS))
    return Tile("Events", f"{sum(row.number for row in rows):,}", f"in {_DAYS} days", "/admin/data")


def _reward(context: Context) -> Tile:
    earned = context.store.reports.earned(days_ago(now_ms(), _DAYS))
    together = by_policy([row._replace(policy="") for row in earned])
    if not together:
        return Tile("Reward", "–", f"nothing shown in {_DAYS} days", "/admin/rewards")
    mean = together[0].per_place
    between = mean.told().partition(" ")[2].strip("()")
    detail = f"of a shown paper{f', {between}' if between else ''}"
    return Tile("Reward", f"{mean.mean:.3f}", detail, "/admin/rewards")


def _latency(context: Context) -> Tile:
    rows = [row.within for row in context.metrics.requests_by_route() if row.route == _LIST]
    within = [sum(counts) for counts in zip(*rows, strict=True)]
    median, late = (quantile(EDGES, within, share) for share in (0.5, 0.95))
    return Tile("A list within", seconds(median), f"95% within {seconds(late)}", "/admin/operation")


def _errors(context: Context) -> Tile:
    rows = context.metrics.requests_by_route()
    failed = sum(row.within[-1] for row in rows if row.status >= 500)
    return Tile(
        "Failed requests",
        f"{failed:,.0f}",
        f"of {sum(row.within[-1] for row in rows):,.0f}",
        "/admin/operation",
    )
