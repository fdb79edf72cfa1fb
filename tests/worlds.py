"""A small made-up world with two kinds of evidence, for tests of models and of ranking."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

WORDS = [
    "reward", "policy", "gradient", "robot", "grasp", "camera", "syntax", "parser", "compiler", "protein",
    "genome", "folding", "galaxy", "stellar", "redshift", "market", "auction", "pricing", "lattice", "phonon",
    "neutron", "privacy", "cipher", "protocol",
]  # fmt: skip


@dataclass(frozen=True)
class World:
    """Interactions (n_users, n_items), a text and a theme for each item."""

    interactions: sparse.csr_matrix
    texts: list[str]
    themes: np.ndarray


def make_world(n_users: int = 120, n_items: int = 160, themes: int = 8, seed: int = 0) -> World:
    """Readers with two themes each; a text names its theme's words among those of others."""
    rng = np.random.default_rng(seed)
    theme = np.arange(n_items) % themes
    appeal = rng.gamma(1.5, size=n_items)
    texts = []
    for item in range(n_items):
        own = [WORDS[(3 * theme[item] + j) % len(WORDS)] for j in rng.integers(0, 3, size=5)]
        other = rng.choice(WORDS, size=6).tolist()
        texts.append(" ".join([*own, *other]))
    rows, cols = [], []
    for user in range(n_users):
        taste = np.isin(theme, rng.choice(themes, size=2, replace=False)) * 1.0 + 0.03
        chance = taste * appeal
        chosen = rng.choice(n_items, size=int(rng.integers(4, 16)), replace=False, p=chance / chance.sum())
        rows += [user] * len(chosen)
        cols += chosen.tolist()
    shape = (n_users, n_items)
    matrix = sparse.csr_matrix((np.ones(len(rows), np.float32), (rows, cols)), shape=shape)
    matrix.sort_indices()
    return World(matrix, texts, theme)
