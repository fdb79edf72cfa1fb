"""Answers of the record that are kept in the process for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from recsys.store import StoreError

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_PAUSE_S = 5.0  # how long a dead record is left alone, so that not each request waits for it


class Cached(Generic[K, V]):
    """Values by key. A value that is out of date is better than none while the record can't answer.

    Args:
        seconds: how long a value is taken for current.
        most: how many are held; the oldest go first.
    """

    def __init__(self, seconds: float, most: int = 1_000) -> None:
        self._seconds = seconds
        self._most = most
        self._held: dict[K, tuple[V, float]] = {}
        self._lock = threading.Lock()

    def current(self, key: K) -> V | None:
        """The value, if it is held and not out of date."""
        held = self._held.get(key)
        return held[0] if held is not None and time.monotonic() < held[1] else None

    def get(self, key: K, load: Callable[[], V]) -> V:
        """The value, loaded if need be.

        Raises:
            recsys.store.StoreError: the record can't answer and no value is held.
        """
        held = self._held.get(key)
        if held is not None and time.monotonic() < held[1]:
            return held[0]
        try:
            value, seconds = load(), self._seconds
        except StoreError:
            if held is None:
                raise
            value, seconds = held[0], _PAUSE_S
        with self._lock:
            self._held.pop(key, None)
            while len(self._held) >= self._most:
                del self._held[next(iter(self._held))]
            self._held[key] = value, time.monotonic() + seconds
        return value

    def drop(self, key: K) -> None:
        """Forget the value."""
        with self._lock:
            self._held.pop(key, None)
