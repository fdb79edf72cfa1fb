"""Streams of the Google Reader API: each feed, all of them together, and what is starred."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from service.context import Context
from service.feeds.streams import Entry, listing, stream_at, streams_of
from service.problems import Problem
from service.reader.items import FOLDER, READ, READING_LIST, STARRED
from service.reader.marks import Marks

DEPTH = 20  # papers of a feed: the few best, however many a client asks for
_MOST = 1_000


@dataclass(frozen=True, slots=True)
class Selection:
    """What of a stream is asked for; `after` is the number of items on the pages before."""

    without: frozenset[str] = frozenset()
    only: frozenset[str] = frozenset()
    limit: int = DEPTH
    after: int = 0
    oldest_first: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, each with the stream that brought it, and where the next page goes on."""

    entries: tuple[tuple[Entry, str], ...]
    next: int | None


def canonical(id: str, user: str) -> str:
    """A stream's id with the reader written as "-", and its path decoded.

    >>> canonical("user/ada/state/com.google/starred", "ada"), canonical("feed/topic/A%20b", "ada")
    ('user/-/state/com.google/starred', 'feed/topic/A b')
    """
    own = f"user/{user}/"
    return unquote(f"user/-/{id.removeprefix(own)}" if id.startswith(own) else id)


def entries_of(context: Context, user: str, id: str, marks: Marks) -> list[tuple[Entry, str]]:
    """All entries of a stream, best first.

    Raises:
        Problem: 404, there is no such stream.
        recsys.store.StoreError: the record can't answer.
    """
    id = canonical(id, user)
    if id in (READING_LIST, FOLDER):
        return _together(context, user, marks)
    if id in (STARRED, READ):
        ids = marks.starred if id == STARRED else sorted(marks.read)
        papers = context.papers(ids[:_MOST])
        return [(Entry(papers[id], ()), READING_LIST) for id in ids if id in papers]
    stream = stream_at(id.removeprefix("feed/")) if id.startswith("feed/") else None
    if stream is None:
        raise Problem(404, "unknown-stream", f"there is no stream {id!r}: see subscription/list")
    return [
        (entry, f"feed/{stream.path}")
        for entry in listing(context, user, stream, DEPTH, marks.passed).entries
    ]


def page_of(context: Context, user: str, id: str, marks: Marks, wanted: Selection) -> Page:
    """The part of a stream that is asked for."""
    chosen = [
        (entry, origin)
        for entry, origin in entries_of(context, user, id, marks)
        if not _states(entry, marks) & wanted.without and wanted.only <= _states(entry, marks)
    ]
    if wanted.oldest_first:
        chosen.reverse()
    end = wanted.after + min(wanted.limit, _MOST)
    return Page(tuple(chosen[wanted.after : end]), end if end < len(chosen) else None)


def entries_at(context: Context, user: str, rows: Iterable[int], marks: Marks) -> list[tuple[Entry, str]]:
    """Entries of papers by row, in that order; with reasons and slates where they are in a feed now."""
    wanted = list(rows)
    current = {entry.paper.row: (entry, origin) for entry, origin in _together(context, user, marks)}
    others = context.store.papers.by_row(row for row in wanted if row not in current)
    known = current | {row: (Entry(paper, ()), READING_LIST) for row, paper in others.items()}
    return [known[row] for row in wanted if row in known]


def _together(context: Context, user: str, marks: Marks) -> list[tuple[Entry, str]]:
    """The entries of all the reader's feeds, each paper once."""
    found: dict[str, tuple[Entry, str]] = {}
    for stream in streams_of(context, user):
        for entry in listing(context, user, stream, DEPTH, marks.passed).entries:
            found.setdefault(entry.paper.id, (entry, f"feed/{stream.path}"))
    return list(found.values())


def _states(entry: Entry, marks: Marks) -> set[str]:
    read = READ if entry.paper.id in marks.read else "user/-/state/com.google/unread"
    return {read, STARRED} if entry.paper.id in marks.starred else {read}
