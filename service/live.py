"""The live model: follows the bundles' pointer and swaps to what it names without dropping a request."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from recsys.bundle import Bundle, current_id, load_bundle
from recsys.profile import UserState
from recsys.rank import Query, Ranker
from service.metrics import Metrics
from service.newcomers import Newcomers

log = logging.getLogger(__name__)


class Live:
    """Holds the ranker in service; requests take `ranker` once and keep it to their end.

    A bundle is verified, extended by papers that are newer, and warmed before it takes over. One that can't
    be served is logged and counted, and the old one stays until the pointer moves again.

    Args:
        root: the folder of bundles.
        metrics: where swaps and failures are counted.
        newcomers: extend what is in service by the papers that came after its bundle.
        took: is told of each bundle that takes over.
        every: seconds between two looks at the pointer.
    """

    def __init__(
        self,
        root: Path,
        metrics: Metrics,
        newcomers: Newcomers,
        took: Callable[[Bundle], None],
        every: float = 1.0,
    ) -> None:
        self.ranker: Ranker | None = None
        self.failure: str | None = None  # why the bundle that the pointer names is not in service
        self._root = root
        self._metrics = metrics
        self._newcomers = newcomers
        self._swapping = threading.Lock()
        self._took = took
        self._every = every
        self._seen: tuple[str, int] | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="bundles", daemon=True)
        self._looking = threading.Lock()

    @property
    def root(self) -> Path:
        """The folder of bundles."""
        return self._root

    def start(self) -> None:
        """Load the bundle the pointer names, if there is one, and follow the pointer from now on."""
        self.look()
        self._thread.start()

    def look(self) -> None:
        """Take what the pointer names now, without waiting for the next look."""
        with self._looking:
            self._look()

    def close(self) -> None:
        """Stop following."""
        self._ended.set()
        if self._thread.ident is not None:
            self._thread.join()

    def grow(self) -> bool:
        """Extend the ranker by papers that came after its bundle; whether there were any.

        Raises:
            recsys.store.StoreError: the record can't answer.
        """
        ranker = self.ranker
        if ranker is None:
            return False
        grown = self._newcomers.extended(ranker)
        if grown is ranker:
            return False
        _warm(grown)
        with self._swapping:
            if self.ranker is ranker:  # no bundle took over meanwhile
                self.ranker = grown
        return True

    def _follow(self) -> None:
        while not self._ended.wait(self._every):
            try:
                self.look()
            except OSError as error:
                log.error("the pointer to the bundle can't be read: %s", error)

    def _look(self) -> None:
        pointed = self._pointed()
        if pointed is None or pointed == self._seen:
            return
        self._seen = pointed
        if self.ranker is None or self.ranker.bundle.id != pointed[0]:
            self._take(pointed[0])
        else:
            self.failure = None

    def _pointed(self) -> tuple[str, int] | None:
        """The id in the pointer and the time it was moved: a mended bundle is tried when it moves again."""
        id = current_id(self._root)
        try:
            return None if id is None else (id, (self._root / "current").stat().st_mtime_ns)
        except FileNotFoundError:  # it went between the two
            return None

    def _take(self, id: str) -> None:
        try:
            ranker = self._newcomers.at_hand(Ranker(load_bundle(self._root, id)))
            _warm(ranker)
        except Exception as error:  # whatever is wrong with it, the old one serves on
            self.failure = f"bundle {id} is not served: {error}"
            self._metrics.bundle_failures.inc()
            log.error("%s; %s serves on", self.failure, self.ranker.bundle.id if self.ranker else "no bundle")
            return
        if self.ranker is not None:
            self._metrics.bundle.labels(self.ranker.bundle.id).set(0)
        with self._swapping:
            self.ranker, self.failure = ranker, None
        self._metrics.bundle.labels(id).set(1)
        log.info("bundle %s is live", id)
        self._took(ranker.bundle)


def _warm(ranker: Ranker) -> None:
    """Rank once with and once without filters, so that no request waits for pages or indexes."""
    nobody = UserState(user="", version=0)
    for query in (Query(), Query(category="", since="")):
        ranker.recommend(nobody, query)
