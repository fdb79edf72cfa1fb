"""The terms of a catalogue's texts and what each weighs, by which further texts are read too."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

_WORD = re.compile(r"\b\w\w+\b")  # as scikit-learn's vectorisers find them, which learn vocabularies


class Vocabulary:
    """Sublinear TF-IDF by known words; needs nothing of scikit-learn, which is slow to import.

    Args:
        words: by column, in lower case.
        idf: what each weighs, float64 (n_terms,).
    """

    def __init__(self, words: Sequence[str], idf: npt.NDArray[Any]) -> None:
        self.words = tuple(words)
        self.idf = np.asarray(idf, dtype=np.float64)

    def terms(self, texts: Sequence[str]) -> csr_matrix:
        """The TF-IDF terms of texts: float32 CSR (n_texts, n_terms), rows of norm 1, or 0 if wordless."""
        data, columns, ends = [], [], [0]
        for text in texts:
            counts = Counter(_WORD.findall(text.lower()))
            found = sorted((self._columns[word], n) for word, n in counts.items() if word in self._columns)
            own = np.array([column for column, _ in found], dtype=np.int32)
            weights = (1 + np.log([float(n) for _, n in found])) * self.idf[own]
            data.append(weights / (np.linalg.norm(weights) or 1.0))
            columns.append(own)
            ends.append(ends[-1] + len(own))
        flat = np.concatenate([*data, np.zeros(0)]).astype(np.float32)
        indices = np.concatenate([*columns, np.zeros(0, dtype=np.int32)])
        return csr_matrix((flat, indices, ends), shape=(len(texts), len(self.words)))

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """`vocabulary` (n_terms,), of fixed width so that nothing is pickled, and `idf` (n_terms,)."""
        return {"vocabulary": np.array(self.words, dtype=np.str_), "idf": self.idf}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Self:
        """The vocabulary whose arrays these are."""
        return cls(arrays["vocabulary"].tolist(), arrays["idf"])

    @cached_property
    def _columns(self) -> dict[str, int]:
        return {word: column for column, word in enumerate(self.words)}
