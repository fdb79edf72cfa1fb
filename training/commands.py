"""`recsys train` and `recsys demo`."""

from __future__ import annotations

import resource
import time
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from recsys.commands.options import HOME, DatabaseOption, HomeOption, progress_bar
from recsys.home import Home
from training.demo import load_demo
from training.train import Outcome
from training.train import train as run_training

KEPT_BACK = 1  # exit code of a run whose bundle the gate kept back


def train(
    home: HomeOption = HOME,
    database_url: DatabaseOption = None,
    embedder: str | None = typer.Option(
        None, help="minilm, lsa, or a sentence-transformers model; as the last time by default."
    ),
    seed: int = typer.Option(0, min=0, help="Of everything drawn."),
    force: bool = typer.Option(False, "--force", help="Go live whatever the gate says."),
) -> None:
    """Retrain on the whole record and publish, unless the result is worse than what is in service."""
    place = Home(home)
    began = time.monotonic()
    with place.lock("train"), place.open_store(database_url) as store, progress_bar() as bar:
        task = bar.add_task("starting", total=1.0)
        outcome = run_training(
            store,
            place.bundles,
            embedder,
            seed,
            force,
            lambda what, share: bar.update(task, description=what, completed=share),
        )
    _tell(Console(), outcome, time.monotonic() - began)
    if not outcome.live:
        raise typer.Exit(KEPT_BACK)


def demo(
    home: HomeOption = HOME,
    database_url: DatabaseOption = None,
) -> None:
    """Load the demo catalogue and its simulated readers; nothing happens where they are there already."""
    with Home(home).open_store(database_url) as store:
        loaded = load_demo(store)
    typer.echo(
        f"demo catalogue: {loaded.papers} papers, {loaded.readers} simulated readers, {loaded.events} events"
    )


def _tell(console: Console, outcome: Outcome, seconds: float) -> None:
    counts = ", ".join(
        f"{count:,} {what}" for what, count in outcome.counts.items() if what != "embedded" and count
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    console.print(
        f"trained on {counts} in {seconds:.0f} s, {peak:.1f} GiB at most; "
        f"{outcome.counts['embedded']:,} abstracts embedded anew"
    )
    if outcome.metrics:
        console.print(_table(outcome.metrics))
    if outcome.live:
        console.print(f"bundle {outcome.bundle} is live: {outcome.verdict.why}")
    else:
        console.print(
            f"bundle {outcome.bundle} was kept back: {outcome.verdict.why}; "
            f"`recsys bundles rollback {outcome.bundle}` or --force makes it live all the same"
        )


def _table(metrics: dict[str, Any]) -> Table:
    users = metrics["hybrid"]["ndcg@20"]["users"]
    table = Table(title=f"held out: the newest fifth of {users} readers (mean, 95% interval)")
    table.add_column("model")
    for name in metrics["hybrid"]:
        table.add_column(name, justify="right")
    for model, figures in metrics.items():
        cells = [f"{f['mean']:.3f} ({f['low']:.3f}-{f['high']:.3f})" for f in figures.values()]
        table.add_row(model, *cells, style="bold" if model == "hybrid" else None)
    return table
