"""`recsys sources`: feeds that are read as sources of papers."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from recsys.commands.importing import summary
from recsys.commands.options import HOME, DatabaseOption, HomeOption
from recsys.errors import UserError
from recsys.home import Home
from recsys.sources.fetching import host_of, web_client
from recsys.sources.opml import is_opml, outlines
from recsys.sources.subscriptions import Polled, poll_due
from recsys.store import Store
from recsys.store.sources import NEVER, Source

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Subscribe to feeds, as sources of papers and articles."
)


@app.command()
def add(
    sources: Annotated[
        list[str], typer.Argument(help="Addresses of RSS, Atom, JSON Feed or OPML; OPML files.")
    ],
    home: HomeOption = HOME,
    database_url: DatabaseOption = None,
) -> None:
    """Subscribe to SOURCES and read them for the first time. Exit code 1: some couldn't be read."""
    wanted = {url: title for source in sources for url, title in _feeds_of(source)}
    place = Home(home)
    with place.open_store(database_url) as store:
        for url, title in wanted.items():
            if not store.sources.add(url, title):
                typer.echo(f"{url}: subscribed to already")
        failed = poll_and_tell(store, place)
    if failed:
        raise typer.Exit(1)


@app.command("list")
def list_sources(home: HomeOption = HOME, database_url: DatabaseOption = None) -> None:
    """List the subscriptions: when each is asked again, its address, and what is wrong with it."""
    with Home(home).open_store(database_url) as store:
        for source in store.sources.all():
            typer.echo(_line(source))


@app.command()
def remove(
    sources: Annotated[list[str], typer.Argument(help="Addresses as `recsys sources list` shows them.")],
    home: HomeOption = HOME,
    database_url: DatabaseOption = None,
) -> None:
    """Unsubscribe from SOURCES, and from what they list; the papers stay."""
    with Home(home).open_store(database_url) as store:
        for url in sources:
            if not store.sources.remove(url):
                raise UserError(f"{url} is not subscribed to: see `recsys sources list`")


@app.command()
def poll(
    every: Annotated[bool, typer.Option("--all", help="Also those that are not due yet.")] = False,
    home: HomeOption = HOME,
    database_url: DatabaseOption = None,
) -> None:
    """Ask the subscribed feeds that are due; for cron, where `recsys up` doesn't do it."""
    place = Home(home)
    with place.open_store(database_url) as store:
        poll_and_tell(store, place, all_of_them=every)


def poll_and_tell(store: Store, home: Home, *, all_of_them: bool = False) -> int:
    """Ask what is due and say what came of it; how many failed.

    Raises:
        recsys.home.HomeBusyError: another process is at it.
    """
    failed = 0
    with home.lock("sources"), web_client() as client:
        for polled in poll_due(store, client, home.rejected, all_of_them=all_of_them):
            typer.echo(_told(polled))
            failed += polled.source.problem is not None
    return failed


def _feeds_of(source: str) -> list[tuple[str, str]]:
    """Addresses and titles that an argument means."""
    if source.startswith(("http://", "https://")):
        if not host_of(source) or not source.isprintable() or " " in source:
            raise UserError(f"{source} is no address: give one such as https://example.org/feed.xml")
        return [(source, "")]
    try:
        body = Path(source).read_bytes()
    except OSError as error:
        raise UserError(f"{source}: {error.strerror}; give an http(s) address, or an OPML file") from None
    if not is_opml(body):
        raise UserError(f"{source} is not OPML: take a file of papers with `recsys ingest`")
    found = [(line.url, line.title) for line in outlines(body)]
    if not found:
        raise UserError(f"{source} lists no feeds")
    return found


def _told(polled: Polled) -> str:
    source = polled.source
    if source.problem:
        return f"{source.url}: {source.problem}; {_again(source)}"
    rejected = f", {polled.rejected} rejected" if polled.rejected else ""
    listed = f", {polled.listed} feeds listed" if polled.listed else ""
    return f"{source.url}: {summary(polled.counts)}{rejected}{listed}"


def _line(source: Source) -> str:
    listed = f"  (listed by {source.listed_by})" if source.listed_by else ""
    problem = f"  {source.problem} ({source.failures} times)" if source.problem else ""
    return f"{_again(source):<25}  {source.url}{listed}{problem}"


def _again(source: Source) -> str:
    if source.due == NEVER:
        return "gone"
    return f"again {datetime.fromtimestamp(source.due / 1000, UTC):%Y-%m-%d %H:%MZ}"
