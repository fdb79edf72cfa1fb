"""An explanation in full: signed shares that sum to the score, by the reader's papers and statements."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsys.explain import Reason
from recsys.join import POPULARITY, Floats
from recsys.shares import Shares
from recsys.stated import Term
from recsys.wording import Words

_MOST = 12  # shares that are listed, with the one that sums up all others
_SMALLEST = 0.01  # of all that is listed, in absolute terms
STATED = "stated"


@dataclass(frozen=True, slots=True)
class Statement:
    """What the reader said outright: the aspect, its name, and the event that said so."""

    aspect: str
    name: str
    event: str | None


@dataclass(frozen=True, slots=True)
class Share:
    """What one cause adds to the score.

    `source` is the model it works through, or `stated`. `kind` is paper, popularity, head-start, model,
    stated or other; `paper` is the reader's own.
    """

    share: float
    text: str
    kind: str
    source: str | None = None
    paper: str | None = None
    stated: Statement | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """The shares of a score, the largest first; each of `shares` and `by_source` sums to it.

    `by_paper` sums to what the reader's papers add, through all models.
    """

    score: float
    shares: tuple[Share, ...]
    by_paper: tuple[Share, ...]
    by_source: tuple[Share, ...]

    def public(self) -> dict[str, Any]:
        """As API answers show it."""
        return {
            "score": self.score,
            "shares": [asdict(share) for share in self.shares],
            "by_paper": [{"paper": s.paper, "share": s.share, "text": s.text} for s in self.by_paper],
            "by_source": [{"source": s.source, "share": s.share, "text": s.text} for s in self.by_source],
        }


def explain_in_full(
    words: Words,
    terms: Sequence[str],
    shares: Shares,
    stated: Sequence[Term],
    rows: NDArray[np.intp],
    scores: Floats,
) -> list[Explanation]:
    """The explanation of each recommended row; arguments as of `explain`, `scores` of the rows."""
    every = [
        _Item(
            words, terms, shares.papers[:, :, n], shares.own[:, n], float(shares.head_start[n]), stated, row
        )
        for n, row in enumerate(rows)
    ]
    return [item.explanation(float(score)) for item, score in zip(every, scores, strict=True)]


def explained_by(reason: Reason, score: float) -> Explanation:
    """The explanation of a score that has one cause only."""
    only = Share(score, reason.text, reason.kind, reason.kind)
    return Explanation(score, (only,), (), (only,))


@dataclass(frozen=True)
class _Item:
    """The shares of one recommended paper: `papers` (n_terms, n_entries), `own` (n_terms,)."""

    words: Words
    terms: Sequence[str]
    papers: Floats
    own: Floats
    head_start: float
    stated: Sequence[Term]
    row: np.intp

    def explanation(self, score: float) -> Explanation:
        said = np.array([term.part[self.row] for term in self.stated], dtype=np.float32)
        values = np.concatenate([self.papers.ravel(), self.own, [self.head_start], said])
        of_papers = self.papers.sum(axis=0)
        return Explanation(
            score,
            tuple(_largest(values, self._share)),
            tuple(_largest(of_papers, self._of_paper)),
            tuple(sorted(self._by_source(float(said.sum())), key=lambda share: -abs(share.share))),
        )

    def _share(self, place: int, value: float) -> Share:
        """The share at a place among papers, models, the head start and statements, in this order."""
        n_terms, n_entries = self.papers.shape
        if place < self.papers.size:
            term, entry = divmod(place, n_entries)
            source = self.terms[term]
            text = f"{self.words.because(entry, value)}: {value:+.2f} {self.words.by(source)}"
            return Share(value, text, "paper", source, self.words.id(entry))
        place -= self.papers.size
        if place < n_terms:
            source = self.terms[place]
            if source == POPULARITY:
                return Share(value, f"{self.words.popular(value)}: {value:+.2f}", "popularity", source)
            return Share(value, f"Whatever you read: {value:+.2f} {self.words.by(source)}", "model", source)
        if place == n_terms:
            text = f"A head start for papers with few {self.words.crowd}: {value:+.2f}"
            return Share(value, text, "head-start", POPULARITY)
        term_ = self.stated[place - n_terms - 1]
        statement = Statement(term_.kind, term_.name, term_.event)
        text = f"{self.words.stated(term_, value)}: {value:+.2f}"
        return Share(value, text, "stated", STATED, stated=statement)

    def _of_paper(self, entry: int, value: float) -> Share:
        text = f"{self.words.because(entry, value)}: {value:+.2f}"
        return Share(value, text, "paper", paper=self.words.id(entry))

    def _by_source(self, said: float) -> Iterator[Share]:
        totals = dict(zip(self.terms, (self.papers.sum(axis=1) + self.own).tolist(), strict=True))
        if POPULARITY in totals:
            totals[POPULARITY] += self.head_start
        for source, total in {**totals, STATED: said}.items():
            if total:
                yield Share(total, f"{total:+.2f} {self.words.by(source)}", "source", source)


def _largest(values: Floats, share: Callable[[int, float], Share]) -> Iterator[Share]:
    """The largest values as shares; all others as one, in the end."""
    size = np.abs(values)
    order = np.argsort(-size, kind="stable")[: np.count_nonzero(values)]
    n_kept = min(int((size[order] >= _SMALLEST * size.sum()).sum()), _MOST - 1)
    if n_kept == len(order) - 1:  # it can as well be listed itself
        n_kept = len(order)
    for place in order[:n_kept].tolist():
        yield share(place, float(values[place]))
    rest = order[n_kept:]
    if len(rest):
        total = float(values[rest].sum(dtype=np.float64))
        yield Share(total, f"{len(rest)} smaller ones together: {total:+.2f}", "other")
