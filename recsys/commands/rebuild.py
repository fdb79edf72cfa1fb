"""`recsys rebuild-state`: every user's state in Redis, computed anew from the record."""

from __future__ import annotations

import redis
import typer

from recsys.commands.options import HOME, DatabaseOption, HomeOption, RedisOption, progress_bar
from recsys.errors import UserError
from recsys.home import Home
from recsys.state import connect, differing, rebuild


def rebuild_state(
    home: HomeOption = HOME,
    database_url: DatabaseOption = None,
    redis_url: RedisOption = None,
    check: bool = typer.Option(False, "--check", help="Change nothing: compare, exit 1 on a difference."),
) -> None:
    """Rebuild every user's serving state in Redis from the record, or prove with --check that it is equal."""
    place = Home(home)
    with place.open_store(database_url) as store:
        client = connect(redis_url or place.redis_url())
        try:
            if check:
                wrong = differing(client, store)
                typer.echo(f"{len(wrong)} states differ from the record" + "".join(f"\n  {u}" for u in wrong))
                raise typer.Exit(1 if wrong else 0)
            total = sum(1 for _ in store.events.users())
            with progress_bar() as progress:
                task = progress.add_task("Rebuilding states", total=total)
                for done in rebuild(client, store):
                    progress.advance(task, done)
            typer.echo(f"{total} user states rebuilt from {store.events.count()} events")
        except redis.RedisError as error:
            raise UserError(
                f"Redis at {redis_url or place.redis_url()} can't be reached ({error}); "
                "start `recsys up` on this home, or give --redis-url"
            ) from None
