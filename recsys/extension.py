"""A bundle with papers behind its own that came after it was made."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recsys.bundle import Bundle, rows_by_name, years_before
from recsys.papers import Paper
from recsys.room import with_rows

_Rows = Mapping[str, NDArray[np.intp]]


@dataclass(frozen=True)
class ExtendedBundle(Bundle):
    """The papers of a bundle, its `base`, and from row `n_fitted` on `newer` ones: see `extend_bundle`."""

    trained: Bundle
    newer: tuple[Paper, ...]

    @cached_property
    def edition(self) -> str:
        """The bundle and the newer papers, in whatever order they came."""
        rows = sorted(paper.row for paper in self.newer)
        return f"{self.id}+{hashlib.sha256(repr(rows).encode()).hexdigest()[:16]}"

    @property
    def base(self) -> Bundle:
        """The bundle as it was trained."""
        return self.trained

    @property
    def n_fitted(self) -> int:
        """How many papers the models were fitted to: the rows before those of newer papers."""
        return len(self.trained.items)

    @property
    def newest_date(self) -> np.datetime64:
        """That of the trained bundle: no paper gets older by newer ones."""
        return self.trained.newest_date

    def paper(self, row: int) -> Paper:
        """The paper of a row, as it was when the bundle, or the extension, was made."""
        n = self.n_fitted
        return self.trained.paper(row) if row < n else self.newer[row - n]


def extend_bundle(bundle: Bundle, papers: Sequence[Paper], embeddings: NDArray[np.float32]) -> ExtendedBundle:
    """The bundle with papers behind its own, of which its embedder has made `embeddings`, float32 (n, d)."""
    first = len(bundle.items)
    known = bundle.newer if isinstance(bundle, ExtendedBundle) else ()
    seconds = np.array([paper.reading_seconds for paper in papers], dtype=np.float32)
    published = np.array([paper.published or "" for paper in papers], dtype=np.str_)
    added = rows_by_name(papers, first)
    arrays = {
        **bundle.arrays,
        "embeddings": with_rows(bundle.arrays["embeddings"], embeddings),
        "reading_seconds": with_rows(bundle.arrays["reading_seconds"], seconds),
    }
    extended = ExtendedBundle(bundle.folder, bundle.manifest, arrays, bundle.base, (*known, *papers))
    # What its properties would derive from all papers, from what is derived of the others already.
    vars(extended).update(
        items=(*bundle.items, *(paper.id for paper in papers)),
        rows={**bundle.rows, **{paper.id: first + n for n, paper in enumerate(papers)}},
        ages=np.concatenate([bundle.ages, years_before(bundle.newest_date, published.tolist())]),
        published=np.concatenate([bundle.published, published]),
        _rows_of={aspect: _joined(named, added[aspect]) for aspect, named in bundle._rows_of.items()},
    )
    return extended


def _joined(named: _Rows, added: _Rows) -> dict[str, NDArray[np.intp]]:
    nothing = np.zeros(0, dtype=np.intp)
    grown = {name: np.concatenate([named.get(name, nothing), rows]) for name, rows in added.items()}
    return {**named, **grown}
