"""`recsys users invite`: a one-time link to sign in by."""

from __future__ import annotations

from typing import Annotated

import typer

from recsys.commands.options import HOME, DatabaseOption, HomeOption
from recsys.errors import UserError
from recsys.home import Home
from recsys.store import Role

_LONGEST_ID = 128


def invite(
    user: Annotated[str, typer.Argument(metavar="NAME", help="the reader; any id of yours")],
    admin: Annotated[bool, typer.Option("--admin", help="They may see /admin.")] = False,
    hours: Annotated[float, typer.Option(min=0.1, max=24 * 365, help="How long the link is good for.")] = 48,
    home: HomeOption = HOME,
    database_url: DatabaseOption = None,
) -> None:
    """Print a link by which a reader signs in to the pages, once."""
    if not (user.strip() and user.isprintable() and len(user) <= _LONGEST_ID):
        raise UserError(f"NAME: give 1 to {_LONGEST_ID} printable characters")
    place = Home(home)
    role = Role.ADMIN if admin else Role.READER
    with place.open_store(database_url) as store:
        _, token = store.invites.create(user, role, hours)
    typer.echo(f"{place.address}/sign-in/{token}")
    typer.echo(f"It signs in as {user!r}, once, within {hours:g} hours.", err=True)
