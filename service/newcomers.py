"""Papers that came after the bundle in service: embedded soon after they come, and ranked from then on.

Every worker extends its own ranker. Vectors of sentence models are made by one worker of a home at a time,
and go into the record: the others, and this one when it starts again, have them from there. LSA is part of
the bundle, and quick: each worker makes its own.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from recsys.bundle import Bundle
from recsys.embed import LsaEmbedder
from recsys.extension import ExtendedBundle
from recsys.home import Home, HomeBusyError
from recsys.papers import Paper
from recsys.rank import Ranker
from recsys.store import Store, StoreError
from service.encoder import Encoder
from service.metrics import Metrics

log = logging.getLogger(__name__)

MOST = 20_000  # newer papers that are ranked, the latest of them
_KEPT = MOST * 3 // 4  # of those, when there are too many: they aren't chosen anew for each paper
_AT_ONCE = 1_000  # papers that one extension adds at most
_ENCODED_AT_ONCE = 64  # texts between two extensions
_BATCH = 16  # texts that a query has to wait for at most
_EVERY_S = 1.0  # between two looks at the catalogue
_WITHIN_S = 60.0  # for a batch: the model may have to be loaded first
_PAUSE_S = 5.0  # for which an encoder that failed is left alone

Held = dict[str, NDArray[np.float32]]  # vectors by content hash


class Growing(Protocol):
    """What holds the ranker in service."""

    def grow(self) -> bool:
        """Have it extended; whether it was."""


class Newcomers:
    """Extends rankers by the papers that came after their bundle, the latest first.

    Args:
        store: the record.
        encoder: of sentence models.
        home: the installation's; its lock says which worker embeds.
        metrics: where newer papers are counted.
    """

    def __init__(self, store: Store, encoder: Encoder, home: Home, metrics: Metrics) -> None:
        self.without_encoder = False  # whether papers wait for an encoder that doesn't answer
        self._store = store
        self._encoder = encoder
        self._home = home
        self._metrics = metrics
        self._turn = threading.Lock()
        self._bundle: str | None = None  # whose newer papers wait
        self._seen = 0  # the last row of the catalogue that was looked at
        self._waiting: list[int] = []  # rows, the latest last
        self._latest: list[int] = []  # rows of those that may be ranked, likewise
        self._pause_until = 0.0
        self._lsa: tuple[str, LsaEmbedder] | None = None
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def follow(self, live: Growing) -> None:
        """Have what is in service extended from now on, whenever there are newer papers."""
        self._thread = threading.Thread(target=self._follow, args=(live,), name="newcomers", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop following."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def at_hand(self, ranker: Ranker) -> Ranker:
        """The ranker with the newer papers that need not be encoded first: what a bundle goes live with."""
        try:
            papers = self._next_papers(ranker.bundle)
            return self._with_those_ready(ranker, papers, self._held(ranker.bundle, papers))
        except StoreError:  # the service says so to everyone who asks
            return ranker
        except Exception:  # whatever is wrong with newer papers, it keeps no bundle from going live
            log.exception("the bundle goes live without newer papers")
            return ranker

    def extended(self, ranker: Ranker) -> Ranker:
        """The ranker with more of the newer papers, itself if there are none.

        Raises:
            recsys.store.StoreError: the record can't answer.
        """
        papers = self._next_papers(ranker.bundle)
        held = self._held(ranker.bundle, papers)
        if papers and not held:
            held = self._encoded(ranker.bundle, papers[:_ENCODED_AT_ONCE])
        return self._with_those_ready(ranker, papers, held)

    def _follow(self, live: Growing) -> None:
        while not self._ended.wait(_EVERY_S):
            try:
                while live.grow() and not self._ended.is_set():
                    pass
            except StoreError:  # the service says so to everyone who asks
                continue
            except Exception:
                log.exception("newer papers could not be added; they are tried again")
                self._ended.wait(_PAUSE_S)

    def _next_papers(self, bundle: Bundle) -> list[Paper]:
        """The latest papers that wait, the latest first: until they are in service, however that fails."""
        with self._turn:
            if self._bundle != bundle.id:
                last = bundle.n_fitted - 1
                self._bundle, self._seen = bundle.id, bundle.paper(last).row
                self._waiting, self._latest = [], []
                self.without_encoder = False
            if self._store.papers.last_row() > self._seen:
                came = self._store.papers.rows_after(self._seen, MOST)
                self._seen = came[-1]
                self._latest += came
                if len(self._latest) > MOST:
                    del self._latest[:-_KEPT]
                self._waiting = [row for row in [*self._waiting, *came] if row >= self._latest[0]]
            while some := self._waiting[-_AT_ONCE:]:
                found = self._store.papers.by_row(some)
                wait = [row for row in some if row in found and found[row].id not in bundle.rows]
                self._waiting[-len(some) :] = wait
                if wait:
                    return [found[row] for row in reversed(wait)]
            self.without_encoder = False
            return []

    def _held(self, bundle: Bundle, papers: Sequence[Paper]) -> Held:
        """The vectors that are at hand."""
        about = bundle.manifest["embedder"]
        if about["kind"] == "lsa":
            vectors = self._lsa_of(bundle).embed([paper.text for paper in papers])
            return {paper.content_hash: vector for paper, vector in zip(papers, vectors, strict=True)}
        found = self._store.embeddings.get_many({paper.content_hash for paper in papers}, about["name"])
        width = bundle.arrays["embeddings"].shape[1]  # others are of another model that was called the same
        return {key: vector for key, vector in found.items() if len(vector) == width}

    def _lsa_of(self, bundle: Bundle) -> LsaEmbedder:
        if self._lsa is None or self._lsa[0] != bundle.id:
            own = {name.removeprefix("encoder/"): array for name, array in bundle.arrays.items()}
            self._lsa = bundle.id, LsaEmbedder.from_arrays(own)
        return self._lsa[1]

    def _encoded(self, bundle: Bundle, papers: Sequence[Paper]) -> Held:
        """Vectors that the encoder makes now, kept in the record; none while another worker makes them."""
        if time.monotonic() < self._pause_until:
            return {}
        texts = {paper.content_hash: paper.text for paper in papers}
        held: Held = {}
        try:
            with self._home.lock("newcomers"):
                for start in range(0, len(texts), _BATCH):
                    hashes = list(texts)[start : start + _BATCH]
                    vectors = self._encoder.encode_all(bundle, [texts[key] for key in hashes], _WITHIN_S)
                    self.without_encoder = vectors is None
                    if vectors is None:
                        self._pause_until = time.monotonic() + _PAUSE_S
                        break
                    fresh = dict(zip(hashes, vectors, strict=True))
                    self._store.embeddings.put_many(fresh, bundle.manifest["embedder"]["name"])
                    held |= fresh
        except HomeBusyError:
            return {}
        return held

    def _with_those_ready(self, ranker: Ranker, papers: Sequence[Paper], held: Held) -> Ranker:
        ready = [paper for paper in reversed(papers) if paper.content_hash in held]
        if ready:
            vectors = np.stack([held[paper.content_hash] for paper in ready])
            ranker = self._within_bounds(ranker, len(ready)).extended(ready, vectors)
        n_ranked = len(ranker.bundle.items) - ranker.bundle.n_fitted
        self._metrics.newer_papers.labels("ranked").set(n_ranked)
        self._metrics.newer_papers.labels("waiting").set(len(self._waiting) - len(ready))
        return ranker

    def _within_bounds(self, ranker: Ranker, n: int) -> Ranker:
        """The ranker, without those that may not be ranked any more where `n` more would be too many."""
        bundle = ranker.bundle
        if not isinstance(bundle, ExtendedBundle) or len(bundle.newer) + n <= MOST:
            return ranker
        since = self._latest[0] if self._latest else 0
        places = [place for place, paper in enumerate(bundle.newer) if paper.row >= since]
        embeddings = bundle.arrays["embeddings"][bundle.n_fitted :][places]
        trained = Ranker(bundle.base, ranker.policy)
        return trained.extended([bundle.newer[place] for place in places], embeddings)
