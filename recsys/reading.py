"""How the models of a bundle read papers: by which words and topics, so that later papers are read alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recsys.content import Content
from recsys.papers import Paper
from recsys.vocabulary import Vocabulary


class Reading:
    """Papers to content, column by column as the models know it.

    Args:
        vocabulary: the words.
        topics: by column of the side features.
    """

    def __init__(self, vocabulary: Vocabulary, topics: Sequence[str]) -> None:
        self.vocabulary = vocabulary
        self.topics = tuple(topics)

    def content(self, papers: Sequence[Paper], embeddings: NDArray[np.float32]) -> Content:
        """The content of papers, of which the embedder has made `embeddings`, float32 (n, d)."""
        terms = self.vocabulary.terms([paper.text for paper in papers])
        return Content(embeddings, terms, topic_features(papers, self.topics))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Those of the vocabulary, and `topics` (n_topics,)."""
        return {**self.vocabulary.arrays(), "topics": np.array(self.topics, dtype=np.str_)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The reading whose arrays these are."""
        return cls(Vocabulary.from_arrays(arrays), arrays["topics"].tolist())


def topics_of(papers: Sequence[Paper]) -> list[str]:
    """All their topics, in the order of their names."""
    return sorted({topic for paper in papers for topic in paper.topics})


def topic_features(papers: Sequence[Paper], topics: Sequence[str]) -> csr_matrix:
    """Which of the topics each paper has, binary CSR float32 (n_papers, n_topics)."""
    column = {topic: number for number, topic in enumerate(topics)}
    pairs = [(row, column[t]) for row, paper in enumerate(papers) for t in set(paper.topics) if t in column]
    rows, columns = zip(*pairs, strict=True) if pairs else ((), ())
    ones = np.ones(len(pairs), dtype=np.float32)
    return csr_matrix((ones, (rows, columns)), shape=(len(papers), len(column)))
