"""What was shown, written behind the answers in groups: no reader waits for it."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from typing import NamedTuple

from recsys.events import now_ms
from recsys.slates import Slate
from recsys.store import Store, StoreError
from service.metrics import Metrics

log = logging.getLogger(__name__)

_GROUP = 1_000
_UNDER_WAY_MS = 1_000  # how long a request for an erased reader may still go on
_SURELY_WRITTEN = 4  # rounds after which other processes have written what they had waiting


class _Erased(NamedTuple):
    user: str
    until: int  # ms since the epoch: slates up to then are to go
    due: float  # on the monotonic clock: when to look for slates that came late


class SlateLog:
    """Keeps slates for at most half a second, then writes them in one transaction.

    A crash costs what waits. While the record is dead slates wait for it, as many as `most`; more are dropped
    and counted.
    """

    def __init__(self, store: Store, metrics: Metrics, every: float = 0.5, most: int = 20_000) -> None:
        self._store = store
        self._metrics = metrics
        self._every = every
        self._most = most
        self._waiting: deque[Slate] = deque()
        self._erased: deque[_Erased] = deque()
        self._writing = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._write_behind, name="slates", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def add(self, slate: Slate) -> None:
        """Take a slate; never waits."""
        if len(self._waiting) >= self._most:
            self._metrics.slates.labels("dropped").inc()
        else:
            self._waiting.append(slate)

    def find(self, id: str) -> Slate | None:
        """A slate that was shown, whether it is written yet or not.

        Raises:
            StoreError: it doesn't wait here, and the record can't answer.
        """
        waiting = next((slate for slate in tuple(self._waiting) if slate.id == id), None)
        return waiting or self._store.slates.get(id)

    def forget(self, user: str) -> None:
        """Drop what waits of a reader who is being erased.

        What requests under way and other processes may yet write of them is removed a moment later.
        """
        with self._writing:
            for _ in range(len(self._waiting)):
                slate = self._waiting.popleft()
                if slate.user != user:
                    self._waiting.append(slate)
        due = time.monotonic() + _SURELY_WRITTEN * self._every
        self._erased.append(_Erased(user, now_ms() + _UNDER_WAY_MS, due))

    def flush(self) -> None:
        """Write what waits; where the record can't take it, it waits on."""
        with self._writing:
            while group := [self._waiting[n] for n in range(min(len(self._waiting), _GROUP))]:
                try:
                    self._store.slates.add(group)
                except StoreError as error:
                    log.warning("%d slates wait for the record: %s", len(self._waiting), error)
                    return
                for _ in group:
                    self._waiting.popleft()
                self._metrics.slates.labels("logged").inc(len(group))

    def close(self) -> None:
        """Write what waits for the last time."""
        self._ended.set()
        self._thread.join()
        self.flush()
        self._remove_late(time.monotonic() + _SURELY_WRITTEN * self._every)
        if self._waiting:
            self._metrics.slates.labels("dropped").inc(len(self._waiting))
            log.error("%d slates were lost: the record can't be written", len(self._waiting))

    def _write_behind(self) -> None:
        while not self._ended.wait(self._every):
            try:
                self.flush()
                self._remove_late(time.monotonic())
            except Exception:  # a slate that can't be written mustn't end the log of all others
                log.exception("a group of slates was lost")
                self._drop_group()

    def _remove_late(self, now: float) -> None:
        """Remove the slates of erased readers that were written after they were erased."""
        while self._erased and self._erased[0].due <= now:
            erased = self._erased[0]
            try:
                self._store.slates.erase(erased.user, erased.until)
            except StoreError as error:
                log.warning("late slates of an erased reader wait for the record: %s", error)
                return
            self._erased.popleft()

    def _drop_group(self) -> None:
        with self._writing:
            lost = min(len(self._waiting), _GROUP)
            for _ in range(lost):
                self._waiting.popleft()
            self._metrics.slates.labels("dropped").inc(lost)
