"""`recsys bundles`: what is published, and back to what was."""

from __future__ import annotations

import json

import typer
from rich.console import Console
from rich.table import Table

from recsys.bundle import current_id, load_bundle, read_manifest
from recsys.commands.options import HOME, HomeOption
from recsys.errors import UserError
from recsys.home import Home
from recsys.shelf import list_manifests, point_to

app = typer.Typer(help="List, show and roll back published bundles.", no_args_is_help=True)


@app.command("list")
def list_bundles(home: HomeOption = HOME) -> None:
    """All bundles, the newest first; the one in service is starred."""
    root = Home(home).bundles
    current = current_id(root)
    table = Table()
    for column in ("", "bundle", "made", "papers", "users", "nDCG@20", "gate"):
        table.add_column(column, overflow="fold")
    for manifest in list_manifests(root):
        metric = manifest["metrics"].get("hybrid", {}).get("ndcg@20")
        table.add_row(
            "*" if manifest["id"] == current else "",
            manifest["id"],
            manifest["created"][:16].replace("T", " "),
            str(manifest["counts"]["papers"]),
            str(manifest["counts"]["users"]),
            f"{metric['mean']:.3f}" if metric else "-",
            manifest["gate"]["why"],
        )
    Console().print(table)


@app.command()
def show(
    bundle: str | None = typer.Argument(None, help="A bundle's id; the one in service by default."),
    home: HomeOption = HOME,
) -> None:
    """A bundle's manifest as JSON, after checking every file against its hash."""
    loaded = load_bundle(Home(home).bundles, bundle)
    typer.echo(json.dumps(dict(loaded.manifest), indent=2))


@app.command()
def rollback(
    bundle: str | None = typer.Argument(None, help="Where to; the parent of the one in service by default."),
    home: HomeOption = HOME,
) -> None:
    """Move the pointer to another bundle; the running service swaps within a second or two."""
    root = Home(home).bundles
    current = current_id(root)
    if bundle is None:
        bundle = read_manifest(root, current)["parent"] if current else None
    if bundle is None:
        raise UserError("there is no earlier bundle: name one of `recsys bundles list`")
    point_to(root, bundle)
    typer.echo(f"bundle {bundle} is in service (before: {current or 'none'})")
