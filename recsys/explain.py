"""Why a paper was recommended, in a few words: the largest of the shares that its score is the sum of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsys.shares import Shares
from recsys.stated import Term
from recsys.wording import Words

_MOST = 3
_SMALLEST_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason; `share` is its part of the score's positive terms, `paper` the reader's own it rests on."""

    kind: str
    text: str
    share: float
    paper: str | None = None

    def public(self) -> dict[str, Any]:
        """As API answers show it."""
        about = {"kind": self.kind, "text": self.text, "share": round(self.share, 3)}
        return about | ({"paper": self.paper} if self.paper else {})


def explain(
    words: Words, terms: Sequence[str], shares: Shares, stated: Sequence[Term], rows: NDArray[np.intp]
) -> list[tuple[Reason, ...]]:
    """Reasons of each recommended row, the weightiest first.

    What is personal comes by content or by readers (all other models); each is traced to the one paper of
    the reader that adds most to it.

    Args:
        words: for people, of the reader's own papers.
        terms: names of the models.
        shares: of the models, in the scores of `rows`.
        stated: what the reader states.
        rows: of the recommended papers.
    """
    is_content = np.array([name == "content" for name in terms], dtype=bool)
    of_content = shares.papers[is_content].sum(axis=0)  # (n_entries, n_rows)
    of_readers = shares.papers[~is_content].sum(axis=0)
    popular = shares.own.sum(axis=0) + shares.head_start
    reasons = []
    for n, row in enumerate(rows):
        by_kind: list[tuple[str | Term, float]] = [
            ("content", float(of_content[:, n].sum())),
            ("readers", float(of_readers[:, n].sum())),
            ("popular", float(popular[n])),
            *((term, float(term.part[row])) for term in stated),
        ]
        whole = sum(max(part, 0.0) for _, part in by_kind) or 1.0
        found = []
        for kind, part in sorted(by_kind, key=lambda pair: -pair[1])[:_MOST]:
            share = max(part, 0.0) / whole
            if share < _SMALLEST_SHARE:
                continue
            if isinstance(kind, Term):
                found.append(Reason(kind.kind, words.stated(kind), share))
            elif kind == "content":
                best = int(np.argmax(of_content[:, n]))
                found.append(Reason("content", words.alike(best), share, words.id(best)))
            elif kind == "readers":
                best = int(np.argmax(of_readers[:, n]))
                found.append(Reason("readers", words.chosen(best), share, words.id(best)))
            else:
                found.append(Reason("popular", words.popular(), share))
        reasons.append(tuple(found) or (Reason("variety", "Picked to widen the choice", 1.0),))
    return reasons
