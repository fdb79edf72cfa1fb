"""`recsys rewards`: what shown papers earned, and what they would have earned without exploration."""

from __future__ import annotations

from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from recsys.commands.options import HOME, DatabaseOption, HomeOption
from recsys.events import now_ms
from recsys.home import Home
from recsys.ope import CLIP
from recsys.rewards import NEWEST, OffPolicy, Reward, days_ago, iso_day, reward_report


def rewards(
    days: Annotated[int, typer.Option(min=1, max=3_650, help="How far back.")] = 30,
    newest: Annotated[
        int, typer.Option(min=1, max=100_000, help="Slates that off-policy figures are made of, at most.")
    ] = NEWEST,
    clip: Annotated[float, typer.Option(min=1, help="What a place may count for at most, in places.")] = CLIP,
    home: HomeOption = HOME,
    database_url: DatabaseOption = None,
) -> None:
    """What readers did with the lists, by policy and day; and what lists without exploration would earn."""
    with Home(home).open_store(database_url) as store:
        report = reward_report(store, days_ago(now_ms(), days), newest, clip)
    if not report.policies:
        typer.echo(f"nothing was shown in the last {days} days")
        return
    console = Console(width=None if Console().is_terminal else 120)
    console.print(_of_policies(report.policies, f"The last {days} days"))
    console.print(_of_policies(report.days, "By day"))
    _print_off_policy(console, report.off_policy, clip)


def _of_policies(rows: tuple[Reward, ...], title: str) -> Table:
    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left")
    table.add_column("day")
    table.add_column("policy", overflow="fold")
    for column in ("slates", "papers", "reward of a paper", "reward of a slate"):
        table.add_column(column, justify="right")
    for row in rows:
        table.add_row(
            "" if row.day is None else iso_day(row.day),
            row.policy,
            f"{row.per_slate.users:,}",
            f"{row.places:,}",
            row.per_place.told(),
            row.per_slate.told(2),
        )
    return table


def _print_off_policy(console: Console, off: OffPolicy, clip: float) -> None:
    if off.explored is None or off.greedy is None:
        console.print("Off-policy: no slate yet of which it was noted what the greedy list held.")
        return
    table = Table(
        title=f"Of {off.slates:,} slates: the reward of a paper, had all lists been",
        box=box.SIMPLE_HEAD,
        title_justify="left",
    )
    table.add_column("")
    for column in (f"IPS, clipped at {clip:g}", "SNIPS", "effective places", "clipped"):
        table.add_column(column, justify="right")
    for name, value in (("explored, as they were", off.explored), ("greedy", off.greedy)):
        table.add_row(
            name,
            value.ips.told(),
            value.snips.told(),
            f"{value.effective:,.0f} of {value.places:,}",
            f"{value.clipped:.1%}",
        )
    console.print(table)
