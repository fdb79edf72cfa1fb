"""Data of any size from a seed: readers with topics, papers chosen by a power law, abstracts as word counts.

A paper has one or two topics and a popularity by Zipf's law; a reader has two to four and a lognormal
diligence, and mostly chooses within them. An abstract has about 60 distinct words, by topic and common ones.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

Ints = npt.NDArray[np.int64]
TOPICS, VOCABULARY, TOPIC_WORDS, TOKENS = 100, 30_000, 600, 65
WITHIN, ON_TOPIC = 0.85, 0.4  # the shares of choices, and of words, that keep to the topics


def make_data(n_users: int, n_items: int, n_interactions: int, seed: int) -> tuple[csr_matrix, csr_matrix]:
    """Who chose what, binary CSR (n_users, n_items), and the abstracts' word counts, CSR (n_items, words)."""
    if n_interactions > n_users * n_items // 10:
        raise ValueError("that many interactions would fill over a tenth of the matrix")
    rng = np.random.default_rng(seed)
    of_items, of_users = _topics(n_items, 1, 2, rng), _topics(n_users, 2, 4, rng)
    entry_items, entry_topics = np.repeat(np.arange(n_items), 2), of_items.ravel()
    order = np.argsort(entry_topics, kind="stable")
    shelf = entry_items[order]
    popularity = rng.permutation(np.arange(1.0, n_items + 1) ** -0.8)
    on_shelf = np.concatenate([[0.0], np.cumsum(popularity[shelf])])
    starts = np.searchsorted(entry_topics[order], np.arange(TOPICS + 1))
    overall, diligence = np.cumsum(popularity), np.cumsum(rng.lognormal(0, 1, n_users))

    pairs = np.zeros(0, dtype=np.int64)
    while len(pairs) < n_interactions:
        n = int(1.3 * (n_interactions - len(pairs))) + 1_000
        users = np.searchsorted(diligence, rng.random(n) * diligence[-1])
        topics = of_users[users, rng.integers(0, of_users.shape[1], n)]
        low, high = on_shelf[starts[topics]], on_shelf[starts[topics + 1]]
        place = np.searchsorted(on_shelf, low + rng.random(n) * (high - low), side="right") - 1
        inside = (rng.random(n) < WITHIN) & (high > low)
        anywhere = np.searchsorted(overall, rng.random(n) * overall[-1])
        items = np.where(inside, shelf[np.minimum(place, len(shelf) - 1)], anywhere)
        pairs = np.union1d(pairs, users * np.int64(n_items) + items)
    pairs = rng.choice(pairs, n_interactions, replace=False, shuffle=False)
    ones = np.ones(n_interactions, dtype=np.float32)
    interactions = csr_matrix((ones, np.divmod(pairs, n_items)), shape=(n_users, n_items))
    interactions.sort_indices()
    return interactions, _abstracts(of_items, rng)


def _topics(n: int, least: int, most: int, rng: np.random.Generator) -> Ints:
    """The topics of each, int (n, most); those with fewer have the first again."""
    topics = rng.integers(0, TOPICS, (n, most))
    count = rng.integers(least, most + 1, (n, 1))
    return np.where(np.arange(most) < count, topics, topics[:, :1])


def _abstracts(topics: Ints, rng: np.random.Generator) -> csr_matrix:
    """Word counts: about 60 distinct words an item, common ones by a power law, others by its topics."""
    n_items = len(topics)
    common = np.cumsum(np.arange(21.0, VOCABULARY + 21) ** -0.9)  # without the stop words
    special = np.cumsum(np.arange(1.0, TOPIC_WORDS + 1) ** -0.7)
    lexicon = rng.integers(200, VOCABULARY, (TOPICS, TOPIC_WORDS))
    items = np.repeat(np.arange(n_items), rng.poisson(TOKENS, n_items))
    n = len(items)
    words = np.searchsorted(common, rng.random(n) * common[-1])
    own = np.flatnonzero(rng.random(n) < ON_TOPIC)
    topic = topics[items[own], rng.integers(0, topics.shape[1], len(own))]
    words[own] = lexicon[topic, np.searchsorted(special, rng.random(len(own)) * special[-1])]
    counts = csr_matrix((np.ones(n, dtype=np.float32), (items, words)), shape=(n_items, VOCABULARY))
    counts.sum_duplicates()
    return counts
