"""The bundle that is tried against the live one, if any is."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path

from recsys.bundle import load_bundle
from recsys.challenge import Challenge, current_challenge
from recsys.rank import Ranker

log = logging.getLogger(__name__)

_CHANCES = 2**32


class Challenger:
    """Holds the challenger's ranker, loaded behind the requests: until then nothing is interleaved.

    It ranks the papers of its bundle; those that came later are ranked by the live one alone. A bundle that
    can't be loaded is logged once, and tried again when another was named meanwhile.

    Args:
        root: the folder of bundles.
        every: seconds between two looks at the file that names it.
    """

    def __init__(self, root: Path, every: float = 1.0) -> None:
        self._root = root
        self._every = every
        self._failed: str | None = None
        self._challenge: Challenge | None = None
        self._ranker: Ranker | None = None
        self._look_at = 0.0
        self._loading = threading.Lock()

    def for_list(self, seed: int) -> Ranker | None:
        """The challenger, if the list of this seed is to be interleaved."""
        challenge, ranker = self._current()
        if challenge is None or ranker is None or ranker.bundle.id != challenge.bundle:
            return None
        return ranker if seed % _CHANCES < challenge.share * _CHANCES else None

    def _current(self) -> tuple[Challenge | None, Ranker | None]:
        if time.monotonic() >= self._look_at:
            self._look_at = time.monotonic() + self._every
            self._challenge = current_challenge(self._root)
            if self._challenge is None:
                self._ranker = self._failed = None
            elif self._challenge.bundle not in (self._failed, self._ranker and self._ranker.bundle.id):
                threading.Thread(target=self._load, args=(self._challenge.bundle,), daemon=True).start()
        return self._challenge, self._ranker

    def _load(self, id: str) -> None:
        if not self._loading.acquire(blocking=False):
            return
        try:
            self._ranker = Ranker(load_bundle(self._root, id))
            log.info("bundle %s is tried against the live one", id)
        except Exception as error:  # whatever is wrong with it, lists go on without it
            self._failed = id
            log.error("bundle %s can't be tried: %s", id, error)
        finally:
            self._loading.release()
