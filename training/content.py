"""The catalogue's texts as content: only new or changed abstracts are embedded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsys.content import Content, text_terms
from recsys.embed import MINILM, LsaEmbedder, SentenceEmbedder
from recsys.papers import Paper
from recsys.reading import Reading, topic_features, topics_of
from recsys.store import Store

_CACHED_AT_ONCE = 256  # embeddings are kept in batches, so that an interrupted run does not start over


@dataclass(frozen=True)
class CatalogueContent:
    """Content by item row, how it was embedded (for the manifest), and what further texts are read by."""

    content: Content
    embedder: dict[str, str]
    encoder: dict[str, NDArray[Any]]
    embedded: int  # texts embedded now, not taken from the cache


def embed_catalogue(
    store: Store, papers: Sequence[Paper], embedder: str, seed: int, progress: Callable[[float], None]
) -> CatalogueContent:
    """Embed the papers with `lsa`, `minilm`, or any sentence-transformers model of this machine.

    LSA is fitted to the catalogue and has no cache; vectors of sentence models are cached in the record by
    the hash of the text.

    Raises:
        recsys.errors.UserError: the model isn't on this machine.
    """
    texts = [paper.text for paper in papers]
    topics = topics_of(papers)
    features = topic_features(papers, topics)
    if embedder == "lsa":
        lsa = LsaEmbedder.fit(texts, random_state=seed)
        content = Content(lsa.embed(texts), lsa.terms(texts), features)
        about, encoder, embedded = {"kind": "lsa", "name": "lsa"}, lsa.arrays(), len(texts)
        reading = Reading(lsa.vocabulary, topics)
    else:
        name = MINILM if embedder == "minilm" else embedder
        vectors, embedded = _cached(store, papers, name, progress)
        terms, vocabulary = text_terms(texts)
        content = Content(vectors, terms, features)
        about, encoder = {"kind": "sentence", "name": name}, {}
        reading = Reading(vocabulary, topics)
    arrays = {f"encoder/{name}": array for name, array in {**encoder, **reading.arrays()}.items()}
    return CatalogueContent(content, about, arrays, embedded)


def _cached(
    store: Store, papers: Sequence[Paper], name: str, progress: Callable[[float], None]
) -> tuple[NDArray[np.float32], int]:
    held = store.embeddings.get_many([paper.content_hash for paper in papers], name)
    missing = {p.content_hash: p.text for p in papers if p.content_hash not in held}
    if missing:
        model = SentenceEmbedder(name)
        hashes = sorted(missing, key=lambda digest: (len(missing[digest]), digest))  # like lengths together
        for start in range(0, len(hashes), _CACHED_AT_ONCE):
            batch = hashes[start : start + _CACHED_AT_ONCE]
            done = iter(range(start, len(hashes)))

            def advance(count: int, done: Any = done) -> None:
                for _ in range(count):
                    progress((next(done) + 1) / len(hashes))

            vectors = model.embed([missing[digest] for digest in batch], advance)
            fresh = dict(zip(batch, vectors, strict=True))
            store.embeddings.put_many(fresh, name)
            held |= fresh
    if not papers:
        return np.zeros((0, 1), dtype=np.float32), 0
    return np.stack([held[paper.content_hash] for paper in papers]), len(missing)
