"""Options and the progress bar that commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

HomeOption = Annotated[Path, typer.Option("--home", envvar="RECSYS_HOME", help="The home folder.")]
DatabaseOption = Annotated[
    str | None,
    typer.Option(
        "--database-url",
        envvar="DATABASE_URL",
        help="The record, if not the home's SQLite file: postgresql://...",
    ),
]
RedisOption = Annotated[
    str | None, typer.Option("--redis-url", envvar="REDIS_URL", help="Redis, if not the home's private one.")
]
HOME = Path("var")


def progress_bar() -> Progress:
    """Progress with an estimate of the time left, where stderr is a terminal."""
    columns = (TextColumn("{task.description:<24}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
