"""A bundle with papers behind its own that came after it was made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recsys.bundle import Bundle, rows_by_name, years_before
from recsys.papers import Paper


@dataclass(frozen=True)
class ExtendedBundle(Bundle):
    """The bundle's papers and, from row `n_fitted` on, `newer` ones; everything else is the bundle's.

    `before` is what was extended: what it has derived of its papers is taken over, not made anew.
    """

    before: Bundle
    newer: tuple[Paper, ...]  # all that came after the bundle, not only after `before`

    @property
    def base(self) -> Bundle:
        """The bundle as it was trained."""
        return self.before.base

    @cached_property
    def items(self) -> tuple[str, ...]:
        """Paper ids by row."""
        return (*self.before.items, *(paper.id for paper in self._added))

    @cached_property
    def rows(self) -> dict[str, int]:
        """Rows by paper id."""
        return {**self.before.rows, **{paper.id: self._first + n for n, paper in enumerate(self._added)}}

    @cached_property
    def ages(self) -> NDArray[np.float32]:
        """As of the bundle: years before its newest paper, none for those that are newer still."""
        published = [paper.published or "" for paper in self._added]
        return np.concatenate([self.before.ages, years_before(self.newest_date, published)])

    @cached_property
    def published(self) -> NDArray[np.str_]:
        """Each row's ISO date of publication, '' where it isn't known."""
        return np.concatenate([self.before.published, [paper.published or "" for paper in self._added]])

    @property
    def newest_date(self) -> np.datetime64:
        """That of the bundle."""
        return self.before.newest_date

    def paper(self, row: int) -> Paper:
        """The paper of a row, as it was when the bundle, or the extension, was made."""
        n = self.n_fitted
        return self.before.paper(row) if row < n else self.newer[row - n]

    @property
    def n_fitted(self) -> int:
        """How many papers the models were fitted to: the rows before those of newer papers."""
        return self.before.n_fitted

    @cached_property
    def _rows_of(self) -> dict[str, dict[str, NDArray[np.intp]]]:
        added = rows_by_name(self._added, self._first)
        return {aspect: _joined(named, added[aspect]) for aspect, named in self.before._rows_of.items()}

    @property
    def _first(self) -> int:
        return len(self.before.items)

    @property
    def _added(self) -> tuple[Paper, ...]:
        return self.newer[self._first - self.n_fitted :]


def extend_bundle(bundle: Bundle, papers: Sequence[Paper], embeddings: NDArray[np.float32]) -> ExtendedBundle:
    """The bundle with papers behind its own, of which its embedder has made `embeddings`, float32 (n, d)."""
    known = bundle.newer if isinstance(bundle, ExtendedBundle) else ()
    seconds = np.array([paper.reading_seconds for paper in papers], dtype=np.float32)
    arrays = {
        **bundle.arrays,
        "embeddings": np.concatenate([bundle.arrays["embeddings"], embeddings]),
        "reading_seconds": np.concatenate([bundle.arrays["reading_seconds"], seconds]),
    }
    return ExtendedBundle(bundle.folder, bundle.manifest, arrays, bundle, (*known, *papers))


def _joined(
    named: Mapping[str, NDArray[np.intp]], added: Mapping[str, NDArray[np.intp]]
) -> dict[str, NDArray[np.intp]]:
    nothing = np.zeros(0, dtype=np.intp)
    return {**named, **{name: np.concatenate([named.get(name, nothing), rows]) for name, rows in added.items()}}
