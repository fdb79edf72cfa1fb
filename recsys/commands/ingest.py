"""`recsys ingest`: papers from files, stdin or arXiv into the record."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.progress import Progress

from recsys.commands.importing import PAPERS_A_BATCH, keep_papers, say_where, summary
from recsys.commands.options import HOME, DatabaseOption, HomeOption, progress_bar
from recsys.commands.sources import poll_and_tell
from recsys.errors import UserError
from recsys.home import Home
from recsys.papers import PaperRecord
from recsys.sources import FORMATS, Rejected, SourceError, detect
from recsys.sources.arxiv_api import fetch_pages
from recsys.sources.reading import opened, until_broken
from recsys.sources.rejected_file import RejectedFile
from recsys.store import Store, UpsertCounts
from recsys.store.engine import chunks

_ARXIV = "arxiv:"
_SUBSCRIBED = "sources:"
_STDIN = "-"
_AGO = re.compile(r"(\d{1,5})([hdw])")
_UNITS = {"h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True)
class _Papers:
    """A source that is open: its name in the record and its papers in pages."""

    name: str
    pages: Iterator[Sequence[PaperRecord | Rejected]]


def ingest(
    sources: Annotated[
        list[str], typer.Argument(help="Files (.gz too), - for stdin, arxiv:cs.IR,cs.LG, or sources:.")
    ],
    format_name: Annotated[
        str | None, typer.Option("--format", help=f"Instead of telling it: {', '.join(FORMATS)}.")
    ] = None,
    since: Annotated[str, typer.Option(help="For arxiv: how far back, as 12h, 7d, 2w or 2026-11-01.")] = "7d",
    home: HomeOption = HOME,
    database_url: DatabaseOption = None,
) -> None:
    """Take papers from SOURCES into the record; `sources:` are the feeds of `recsys sources` that are due.

    Exit code 1: some were rejected; 2: nothing was read.
    """
    if format_name and format_name not in FORMATS:
        raise UserError(f"--format {format_name} is unknown; give one of {', '.join(FORMATS)}")
    start = _moment(since)
    for source in sources:
        _check(source)
    place = Home(home)
    kept = refused = 0
    with place.open_store(database_url) as store:
        for source in sources:
            if source == _SUBSCRIBED:
                poll_and_tell(store, place)
                continue
            counts, rejected = _ingest_one(store, place, source, format_name, start)
            kept += counts.added + counts.updated + counts.unchanged
            refused += rejected
    if refused and not kept:
        raise UserError("nothing could be read; the files of rejected records say why")
    if refused:
        raise typer.Exit(1)


def _ingest_one(
    store: Store, home: Home, source: str, format_name: str | None, since: datetime
) -> tuple[UpsertCounts, int]:
    with progress_bar() as progress:
        opening = (
            _from_arxiv(source, since, home, progress)
            if source.startswith(_ARXIV)
            else _from_file(source, format_name, progress)
        )
        with opening as papers, RejectedFile(home.rejected, papers.name) as rejected:
            counts = keep_papers(store, papers.pages, papers.name, rejected)
    typer.echo(f"{source}: {summary(counts)}, {rejected.count} rejected")
    say_where(rejected)
    return counts, rejected.count


@contextmanager
def _from_file(source: str, format_name: str | None, progress: Progress) -> Iterator[_Papers]:
    name = "stdin" if source == _STDIN else source
    with sys.stdin.buffer if source == _STDIN else open(source, "rb") as raw:
        total = None if source == _STDIN else Path(source).stat().st_size
        task = progress.add_task(name, total=total)
        head, stream = opened(progress.wrap_file(raw, total=total or 0, task_id=task), name)
        found = format_name or detect(head, name)
        records = until_broken(FORMATS[found](stream))
        # arXiv's own formats are one source in the record: neither fights over what the other said.
        yield _Papers("arxiv" if found.startswith("arxiv") else found, chunks(records, PAPERS_A_BATCH))


@contextmanager
def _from_arxiv(source: str, since: datetime, home: Home, progress: Progress) -> Iterator[_Papers]:
    categories = source.removeprefix(_ARXIV).split(",")
    state = home.folder("sources") / f"arxiv-{'+'.join(sorted(categories))}.json"
    with httpx.Client(timeout=60) as client:
        pages = fetch_pages(categories, since, state, client=client)
        progress.add_task(source, total=None)
        yield _Papers("arxiv", pages)


def _check(source: str) -> None:
    """Tell a missing file before anything is read."""
    if source in (_STDIN, _SUBSCRIBED) or source.startswith(_ARXIV):
        return
    try:
        open(source, "rb").close()
    except OSError as error:
        raise SourceError(f"{source}: {error.strerror}; give a file, - for stdin, or arxiv:cs.IR") from None


def _moment(since: str) -> datetime:
    """The moment that `--since` means, in UTC."""
    ago = _AGO.fullmatch(since)
    try:
        if ago:
            return datetime.now(UTC) - timedelta(**{_UNITS[ago.group(2)]: int(ago.group(1))})
        moment = datetime.fromisoformat(since)
    except ValueError:
        raise UserError(f"--since {since} is no time; give one such as 12h, 7d, 2w or 2026-11-01") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
