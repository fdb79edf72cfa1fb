"""What explanations say, in plain words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from recsys.bundle import Bundle
from recsys.events import Kind
from recsys.profile import UserState
from recsys.stated import Term

_ACT = {
    Kind.LIKE: "liked",
    Kind.SAVE: "saved",
    Kind.SEED: "named",
    Kind.READ: "read",
    Kind.CLICK: "opened",
    Kind.PREFER: "preferred",
    Kind.DISLIKE: "disliked",
    Kind.HIDE: "hid",
    Kind.IMPRESSION: "passed over",
    Kind.UNSAVE: "once saved",
}
_ACT_AGAINST = {
    **_ACT,
    Kind.READ: "opened and left",
    Kind.CLICK: "opened and left",
    Kind.PREFER: "liked less than another",
}
_COMPARED = "compared"  # only said to be like, or unlike, another paper
_STATED = {
    "topic": "You follow {}",
    "author": "You follow {}",
    "venue": "You follow {}",
    "refused-topic": "You refused papers on {}",
    "refused-author": "You refused papers by {}",
}
_BY = {
    "content": "by its text",
    "item-knn": "by {} who chose both",
    "user-knn": "by {} who chose much the same",
    "als": "by tastes that {} share",
    "tower": "by what {} of such texts choose",
    "ease": "by {} and texts together",
    "head": "by what is believed of your taste",
    "popularity": "by popularity",
    "stated": "by what you stated",
}


@dataclass(frozen=True)
class Words:
    """Speaks of one reader's papers, each an entry of their `history`, CSR (1, n_items)."""

    bundle: Bundle
    state: UserState
    history: sparse.csr_matrix

    @property
    def crowd(self) -> str:
        """Who the others are."""
        return "simulated readers" if self.bundle.manifest["counts"].get("simulated") else "readers"

    def id(self, entry: int) -> str:
        """A paper's id."""
        return self.bundle.items[int(self.history.indices[entry])]

    def alike(self, entry: int) -> str:
        """That the recommended paper is like one of the reader's."""
        return (
            f"{'Like' if self._liked(entry) else 'Unlike'} {self._title(entry)}, which you {self._act(entry)}"
        )

    def chosen(self, entry: int) -> str:
        """That readers of papers like one of the reader's choose this."""
        if not self._liked(entry):
            return self.alike(entry)
        return f"{self.crowd.capitalize()} of papers like {self._title(entry)} choose this"

    def popular(self, share: float = 1.0) -> str:
        """That the paper is popular, or that it isn't."""
        return f"Popular with {self.crowd}" if share > 0 else f"Less popular with {self.crowd} than most"

    def because(self, entry: int, share: float) -> str:
        """What one of the reader's papers does."""
        if self._liked(entry) == (share > 0):
            return f"Because you {self._act(entry)} {self._title(entry)}"
        return f"Less like {self._title(entry)}, which you {self._act(entry)}, than most"

    def stated(self, term: Term, share: float = 1.0) -> str:
        """What a statement of the reader does."""
        if term.kind == "interest":
            meant = "your interest" if share > 0 else "what you muted,"
            return f"Close to {meant} “{term.name}”"
        if term.kind == "freshness":
            wants_new = bool(term.part[np.nanargmin(self.bundle.ages)] > 0)
            if share > 0:
                return f"{'New' if wants_new else 'Old'}, as you prefer"
            return f"{'Older' if wants_new else 'Newer'} than you prefer"
        return _STATED[term.kind].format(term.name)

    def by(self, source: str) -> str:
        """By which evidence."""
        return _BY.get(source, f"by the model “{source}”").format(self.crowd)

    def _liked(self, entry: int) -> bool:
        return bool(self.history.data[entry] > 0)

    def _title(self, entry: int) -> str:
        return f"“{self.bundle.paper(self.history.indices[entry]).title}”"

    def _act(self, entry: int) -> str:
        signal = self.state.signals.get(self.id(entry))
        if signal is None:
            return _COMPARED
        return (_ACT if self._liked(entry) else _ACT_AGAINST).get(signal.act, _COMPARED)
