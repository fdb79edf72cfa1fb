"""From histories by id to matrices by row."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.interactions import Vocabulary, interactions_from_histories
from recsys.models.sparse import positive_part

ITEMS = ["p3", "p1", "p2"]
strengths = st.floats(-5, 5, width=32)
histories_of_ids = st.dictionaries(
    st.text(max_size=3), st.dictionaries(st.sampled_from([*ITEMS, "unknown"]), strengths), max_size=5
)


@given(histories_of_ids)
def test_every_entry_is_where_its_ids_say(histories: dict[str, dict[str, float]]) -> None:
    found = interactions_from_histories(histories, ITEMS)
    assert found.users.ids == tuple(sorted(histories))
    assert found.items.ids == tuple(ITEMS)
    assert found.matrix.dtype == np.float32
    assert found.matrix.has_canonical_format
    dense = found.matrix.toarray()
    assert dense.shape == (len(histories), 3)
    for user, history in histories.items():
        for item in ITEMS:
            assert dense[found.users.row(user), found.items.row(item)] == history.get(item, 0.0)
    assert found.matrix.nnz == np.count_nonzero(dense)
    likes = positive_part(found.matrix)
    np.testing.assert_array_equal(likes.toarray(), np.maximum(dense, 0))
    assert (likes.data > 0).all()
    np.testing.assert_array_equal(found.matrix.toarray(), dense)  # taking the likes changes nothing


def test_a_vocabulary_is_one_to_one() -> None:
    vocabulary = Vocabulary(("b", "a"))
    assert len(vocabulary) == 2
    assert vocabulary.rows == {"b": 0, "a": 1}
    with pytest.raises(KeyError, match="c"):
        vocabulary.row("c")
    with pytest.raises(ValueError, match="twice"):
        Vocabulary(("a", "a"))


def test_confidences_are_finite() -> None:
    with pytest.raises(ValueError, match="user u in p1 is nan"):
        interactions_from_histories({"u": {"p1": float("nan")}}, ITEMS)
