"""Embeddings come back bit for bit, for their text and embedder only."""

from __future__ import annotations

import numpy as np
import pytest

from recsys.store import Store


def test_vectors_come_back_bit_for_bit(store: Store) -> None:
    rows = np.random.default_rng(0).normal(size=(6_000, 8)).astype(np.float32)
    vectors = {f"{number:064x}": row for number, row in enumerate(rows)}
    store.embeddings.put_many(vectors, "minilm")
    found = store.embeddings.get_many([*vectors, "f" * 64], "minilm")
    assert found.keys() == vectors.keys()
    assert all(found[key].dtype == np.float32 and np.array_equal(found[key], vectors[key]) for key in vectors)
    assert store.embeddings.get_many(vectors, "lsa") == {}


def test_a_vector_takes_the_place_of_the_one_before(store: Store) -> None:
    for vector in (np.ones(3, np.float32), np.arange(4, dtype=np.float32)):
        store.embeddings.put_many({"h": vector}, "lsa")
    assert store.embeddings.get_many(["h"], "lsa")["h"].tolist() == [0.0, 1.0, 2.0, 3.0]
    store.embeddings.put_many({}, "lsa")


def test_a_matrix_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match=r"shape \(2, 2\)"):
        store.embeddings.put_many({"h": np.ones((2, 2), np.float32)}, "lsa")
