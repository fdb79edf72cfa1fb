"""`recsys keys`: who may call the API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from recsys.commands.options import HOME, DatabaseOption, HomeOption
from recsys.errors import UserError
from recsys.home import Home

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Create, list and revoke API keys.")


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="whose key it is, for the list")],
    home: HomeOption = HOME,
    database_url: DatabaseOption = None,
) -> None:
    """Make a key and print it: it can't be shown again."""
    if not name.strip():
        raise UserError("the name is empty: say whose key it is")
    with Home(home).open_store(database_url) as store:
        typer.echo(store.keys.create(name.strip()))
    typer.echo("Keep it now: only its hash is stored.", err=True)


@app.command("list")
def list_keys(home: HomeOption = HOME, database_url: DatabaseOption = None) -> None:
    """List the keys: id, when it was made, whether it is valid, name."""
    with Home(home).open_store(database_url) as store:
        for key in store.keys.list():
            state = "valid" if key.revoked is None else f"revoked {_day(key.revoked)}"
            typer.echo(f"{key.id}  {_day(key.created)}  {state:<18}  {key.name}")


@app.command()
def revoke(
    id: Annotated[str, typer.Argument(help="the key's id: what stands between rk_ and the next _")],
    home: HomeOption = HOME,
    database_url: DatabaseOption = None,
) -> None:
    """Make a key worthless; a running service notices within half a minute."""
    with Home(home).open_store(database_url) as store:
        if not store.keys.revoke(id):
            raise UserError(f"no valid key has the id {id!r}: see `recsys keys list`")
    typer.echo(f"revoked {id}", err=True)


def _day(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).date().isoformat()
