"""The client for scripts."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Self, TypeVar

import httpx

from recsys.client import answers, calls, reader_answers
from recsys.client.answers import Answer
from recsys.client.calls import Call, Since, Window
from recsys.client.errors import ProblemError
from recsys.client.retries import Patience, Retries
from recsys.client.wire import DEFAULT_TIMEOUT, Place, read, request_of, unreachable
from recsys.events import Event
from recsys.papers import PaperRecord

A = TypeVar("A", bound=Answer)


class Client:
    """Calls the service of one address.

    Args:
        address: where the service is; else $RECSYS_URL, else http://127.0.0.1:8000.
        key: the API key; else $RECSYS_KEY.
        timeout: seconds that the service may be silent before a try counts as failed.
        retries: how patient to be with a service that can't be reached or is busy.
        transport: of httpx, where requests take another way than the network.

    Every call raises `ProblemError` if the service refuses, `UnreachableError` if no answer comes, and
    `UnreadableAnswerError` if the answer is not the service's.
    """

    def __init__(
        self,
        address: str | None = None,
        key: str | None = None,
        *,
        timeout: float = DEFAULT_TIMEOUT,
        retries: Retries = Retries(),  # noqa: B008 - frozen
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._place = Place.of(address, key, timeout)
        self._retries = retries
        self._http = httpx.Client(transport=transport, **self._place.options())

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        """The client itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        self.close()

    def __repr__(self) -> str:
        """The address, never the key."""
        return f"Client({self._place.address!r})"

    def recommendations(
        self,
        user: str,
        *,
        limit: int = 10,
        cursor: str | None = None,
        category: str | None = None,
        since: Since | None = None,
        repeat: bool | None = None,
        explore: bool = True,
        in_full: bool = False,
    ) -> answers.Slate:
        """A page of the reader's ranked list; `cursor` is `next` of the page before.

        With `in_full` each score comes as a sum of shares, in `explanation`.
        """
        return self._answer(
            calls.recommendations(user, limit, cursor, category, since, repeat, explore, in_full)
        )

    def all_recommendations(
        self,
        user: str,
        *,
        page: int = 50,
        category: str | None = None,
        since: Since | None = None,
        repeat: bool | None = None,
        explore: bool = True,
    ) -> Iterator[answers.Recommendation]:
        """The reader's list on and on, best first, fetched a page at a time while it is asked for."""
        cursor = None
        while True:
            slate = self._answer(
                calls.recommendations(user, page, cursor, category, since, repeat, explore, False)
            )
            yield from slate.items
            if (cursor := slate.next) is None:
                return

    def send(self, event: Event) -> bool:
        """Record one event; whether it is new. False: it was there already, from an earlier try.

        `recsys.client.event` makes one, and so does `Recommendation.event`.
        """
        taken = self._answer(calls.one_event(event))
        return bool(taken.accepted)

    def send_all(self, events: Iterable[Event]) -> answers.EventsTaken:
        """Record many events, in as many requests as it takes; those refused are in the answer.

        If this raises, send the same events again: those that were kept are then `repeated`.
        """
        return calls.all_events_taken((start, self._answer(call)) for start, call in calls.events(events))

    def add_papers(self, papers: Iterable[PaperRecord]) -> answers.PapersTaken:
        """Add papers to the catalogue, in as many requests as it takes; those refused are in the answer."""
        return calls.all_papers_taken(
            (start, self._answer(call)) for start, call in calls.papers_added(papers)
        )

    def papers(
        self,
        *,
        limit: int = 10,
        cursor: str | None = None,
        topic: str | None = None,
        since: Since | None = None,
    ) -> answers.PaperPage:
        """A page of the catalogue, in the order in which papers were added."""
        return self._answer(calls.papers(limit, cursor, topic, since))

    def all_papers(
        self, *, page: int = 100, topic: str | None = None, since: Since | None = None
    ) -> Iterator[answers.Paper]:
        """The whole catalogue, fetched a page at a time while it is asked for."""
        cursor = None
        while True:
            part = self._answer(calls.papers(page, cursor, topic, since))
            yield from part.items
            if (cursor := part.next) is None:
                return

    def paper(self, id: str) -> answers.Paper:
        """A paper by any of its identities."""
        return self._answer(calls.paper(id))

    def similar(self, id: str, *, limit: int = 10, user: str | None = None) -> answers.Similar:
        """Papers like one; without those that `user` has hidden."""
        return self._answer(calls.similar(id, limit, user))

    def scores(self, user: str, papers: Sequence[str | PaperRecord]) -> answers.Scores:
        """How well given papers (ids, or records of papers that the catalogue hasn't got) suit a reader."""
        return self._answer(calls.scores(user, papers))

    def search(self, text: str, *, limit: int = 10, user: str | None = None) -> answers.Found:
        """Papers by words and by meaning; without those that `user` has hidden."""
        return self._answer(calls.search(text, limit, user))

    def trending(
        self, window: Window = "7d", *, limit: int = 10, category: str | None = None
    ) -> answers.Trending:
        """What readers took up lately."""
        return self._answer(calls.trending(window, limit, category))

    def profile(self, user: str) -> reader_answers.Profile:
        """What is believed of a reader."""
        return self._answer(calls.profile(user))

    def correct(
        self,
        user: str,
        *,
        settings: Mapping[str, bool | float | None] | None = None,
        follow: Sequence[Mapping[str, str]] = (),
        mute: Sequence[Mapping[str, str]] = (),
        unfollow: Sequence[Mapping[str, str]] = (),
        forget: Sequence[str] = (),
    ) -> reader_answers.Profile:
        """Correct what is believed of a reader, all of it or nothing; their new profile.

        A target is such as {"topic": "cs.LG"}, or an author, a venue, or an interest in plain words as a
        text. `forget` takes ids of events. A setting is brought back to its usual value by None.
        """
        targets = {"follow": list(follow), "mute": list(mute), "unfollow": list(unfollow)}
        changes = {"settings": dict(settings or {}), **targets, "forget": list(forget)}
        return self._answer(calls.correction(user, changes))

    def seed(
        self, user: str, *, ids: Sequence[str] = (), titles: Sequence[str] = (), bibtex: str = ""
    ) -> reader_answers.Seeds:
        """Name papers of a newcomer's field: a first profile."""
        return self._answer(calls.seeds(user, ids, titles, bibtex))

    def start(self, user: str, *, limit: int = 12, cursor: str | None = None) -> reader_answers.Start:
        """The papers to ask a newcomer about, since their answers would teach most."""
        return self._answer(calls.start(user, limit, cursor))

    def reset(self, user: str) -> reader_answers.Profile:
        """Let nothing that the reader did or said so far count any more, but for their settings."""
        return self._answer(calls.reset(user))

    def export(self, user: str) -> reader_answers.Export:
        """All that the record has of a reader."""
        return self._answer(calls.export(user))

    def erase(self, user: str) -> reader_answers.Erased:
        """Remove a reader for good."""
        return self._answer(calls.erasure(user))

    def subscribe(
        self, user: str, address: str, *, hour: int = 8, zone: str = "UTC", on: bool = True
    ) -> reader_answers.Digest:
        """Mail the reader every day at that hour of their zone; a new address is asked by mail first."""
        return self._answer(calls.digest_set(user, address, hour, zone, on))

    def subscription(self, user: str) -> reader_answers.Digest:
        """How the reader gets the daily mail; a `ProblemError` of kind "no-digest" if they don't."""
        return self._answer(calls.digest(user))

    def unsubscribe(self, user: str) -> bool:
        """Mail the reader no more, and forget the address; whether there was one."""
        return (self._answer(calls.digest_deleted(user))).deleted

    def _answer(self, call: Call[A]) -> A:
        patience = Patience(self._retries)
        while True:
            try:
                return read(call, self._http.request(**request_of(call)))
            except httpx.HTTPError as error:
                pause = patience.pause_after(unreachable(error))
            except ProblemError as problem:
                pause = patience.pause_after(problem)
            time.sleep(pause)
