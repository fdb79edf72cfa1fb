"""How our own model is fitted for each protocol."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recsys import Hybrid
from training.evaluation.others import hybrid
from training.evaluation.protocols import Protocol
from training.held_out import newest_of_each_reader

N_USERS, N_ITEMS = 240, 60


@pytest.fixture(scope="module")
def saves() -> tuple[csr_matrix, np.ndarray]:
    """Two fields of readers, each of whom comes back."""
    rng = np.random.default_rng(0)
    field = np.arange(N_USERS)[:, None] % 2 == np.arange(N_ITEMS) % 2
    matrix = csr_matrix((rng.random((N_USERS, N_ITEMS)) < np.where(field, 0.3, 0.03)).astype(np.float32))
    return matrix, rng.permutation(matrix.nnz)


@pytest.mark.parametrize(("protocol", "by_night"), [(Protocol.PREQUENTIAL, True), (Protocol.TEMPORAL, False)])
def test_the_join_is_learned_from_what_the_protocol_asks(
    saves: tuple[csr_matrix, np.ndarray], protocol: Protocol, by_night: bool
) -> None:
    matrix, times = saves
    held_out = newest_of_each_reader(matrix, times, 3) if by_night else None
    expected = Hybrid(random_state=3).fit(matrix, times=times, held_out=held_out)
    model = hybrid(protocol).build({}, {}, 3).fit(matrix, times=times)
    other = hybrid(Protocol.TEMPORAL if by_night else Protocol.PREQUENTIAL).build({}, {}, 3)
    assert (lists(model) == lists(expected)).all()
    assert (lists(other.fit(matrix, times=times)) != lists(model)).any()


def lists(model: object) -> np.ndarray:
    items, _ = model.recommend(np.arange(N_USERS), 20)  # type: ignore[attr-defined]
    return np.asarray(items)
