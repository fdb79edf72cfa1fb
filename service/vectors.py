"""Vectors of texts that no bundle holds yet, made by the encoder within a time and kept for a while."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from recsys.bundle import Bundle
from service.cached import Cached
from service.encoder import Encoder, Spec

_MOST_KEPT = 4_096  # 6 MB of MiniLM's
_ALTOGETHER_S = 1.5  # what an answer waits for new texts; those left are vectors by the next time it is asked
_EACH_S = 5.0  # more than any text takes: the encoder's process is ended when it takes longer


class _Missing(Exception):
    """The encoder gave no vector."""


class Vectors:
    """Texts to vectors, as far as there is time."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._held: Cached[tuple[Spec, str], NDArray[np.float32]] = Cached(math.inf, _MOST_KEPT)

    def of(self, bundle: Bundle, texts: Sequence[str]) -> tuple[list[NDArray[np.float32] | None], bool]:
        """Each text's vector as the bundle's embedder makes it, None where it isn't ready yet.

        Returns:
            the vectors, and whether the encoder did its part.
        """
        spec, until, works = Spec.of(bundle), time.monotonic() + _ALTOGETHER_S, True
        found: list[NDArray[np.float32] | None] = []
        for text in texts:
            key = spec, hashlib.sha256(text.encode()).hexdigest()
            vector = self._held.current(key)
            if vector is None and works and time.monotonic() < until:
                try:
                    vector = self._held.get(key, lambda text=text: self._encode(bundle, text))  # type: ignore[misc]
                except _Missing:
                    works = False
            found.append(vector)
        return found, works

    def _encode(self, bundle: Bundle, text: str) -> NDArray[np.float32]:
        vector = self._encoder.encode(bundle, text, _EACH_S)
        if vector is None:
            raise _Missing
        return vector
