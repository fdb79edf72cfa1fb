"""The vectors of readers' interests in plain words, embedded once and kept."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

from recsys.bundle import Bundle
from recsys.profile import UserState
from recsys.store import Store, StoreError
from service.cached import Cached
from service.encoder import Encoder

Vector = NDArray[np.float32]

_KEPT_S = 86_400.0
_MOST = 10_000


class Interests:
    """Vectors by text and embedder: from this process, else from the record, else embedded now.

    The record keeps those of sentence models only: LSA is another embedder in each bundle.
    """

    def __init__(self, store: Store, encoder: Encoder) -> None:
        self._store = store
        self._encoder = encoder
        self._held: Cached[tuple[str, str], Vector | None] = Cached(_KEPT_S, _MOST)

    def of(self, state: UserState, bundle: Bundle) -> tuple[Mapping[str, Vector], bool]:
        """The vectors of all that the reader follows or mutes in plain words, and whether none is missing."""
        texts = [stance.name for stance in state.stances if stance.aspect == "text"]
        vectors = {text: self._vector(bundle, text) for text in texts}
        found = {text: vector for text, vector in vectors.items() if vector is not None}
        return found, len(found) == len(vectors)

    def _vector(self, bundle: Bundle, text: str) -> Vector | None:
        about = bundle.manifest["embedder"]
        durable = about["kind"] == "sentence"
        embedder = about["name"] if durable else bundle.id
        key = embedder, text
        vector = self._held.get(key, lambda: self._load(bundle, text, embedder if durable else None))
        if vector is None:  # the encoder failed: it may not the next time
            self._held.drop(key)
        return vector

    def _load(self, bundle: Bundle, text: str, embedder: str | None) -> Vector | None:
        digest = hashlib.sha256(text.encode()).hexdigest()
        if embedder is not None:
            try:
                if held := self._store.embeddings.get_many([digest], embedder):
                    return held[digest]
            except StoreError:
                embedder = None  # nothing can be kept either
        vector = self._encoder.encode(bundle, text)
        if vector is not None and embedder is not None:
            with suppress(StoreError):  # it is embedded anew the next time
                self._store.embeddings.put_many({digest: vector}, embedder)
        return vector
