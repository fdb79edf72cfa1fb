"""The `recsys` command: a table of commands that each room registers in `pyproject.toml`.

A room may also add to another's command: `recsys.commands.users` lists further commands of `recsys users`.
"""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import typer

from recsys.errors import UserError

_ORDER = (
    "up",
    "serve",
    "ingest",
    "sources",
    "import",
    "train",
    "evaluate",
    "bundles",
    "users",
    "keys",
    "rebuild-state",
    "rewards",
    "digest",
    "demo",
)


class _Commands(typer.core.TyperGroup):
    """Loads a command only when it is asked for, so that `recsys keys` needn't import the trainers."""

    def list_commands(self, ctx: Any) -> list[str]:
        found = _registered()
        return [name for name in _ORDER if name in found] + sorted(set(found) - set(_ORDER))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        entry = _registered().get(cmd_name)
        return _as_click(entry) if entry else None


def _registered() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group="recsys.commands")}


def _as_click(entry: EntryPoint) -> Any:
    """A room registers either a function (one command) or a typer app (a command with sub-commands)."""
    target = entry.load()
    if not isinstance(target, typer.Typer):
        single = typer.Typer(add_completion=False)
        single.command(name=entry.name)(target)
        target = single
    command: Any = typer.main.get_command(target)
    command.name = entry.name
    for further in entry_points(group=f"recsys.commands.{entry.name}"):  # of another room
        command.add_command(_as_click(further))
    return command


app = typer.Typer(
    cls=_Commands,
    add_completion=False,
    no_args_is_help=True,
    help="A personal paper recommender that learns from every piece of feedback.",
)


@app.callback()
def _root() -> None:
    """A personal paper recommender that learns from every piece of feedback."""


def main() -> None:
    """Run the command line; what a user can mend is one line on stderr and exit code 2."""
    try:
        app()
    except UserError as error:
        sys.stderr.write(f"recsys: {error}\n")
        sys.exit(2)
