"""Embeddings already computed, so that only new or changed texts are embedded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from recsys.store.engine import Database, chunks, insert_into
from recsys.store.schema import embeddings

_LITTLE_ENDIAN = np.dtype("<f4")


class EmbeddingTable:
    """Vectors by the content hash of the text and the name of the embedder; raw little-endian float32."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get_many(self, content_hashes: Iterable[str], embedder: str) -> dict[str, NDArray[np.float32]]:
        """The vectors, float32 (dim,), that this embedder has made of these texts; others are absent."""
        found: dict[str, NDArray[np.float32]] = {}
        columns = (embeddings.c.content_hash, embeddings.c.dim, embeddings.c.vector)
        with self._database.reading() as connection:
            for some in chunks(content_hashes):
                statement = select(*columns).where(
                    embeddings.c.embedder == embedder, embeddings.c.content_hash.in_(some)
                )
                for content_hash, dim, raw in connection.execute(statement):
                    vector = np.frombuffer(raw, dtype=_LITTLE_ENDIAN, count=dim)
                    found[content_hash] = vector.astype(np.float32)
        return found

    def put_many(self, vectors: Mapping[str, NDArray[np.float32]], embedder: str) -> None:
        """Keep vectors of shape (dim,), content hash to vector, in place of any that were there.

        Raises:
            ValueError: a vector has not one dimension.
        """
        for some in chunks(sorted(vectors)):
            values = [_values(content_hash, vectors[content_hash], embedder) for content_hash in some]
            with self._database.writing() as connection:
                statement = insert_into(connection, embeddings)
                replacing = statement.on_conflict_do_update(
                    index_elements=[embeddings.c.content_hash, embeddings.c.embedder],
                    set_={"dim": statement.excluded.dim, "vector": statement.excluded.vector},
                )
                connection.execute(replacing, values)


def _values(content_hash: str, vector: NDArray[np.float32], embedder: str) -> dict[str, object]:
    if vector.ndim != 1:
        raise ValueError(f"the embedding of {content_hash} has shape {vector.shape}: give a row")
    raw = vector.astype(_LITTLE_ENDIAN).tobytes()
    return {"content_hash": content_hash, "embedder": embedder, "dim": len(vector), "vector": raw}
