"""Greedy DPP against its definition, and what its strength does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from recsys.calibration import Calibration, topic_shares
from recsys.diversify import greedy_dpp


def _embeddings(n: int, seed: int) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(n, 6)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _by_determinants(relevance: np.ndarray, embeddings: np.ndarray, k: int, strength: float) -> list[int]:
    """The same greedy choice from the definition: maximise det(L_S) in each step."""
    quality = np.exp((relevance - relevance.max()) / np.ptp(relevance) / (2 * strength)).astype(np.float64)
    similarity = (1 + embeddings.astype(np.float64) @ embeddings.T.astype(np.float64)) / 2
    np.fill_diagonal(similarity, 1)
    kernel = quality[:, None] * similarity * quality
    chosen: list[int] = []
    for _ in range(k):
        left = [i for i in range(len(relevance)) if i not in chosen]
        gains = [np.linalg.slogdet(kernel[np.ix_([*chosen, i], [*chosen, i])])[1] for i in left]
        chosen.append(left[int(np.argmax(gains))])
    return chosen


@pytest.mark.parametrize("seed", range(5))
def test_equals_the_definition(seed: int) -> None:
    relevance = np.random.default_rng(seed).normal(size=12).astype(np.float32)
    embeddings = _embeddings(12, seed)
    expected = _by_determinants(relevance, embeddings, 5, 0.3)
    assert greedy_dpp(relevance, embeddings, 5, 0.3).tolist() == expected


@settings(max_examples=50)
@given(st.integers(0, 12), st.integers(0, 15), st.floats(0, 2), st.integers(0, 99))
def test_chooses_each_once_and_as_many_as_there_are(n: int, k: int, strength: float, seed: int) -> None:
    relevance = np.random.default_rng(seed).integers(0, 3, size=n).astype(np.float32)
    chosen = greedy_dpp(relevance, _embeddings(n, seed), k, strength)
    assert len(chosen) == len(set(chosen.tolist())) == min(n, k)


def test_copies_are_spread_out() -> None:
    embeddings = np.repeat(np.eye(2, 4, dtype=np.float32), 3, axis=0)  # two papers, three copies of each
    relevance = np.array([1.0, 0.99, 0.98, 0.9, 0.89, 0.88], dtype=np.float32)
    assert set(greedy_dpp(relevance, embeddings, 2, 0.5).tolist()) == {0, 3}
    assert greedy_dpp(relevance, embeddings, 2, 0.0).tolist() == [0, 1]


def _two_topics(wanted: tuple[float, float], n: int = 40) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """A history of ten papers, and topics of n items: those of the first half and those of the second."""
    topics = topic_shares({"one": np.arange(n // 2), "two": np.arange(n // 2, n)}, n)
    chosen = [*range(round(10 * wanted[0])), *range(n // 2, n // 2 + round(10 * wanted[1]))]
    history = sparse.csr_matrix((np.ones(len(chosen), np.float32), ([0] * len(chosen), chosen)), shape=(1, n))
    return history, topics


@pytest.mark.parametrize("wanted", [(0.7, 0.3), (0.5, 0.5), (0.3, 0.7)])
def test_a_calibrated_list_comes_closer_to_the_reader_s_shares(wanted: tuple[float, float]) -> None:
    history, topics = _two_topics(wanted)
    calibration = Calibration.of(history, topics, np.arange(40))
    first = np.arange(40) < 20  # by relevance alone nearly all would be of the first topic
    off = np.zeros((20, 2))
    for seed in range(20):
        relevance = (np.random.default_rng(seed).uniform(size=40) + 0.5 * first).astype(np.float32)
        for number, by in enumerate((None, calibration)):
            chosen = greedy_dpp(relevance, _embeddings(40, seed), 10, 0.2, by)
            off[seed, number] = abs(first[chosen].mean() - wanted[0])
    assert off[:, 1].mean() < 0.6 * off[:, 0].mean()


def test_without_breadth_a_list_is_by_relevance_whatever_its_topics() -> None:
    history, topics = _two_topics((0.5, 0.5))
    relevance = np.random.default_rng(1).normal(size=40).astype(np.float32)
    calibration = Calibration.of(history, topics, np.arange(40))
    chosen = greedy_dpp(relevance, _embeddings(40, 0), 15, 0.0, calibration)
    assert chosen.tolist() == np.argsort(-relevance, kind="stable")[:15].tolist()


def test_the_worth_of_a_candidate_is_the_fall_of_the_divergence() -> None:
    history, topics = _two_topics((0.7, 0.3))
    calibration = Calibration.of(history, topics, np.arange(40))
    assert calibration is not None
    assert calibration.wanted == pytest.approx([0.7, 0.3])
    taken = calibration.topics[:4].sum(axis=0)  # four of the first topic, none of the second
    worth = calibration.worth(taken, 4)

    def divergence(first: float) -> float:
        shares = 0.99 * np.array([first, 1 - first]) + 0.01 * np.array([0.7, 0.3])
        return float((np.array([0.7, 0.3]) * np.log(np.array([0.7, 0.3]) / shares)).sum())

    more, other = divergence(5 / 5), divergence(4 / 5)
    assert worth[20] - worth[0] == pytest.approx(2.0 * calibration.trust * 5 * (more - other))


def test_what_calibration_goes_by() -> None:
    history, topics = _two_topics((0.7, 0.3))
    disliked = history.copy()
    disliked.data[:] = -1
    assert Calibration.of(disliked, topics, np.arange(40)) is None
    assert Calibration.of(history, sparse.csr_matrix((40, 0), dtype=np.float32), np.arange(40)) is None
    few = Calibration.of(_two_topics((0.1, 0.0))[0], topics, np.arange(40))
    many = Calibration.of(history, topics, np.arange(40))
    assert few is not None
    assert many is not None
    assert few.trust < many.trust < 1
    unlabelled = topic_shares({"one": np.arange(20), "two": np.arange(20, 39)}, 40)
    partly = Calibration.of(history, unlabelled, np.array([0, 39]))
    assert partly is not None
    assert partly.topics[1] == pytest.approx(partly.wanted)


def test_rare_topics_of_a_reader_count_as_one() -> None:
    rows = {f"topic {n}": np.array([n]) for n in range(40)}
    history = sparse.csr_matrix(np.ones((1, 40), dtype=np.float32))
    calibration = Calibration.of(history, topic_shares(rows, 40), np.arange(40))
    assert calibration is not None
    assert calibration.wanted[:-1] == pytest.approx(np.full(15, 1 / 40))
    assert calibration.wanted.sum() == pytest.approx(1.0)
    assert calibration.topics.sum(axis=1) == pytest.approx(np.ones(40))
