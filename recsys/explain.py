"""Why a paper was recommended, from the very terms that its score is the sum of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.bundle import Bundle
from recsys.events import Kind
from recsys.hybrid import Hybrid
from recsys.join import POPULARITY
from recsys.profile import UserState
from recsys.stated import Term

_MOST = 3
_SMALLEST_SHARE = 0.1
_VERB = {Kind.LIKE: "liked", Kind.SAVE: "saved", Kind.READ: "read", Kind.CLICK: "opened"}
_STATED = {
    "topic": "You follow {}",
    "author": "You follow {}",
    "venue": "You follow {}",
    "interest": "Close to your interest “{}”",
    "freshness": "New, as you prefer",
}


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
    hybrid: Hybrid,
    bundle: Bundle,
    state: UserState,
    history: sparse.csr_matrix,
    parts: NDArray[np.float32],
    stated: Sequence[Term],
    rows: NDArray[np.intp],
) -> list[tuple[Reason, ...]]:
    """Reasons of each recommended row, the weightiest first.

    Content is traced to the reader's own paper whose text is nearest, all other personal parts to the one
    that readers most often have together with it. `parts` is what each model adds, (n_terms, n_items).
    """
    by_model = dict(zip(hybrid.terms, parts[:, rows], strict=True))
    nothing = np.zeros(len(rows), dtype=np.float32)
    content = by_model.get("content", nothing)
    popular = by_model.get(POPULARITY, nothing)
    readers = parts[:, rows].sum(axis=0) - content - popular
    liked = history.indices[history.data > 0]
    strengths = history.data[history.data > 0]
    nearness = bundle.arrays["embeddings"][liked] @ bundle.arrays["embeddings"][rows].T
    company = _company(hybrid, liked, rows)
    crowd = "simulated readers" if bundle.manifest["counts"].get("simulated") else "readers"
    reasons = []
    for n, row in enumerate(rows):
        by_kind: dict[str | tuple[str, int], float] = {
            "content": content[n],
            "readers": readers[n],
            "popular": popular[n],
        } | {("stated", place): float(term.part[row]) for place, term in enumerate(stated)}
        whole = sum(max(part, 0.0) for part in by_kind.values()) or 1.0
        found = []
        for kind, part in sorted(by_kind.items(), key=lambda pair: -pair[1])[:_MOST]:
            share = float(max(part, 0.0) / whole)
            if share < _SMALLEST_SHARE:
                continue
            if kind == "content" and len(liked):
                source = int(liked[np.argmax(nearness[:, n] * strengths)])
                text = f"Like “{bundle.paper(source).title}”, which you {_act(state, bundle, source)}"
                found.append(Reason("content", text, share, bundle.items[source]))
            elif kind == "readers" and len(liked) and company[:, n].max() > 0:
                source = int(liked[np.argmax(company[:, n] * strengths)])
                text = f"{crowd.capitalize()} of “{bundle.paper(source).title}” also chose this"
                found.append(Reason("readers", text, share, bundle.items[source]))
            elif isinstance(kind, tuple):
                term = stated[kind[1]]
                found.append(Reason(term.kind, _STATED[term.kind].format(term.name), share))
            elif kind == "popular":
                found.append(Reason("popular", f"Popular with {crowd}", share))
        reasons.append(tuple(found) or (Reason("variety", "Picked to widen the choice", 1.0),))
    return reasons


def _company(hybrid: Hybrid, liked: NDArray[np.int32], rows: NDArray[np.intp]) -> NDArray[np.float32]:
    """How much readers of each liked paper also read each recommended one, float32 (n_liked, n_rows)."""
    model = hybrid.models.get("item-knn")
    if model is None or len(liked) == 0:
        return np.zeros((len(liked), len(rows)), dtype=np.float32)
    ones = np.ones(len(liked), dtype=np.float32)
    n_items = len(hybrid.readers)
    alone = sparse.csr_matrix((ones, (np.arange(len(liked)), liked)), shape=(len(liked), n_items))
    return model.score_histories(alone, rows)


def _act(state: UserState, bundle: Bundle, row: int) -> str:
    signal = state.signals.get(bundle.items[row])  # none where it was only said to be like another
    return "found alike" if signal is None else _VERB.get(signal.act, "opened")
