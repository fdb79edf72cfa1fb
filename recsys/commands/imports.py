"""`recsys import`: real reading histories into the record."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from recsys.commands.importing import PAPERS_A_BATCH, keep_papers, say_where, summary
from recsys.commands.options import HOME, DatabaseOption, HomeOption, progress_bar
from recsys.errors import UserError
from recsys.events import StoredEvent, now_ms
from recsys.home import Home
from recsys.sources import Rejected, SourceError, histories
from recsys.sources.histories import History
from recsys.sources.reading import opened, until_broken
from recsys.sources.records import reject
from recsys.sources.rejected_file import RejectedFile
from recsys.store import Outcome, Store
from recsys.store.engine import chunks

EVENTS_A_BATCH = 5_000
_KEPT = (Outcome.ACCEPTED, Outcome.REPEATED)
_REFUSALS = {
    Outcome.CONFLICT: "id: an event with this id but other content is there; give each event its own id",
    Outcome.UNKNOWN_ITEM: "item: no such paper; ingest the papers first",
}

FolderArgument = Annotated[Path, typer.Argument(help="The folder with the files of the dataset.")]

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Import real reading histories.")


@app.command()
def events(
    file: Annotated[Path, typer.Argument(help="JSON lines, or CSV with a header; .gz too.")],
    home: HomeOption = HOME,
    database_url: DatabaseOption = None,
) -> None:
    """Import events of readers; their papers must be in the record."""
    received = now_ms()
    try:
        raw = file.open("rb")
    except OSError as error:
        raise SourceError(f"{file}: {error.strerror}; give a file of events") from None
    with raw, progress_bar() as progress:
        task = progress.add_task(file.name)
        head, stream = opened(progress.wrap_file(raw, total=file.stat().st_size, task_id=task), str(file))
        found = until_broken(histories.events_file(stream, head, received))
        _import(History("events", iter(()), found), received, Home(home), database_url, progress)


@app.command()
def citeulike(folder: FolderArgument, home: HomeOption = HOME, database_url: DatabaseOption = None) -> None:
    """Import the saves of citeulike-a or -t. The data has no times: all are given 2013-01-01T00:00:00Z."""
    with progress_bar() as progress:
        _import(histories.citeulike(folder), now_ms(), Home(home), database_url, progress)


@app.command()
def movielens(folder: FolderArgument, home: HomeOption = HOME, database_url: DatabaseOption = None) -> None:
    """Import the ratings of MovieLens 100K: 4 and 5 as likes, 3 as clicks, 1 and 2 as dislikes."""
    with progress_bar() as progress:
        _import(histories.movielens(folder), now_ms(), Home(home), database_url, progress)


def _import(
    history: History, received: int, home: Home, database_url: str | None, progress: Progress
) -> None:
    """Put a history into the record and say what became of it; exit code 1 if some of it was refused."""
    users: set[str] = set()
    outcomes: Counter[Outcome] = Counter()
    with home.open_store(database_url) as store, RejectedFile(home.rejected, history.name) as rejected:
        papers = progress.track(history.papers, total=None, description=f"{history.name}: papers")
        counts = keep_papers(store, chunks(papers, PAPERS_A_BATCH), history.name, rejected)
        refused_papers = rejected.count
        events = progress.track(history.events, total=None, description=f"{history.name}: events")
        for number, batch in enumerate(chunks(events, EVENTS_A_BATCH)):
            first = number * EVENTS_A_BATCH + 1
            outcomes += _keep_events(store, batch, first, received, users, rejected)
    refused = rejected.count - refused_papers
    accepted, repeated = outcomes[Outcome.ACCEPTED], outcomes[Outcome.REPEATED]
    typer.echo(
        f"{history.name}: papers {summary(counts)}, {refused_papers} rejected; users {len(users)}; "
        f"events {accepted} accepted, {repeated} repeated, {refused} refused"
    )
    if users:
        typer.echo(f"ask for one of them by id, such as user={min(users)}")
    say_where(rejected)
    if rejected.count:
        if not accepted + repeated:
            raise UserError("no event could be kept; the file of rejected records says why")
        raise typer.Exit(1)


def _keep_events(
    store: Store,
    batch: list[StoredEvent | Rejected],
    first: int,
    received: int,
    users: set[str],
    rejected: RejectedFile,
) -> Counter[Outcome]:
    """Put a batch, whose events are numbered from `first`, into the record.

    Adds those whose events were kept to `users`, and writes out what is refused.
    """
    events = [entry for entry in batch if isinstance(entry, StoredEvent)]
    # An event that had no time was given that of this import: the next import must not take it for a change.
    timeless = {event.id for event in events if event.time == received}
    outcomes = store.events.add(events, received, timeless=timeless)
    remaining = iter(outcomes)
    for number, entry in enumerate(batch, first):
        if isinstance(entry, Rejected):
            rejected.write(entry)
        elif (outcome := next(remaining)) in _KEPT:
            users.add(entry.user)
        else:
            rejected.write(reject(number, _REFUSALS[outcome], json.dumps(asdict(entry))))
    return Counter(outcomes)
