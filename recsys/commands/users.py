"""`recsys users`: what is known of a reader, theirs to take along, to begin anew, and to remove."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Annotated
from uuid import uuid4

import typer

from recsys.beliefs import beliefs, items_named
from recsys.bundle import load_bundle
from recsys.choices import choices
from recsys.commands.options import HOME, DatabaseOption, HomeOption, RedisOption
from recsys.errors import UserError
from recsys.events import Event, Kind, now_ms, stored
from recsys.export import export as export_reader
from recsys.home import Home
from recsys.meaning import SHIPPED
from recsys.profile import standing_events, state_from_events
from recsys.rank import Ranker
from recsys.shelf import is_served
from recsys.state import StateCache
from recsys.store import Store

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Let readers sign in; show, export, reset and delete what is known of them.",
)

UserArgument = Annotated[str, typer.Argument(metavar="ID", help="the reader")]


@app.command()
def profile(user: UserArgument, home: HomeOption = HOME, database_url: DatabaseOption = None) -> None:
    """Say what is believed of a reader, and from how many events."""
    place = Home(home)
    with place.open_store(database_url) as store:
        events = store.events.of_user(user)
        standing, state = standing_events(events), state_from_events(user, events)
        papers = store.papers.get_many(items_named(state))
    meaning, changed_at = SHIPPED, None
    if is_served(place.bundles):
        ranker = Ranker(load_bundle(place.bundles))
        meaning, changed_at = ranker.meaning, ranker.changed_at(state)
    typer.echo(f"{user}: {len(events)} events, {len(standing)} of which count")
    for belief in beliefs(state, standing, papers, now_ms(), meaning, changed_at):
        weight = "" if belief.weight is None else f"{belief.weight:+.2f}"
        typer.echo(f"  {belief.how:<8}  {weight:>5}  {belief.text}  ({belief.count} events)")
    for choice in choices(state, standing):
        typer.echo(f"  setting   {'as usual' if choice.event is None else 'set':>8}  {choice.text}")


@app.command()
def export(user: UserArgument, home: HomeOption = HOME, database_url: DatabaseOption = None) -> None:
    """Write all that the record has of a reader to standard output, as one JSON document."""
    with Home(home).open_store(database_url) as store:
        for piece in export_reader(store, user):
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()


@app.command()
def reset(user: UserArgument, home: HomeOption = HOME, database_url: DatabaseOption = None) -> None:
    """Let nothing that a reader did or said so far count any more, but for their settings."""
    place = Home(home)
    with place.open_store(database_url) as store:
        latest, now = _latest(store, user), now_ms()
        event = stored(Event(id=uuid4().hex, user=user, kind=Kind.RESET), max(now, latest + 1))
        store.events.add([event], now)
    typer.echo(f"{user} begins anew; undo event {event.id} to take it back", err=True)


@app.command()
def delete(
    user: UserArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    home: HomeOption = HOME,
    database_url: DatabaseOption = None,
    redis_url: RedisOption = None,
) -> None:
    """Remove a reader for good, from the record and from Redis, and so from the next bundle."""
    place = Home(home)
    with place.open_store(database_url) as store:
        if not yes:
            typer.confirm(f"Remove {user} and all that is known of them, for good?", abort=True)
        erased = store.erase(user)
        cache = StateCache(redis_url or place.redis_url(), store)
        cache.forget(user)
        cache.close()
    gone = [f"{number} {name}" for name, number in erased.items() if number]
    typer.echo(f"{', '.join(gone) or 'nothing'} removed")


@app.command()
def sessions(user: UserArgument, home: HomeOption = HOME, database_url: DatabaseOption = None) -> None:
    """List where a reader is signed in: id, role, since when, last seen."""
    with Home(home).open_store(database_url) as store:
        for session in store.sessions.of_user(user):
            since, seen = _moment(session.created), _moment(session.seen)
            typer.echo(f"{session.id}  {session.role:<6}  since {since}  last seen {seen}")


@app.command("sign-out")
def sign_out(
    user: UserArgument,
    session: Annotated[str | None, typer.Option(help="Only this one: an id of the list.")] = None,
    home: HomeOption = HOME,
    database_url: DatabaseOption = None,
) -> None:
    """Sign a reader out everywhere, at once, and make their links worthless."""
    with Home(home).open_store(database_url) as store:
        if session is None:
            ended, links = store.sessions.end_all(user), store.invites.revoke(user)
            typer.echo(f"{ended} sessions ended, {links} links revoked", err=True)
        elif store.sessions.end(session, user):
            typer.echo(f"session {session} ended", err=True)
        else:
            raise UserError(f"--session: {user!r} has no session {session!r}: see `recsys users sessions`")


def _moment(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%MZ")


def _latest(store: Store, user: str) -> int:
    """The time of the reader's last event.

    Raises:
        UserError: they have none.
    """
    events = store.events.of_user(user)
    if not events:
        raise UserError(f"the record has no events of {user!r}: check the id")
    return events[-1].time
