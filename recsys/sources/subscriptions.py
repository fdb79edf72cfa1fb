"""Subscribed feeds: when they are asked, and what becomes of what they say."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import ip_address
from pathlib import Path

import httpx

from recsys.errors import UserError
from recsys.events import now_ms
from recsys.papers import PaperRecord
from recsys.sources import FORMATS, Rejected, detect
from recsys.sources.fetching import Fetched, FetchError, fetch, host_of
from recsys.sources.opml import is_opml, outlines
from recsys.sources.reading import opened, until_broken
from recsys.sources.rejected_file import RejectedFile
from recsys.store import Source, Store, UpsertCounts
from recsys.store.engine import chunks
from recsys.store.sources import NEVER

_FEEDS = ("rss", "atom", "arxiv-atom", "jsonfeed")
_BATCH = 500
_MINUTE_MS = 60_000
USUAL_MS = 15 * _MINUTE_MS  # between two looks, where the server doesn't say how long its answer is good for
SHORTEST_MS = _MINUTE_MS
OF_THIS_MACHINE_MS = _MINUTE_MS // 3  # of a server that nobody else could mind our asking
LONGEST_MS = 24 * 60 * _MINUTE_MS
LONGEST_WAIT_MS = 7 * LONGEST_MS  # that a server may ask for by Retry-After
_JITTER = 0.1  # so that feeds that were added together don't stay together


@dataclass(frozen=True, slots=True)
class Polled:
    """What came of asking a source: counts of papers, of rejected entries, of feeds that a list has added."""

    source: Source
    counts: UpsertCounts
    rejected: int = 0
    listed: int = 0


def poll_due(
    store: Store, client: httpx.Client, rejected: Path, *, all_of_them: bool = False
) -> Iterator[Polled]:
    """Ask every source that is due, or all that aren't gone; also those that a list has just brought."""
    asked: set[str] = set()
    while True:
        sources = store.sources.due(NEVER - 1 if all_of_them else now_ms())
        left = [source for source in sources if source.url not in asked]
        if not left:
            return
        for source in left:
            asked.add(source.url)
            yield poll(store, client, source, rejected)


def poll(store: Store, client: httpx.Client, source: Source, rejected: Path) -> Polled:
    """Ask one source, keep what it says, and note when it is to be asked again.

    Args:
        store: the record.
        client: as `web_client` makes it.
        source: which.
        rejected: the folder for entries that couldn't be taken.

    Raises:
        recsys.store.StoreError: the record can't be written; the source stays due.
    """
    try:
        answer = fetch(client, source.url, source.etag, source.modified)
        done = _keep(store, source, answer, rejected)
    except UserError as error:
        done = Polled(_failed(source, error), UpsertCounts())
    store.sources.settle(done.source)
    return done


def _keep(store: Store, source: Source, answer: Fetched, rejected: Path) -> Polled:
    """Take what an answer holds.

    Raises:
        recsys.sources.SourceError: it is no feed.
    """
    now = now_ms()
    due = now + _spread(_pause(source.url, answer.max_age))
    settled = replace(
        source, etag=answer.etag, modified=answer.modified, polled=now, due=due, failures=0, problem=None
    )
    if answer.body is None:
        return Polled(settled, UpsertCounts())
    if is_opml(answer.body):
        found = outlines(answer.body)
        added = sum(store.sources.add(line.url, line.title, listed_by=source.url) for line in found)
        return Polled(settled, UpsertCounts(), listed=added)
    counts = UpsertCounts()
    name = f"feed-{host_of(source.url)}"
    with RejectedFile(rejected, name) as file:
        for entries in chunks(records(answer.body, source.url), _BATCH):
            counts += store.papers.upsert([e for e in entries if isinstance(e, PaperRecord)], name)
            for entry in entries:
                if isinstance(entry, Rejected):
                    file.write(entry)
    return Polled(settled, counts, file.count)


def records(body: bytes, name: str) -> Iterator[PaperRecord | Rejected]:
    """The entries of a feed.

    Raises:
        recsys.sources.SourceError: it is none.
    """
    head, stream = opened(io.BytesIO(body), name)
    found = detect(head, name)
    if found not in _FEEDS:
        raise FetchError(f"this is {found}, not a feed: take it with `recsys ingest`")
    return until_broken(FORMATS[found](stream))


def _pause(url: str, max_age: float | None) -> float:
    """How long to leave a feed alone, in ms: as long as its server says that the answer is good for."""
    if _is_of_this_machine(url):
        return OF_THIS_MACHINE_MS
    return USUAL_MS if max_age is None else min(max(max_age * 1000, SHORTEST_MS), LONGEST_MS)


def _is_of_this_machine(url: str) -> bool:
    host = host_of(url)
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:  # a name
        return False


def _failed(source: Source, error: UserError) -> Source:
    """The source with its problem, and twice as long to wait as before, or as long as its server asks for."""
    failures = source.failures + 1
    wait = min(_pause(source.url, None) * 2 ** min(failures, 20), LONGEST_MS)
    if isinstance(error, FetchError):
        if error.gone:
            return replace(source, failures=failures, problem=str(error)[:500], due=NEVER)
        if error.retry_after is not None:
            wait = max(wait, min(error.retry_after * 1000, LONGEST_WAIT_MS))
    return replace(source, failures=failures, problem=str(error)[:500], due=now_ms() + _spread(wait))


def _spread(wait: float) -> int:
    return round(wait * random.uniform(1, 1 + _JITTER))  # noqa: S311 - no secret
