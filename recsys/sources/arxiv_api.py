"""New papers from the arXiv API, politely and resumably (https://info.arxiv.org/help/api/user-manual.html).

Papers come newest first, in pages. After each page a state file says how far the run came; a run that was
broken off goes on from there, and one that was finished is followed by one for what is new since.
"""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Self

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from recsys import __version__
from recsys.durable import replace_durably
from recsys.papers import PaperRecord
from recsys.sources import arxiv_atom, feed
from recsys.sources.fetching import retry_after
from recsys.sources.records import Rejected, SourceError

BASE_URL = "https://export.arxiv.org/api/query"
PAGE = 200
PAUSE_S = 3.0  # arXiv's terms: one request in three seconds
TRIES = 5
LONGEST_WAIT_S = 900.0  # asked to wait longer than this, we give up and say so
# arXiv dates a paper by its submission but shows it days later (weekends, moderation): look again that far.
OVERLAP = timedelta(days=4)
_CATEGORY = re.compile(r"[a-z-]+(\.[A-Za-z-]+)?")
_PASSING = (httpx.TransportError, httpx.DecodingError)

Sleep = Callable[[float], None]


class Progress(BaseModel):
    """The state file. Dates are days of submission; `floor` is set while a run is under way."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    query: str
    start: int = 0
    floor: date | None = None
    newest: date | None = None
    complete_from: date | None = None
    complete_to: date | None = None

    def resumed(self, since: date) -> Self:
        """The run that continues this one, or the one that follows it if it was finished."""
        if self.floor:
            return self.model_copy(update={"floor": min(self.floor, since)})
        floor = since
        if self.complete_from and self.complete_to and since >= self.complete_from:
            floor = max(since, self.complete_to - OVERLAP)
        return self.model_copy(update={"start": 0, "floor": floor, "newest": None})

    def after(self, page: _Page) -> Self:
        """One page further; finished if the page was the last or went below the floor."""
        newest = max(filter(None, (self.newest, *page.days)), default=None)
        further = self.model_copy(update={"start": self.start + page.entries, "newest": newest})
        if not self.floor or not (page.last or any(day < self.floor for day in page.days)):
            return further
        begin, end = self.floor, max(filter(None, (newest, self.complete_to)), default=None)
        if self.complete_from and self.complete_to and begin <= self.complete_to:
            begin = min(begin, self.complete_from)
        done = {"start": 0, "floor": None, "newest": None, "complete_from": begin, "complete_to": end}
        return self.model_copy(update=done)


@dataclass(frozen=True)
class _Page:
    records: list[PaperRecord | Rejected]
    entries: int
    last: bool

    @property
    def days(self) -> list[date]:
        return [day for record in self.records if (day := _day(record))]


def fetch(
    categories: Sequence[str],
    since: datetime,
    state_file: Path,
    *,
    client: httpx.Client,
    sleep: Sleep = time.sleep,
    base_url: str = BASE_URL,
) -> Iterator[PaperRecord | Rejected]:
    """The records of `fetch_pages`, one by one: a page counts as done when the next record is asked for."""
    pages = fetch_pages(categories, since, state_file, client=client, sleep=sleep, base_url=base_url)
    return chain.from_iterable(pages)


def fetch_pages(
    categories: Sequence[str],
    since: datetime,
    state_file: Path,
    *,
    client: httpx.Client,
    sleep: Sleep = time.sleep,
    base_url: str = BASE_URL,
) -> Iterator[list[PaperRecord | Rejected]]:
    """Pages of the papers submitted in these categories since a moment's day (UTC), the newest first.

    A page counts as done, and the state file says so, when the next one is asked for: store a page
    before that, and a crash loses nothing.

    Raises:
        SourceError: a category or the state file is malformed, arXiv refuses, or it doesn't answer.
    """
    for category in categories:
        if not _CATEGORY.fullmatch(category):
            raise SourceError(f"{category!r} is not a category of arXiv; give one such as cs.IR")
    query = " OR ".join(f"cat:{category}" for category in sorted(set(categories)))
    progress = _load(state_file, query).resumed(since.astimezone(UTC).date())
    pause = 0.0
    while progress.floor:
        sleep(pause)
        page = _page(query, progress.start, client, sleep, base_url)
        floor = progress.floor
        yield [record for record in page.records if (_day(record) or floor) >= floor]
        progress, pause = progress.after(page), PAUSE_S
        _save(state_file, progress)


def _page(query: str, start: int, client: httpx.Client, sleep: Sleep, base_url: str) -> _Page:
    """One page, tried up to `TRIES` times with waits that double or are what arXiv asks for."""
    order = {"sortBy": "submittedDate", "sortOrder": "descending"}
    params = {"search_query": query, "start": str(start), "max_results": str(PAGE), **order}
    agent = {"User-Agent": f"recsys/{__version__}"}
    for attempt in range(1, TRIES + 1):
        wait = PAUSE_S * 2**attempt
        try:
            answer = client.get(base_url, params=params, headers=agent, follow_redirects=True)
        except _PASSING as error:
            trouble = f"{type(error).__name__}: {error}"
        else:
            trouble = f"status {answer.status_code}"
            if answer.is_success:
                page = _read(answer.content, start)
                if page:
                    return page
                trouble = "an answer without its entries"  # arXiv gives such ones when it is busy
            elif answer.status_code != httpx.codes.TOO_MANY_REQUESTS and not answer.is_server_error:
                raise SourceError(f"arXiv refused the query {query!r} ({trouble}); check the categories")
            wait = max(retry_after(answer) or wait, PAUSE_S)
        if wait > LONGEST_WAIT_S:
            raise SourceError(f"arXiv asks to wait for {wait:.0f} s; run the same command again after that")
        if attempt < TRIES:
            sleep(wait)
    raise SourceError(f"arXiv did not answer in {TRIES} tries ({trouble}); run it later, it will resume")


def _read(content: bytes, start: int) -> _Page | None:
    """The page in an answer; None if it isn't one or lacks entries that there are."""
    answer = feed.read(io.BytesIO(content))
    if isinstance(answer, Rejected):
        return None
    entries = answer["entries"]
    total = answer["feed"].get("opensearch_totalresults", "")
    if not total.isdecimal() or (not entries and start < int(total)):
        return None
    records = [arxiv_atom.paper(start + number, entry) for number, entry in enumerate(entries, 1)]
    return _Page(records, len(entries), last=start + len(entries) >= int(total))


def _day(record: PaperRecord | Rejected) -> date | None:
    if isinstance(record, Rejected) or not record.published:
        return None
    return date.fromisoformat(record.published)


def _load(state_file: Path, query: str) -> Progress:
    try:
        progress = Progress.model_validate_json(state_file.read_bytes())
    except FileNotFoundError:
        return Progress(query=query)
    except ValidationError:
        raise SourceError(f"{state_file} is damaged; delete it to begin anew") from None
    return progress if progress.query == query else Progress(query=query)


def _save(state_file: Path, progress: Progress) -> None:
    state_file.parent.mkdir(parents=True, exist_ok=True)
    replace_durably(state_file, progress.model_dump_json().encode())
