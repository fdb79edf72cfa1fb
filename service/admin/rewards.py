"""The reward report, as `recsys rewards` prints it."""

from __future__ import annotations

from dataclasses import dataclass

from recsys.events import now_ms
from recsys.rewards import Reward, RewardReport, days_ago, reward_report
from service.admin.charts import WIDE, Chart, Series, chart
from service.context import Context
from service.pages.wording import day_label

DAYS = 28
_POLICIES = 4  # lines in the picture


@dataclass(frozen=True)
class Rewards:
    """What the panel shows."""

    report: RewardReport
    chart: Chart | None


def rewards(context: Context) -> Rewards:
    """The last weeks' report.

    Raises:
        recsys.store.StoreError: the record can't answer.
    """
    report = reward_report(context.store, days_ago(now_ms(), DAYS))
    return Rewards(report, _chart(report))


def _chart(report: RewardReport) -> Chart | None:
    days = sorted({row.day for row in report.days if row.day is not None})
    largest = sorted(report.policies, key=lambda row: -row.per_slate.users)[:_POLICIES]
    series = []
    for policy in largest:
        found = {row.day: row for row in report.days if row.policy == policy.policy}
        series.append(_series(policy.policy, [found.get(day) for day in days]))
    return chart(
        "reward", "Reward of a shown paper, by day and policy", [day_label(d) for d in days], series, WIDE
    )


def _series(name: str, rows: list[Reward | None]) -> Series:
    figures = [row.per_place if row else None for row in rows]
    return Series(
        name,
        [figure.mean if figure else None for figure in figures],
        [figure.low if figure else None for figure in figures],
        [figure.high if figure else None for figure in figures],
    )
