"""The request's pipeline: score, retrieve, diversify, explore, explain.

Scores are `Hybrid`'s own, the very code that the library and the held-out evaluation rank with. Nothing here
imports torch.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.breadth import average_text, breadth_of
from recsys.bundle import Bundle
from recsys.calibration import Calibration, topic_shares
from recsys.diversify import greedy_dpp
from recsys.drift import change_point
from recsys.events import Setting
from recsys.explain import Reason, explain
from recsys.explanation import Explanation, explain_in_full
from recsys.explore import GREEDY, Plan, plan, unexplored, usual_spread
from recsys.extension import extend_bundle
from recsys.hybrid import Hybrid
from recsys.meaning import Meaning
from recsys.models.head import Head
from recsys.papers import Paper
from recsys.policies import Policy, Thompson
from recsys.profile import UserState
from recsys.shares import Scored, Shares, shares_of
from recsys.stated import Term, muted_rows, stated_terms
from recsys.wording import Words

_KNOWN_READER = 10.0  # papers at which half is known of a reader
_DEEPEST = 200  # candidates that re-ranking looks at


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for; `since` is an ISO date, `shown` holds tokens of papers on earlier pages."""

    limit: int = 10
    category: str | None = None
    since: str | None = None
    repeat: bool = False  # whether papers already saved, judged or read may come again
    explore: bool = True
    shown: frozenset[int] = frozenset()
    in_full: bool = False  # whether every score is explained as a sum of shares
    now: int = 0  # ms since the epoch: what isn't wanted at present
    among: frozenset[str] | None = None  # only these papers
    best: float = 1.0  # only papers among this share of the whole catalogue, as the reader would rank it


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One ranked paper; `position` counts from 0, `propensity` is the exact chance of its being shown."""

    row: int
    id: str
    score: float
    position: int
    propensity: float
    reasons: tuple[Reason, ...] = ()
    explanation: Explanation | None = None
    greedy: bool = True  # whether the list without exploration has it there too
    team: str | None = None  # whose it is in an interleaved list


@dataclass(frozen=True, slots=True)
class Ranking:
    """A ranked list with the policy that drew it, and whether more would follow.

    `pair` is the upper position of the two whose papers changed places with probability 1/2, if any.
    """

    items: tuple[Recommendation, ...]
    policy: str
    more: bool
    pair: int | None = None


class Scores(NamedTuple):
    """What a reader's scores are made of.

    `history` is their signed history as a row (1, n_items), `scored` what each model adds, `stated` what
    statements add, and `total` the sum, float32 (n_items,).
    """

    history: sparse.csr_matrix
    scored: Scored
    stated: list[Term]
    total: NDArray[np.float32]


def shown_token(item: str) -> int:
    """How a cursor names a paper it has shown: 32 bits."""
    return zlib.crc32(item.encode())


@dataclass
class Ranker:
    """Ranks from one bundle; made once when the bundle is loaded, shared by all requests."""

    bundle: Bundle
    policy: Policy = field(default_factory=Thompson)
    fitted: InitVar[Hybrid | None] = None  # the bundle's models, where they needn't be mapped
    hybrid: Hybrid = field(init=False)
    embeddings: NDArray[np.float32] = field(init=False)
    meaning: Meaning = field(init=False)

    def __post_init__(self, fitted: Hybrid | None) -> None:
        """Map the model."""
        params = self.bundle.manifest["model"]["hybrid"]
        self.hybrid = fitted or Hybrid.from_arrays(self.bundle.arrays, params)
        self.embeddings = self.bundle.arrays["embeddings"]
        lengths = zip(self.bundle.items, self.bundle.arrays["reading_seconds"].tolist(), strict=True)
        self.meaning = Meaning.from_params(self.bundle.manifest["model"]["meaning"], dict(lengths))
        self._topics = topic_shares(self.bundle.topic_rows, len(self.bundle.items))
        self._average = average_text(self.embeddings)
        self._tokens = np.array([shown_token(item) for item in self.bundle.items], dtype=np.int64)

    def extended(self, papers: Sequence[Paper], embeddings: NDArray[np.float32]) -> Ranker:
        """A ranker of these papers too, as of papers that nobody had read when the bundle was made.

        The scores of the bundle's own papers stay the same.

        Args:
            papers: that came after the bundle; none of them in it.
            embeddings: of their texts by the bundle's embedder, float32 (n, d).
        """
        bundle = extend_bundle(self.bundle, papers, embeddings)
        content = self.bundle.base.reading.content(papers, embeddings)
        return Ranker(bundle, self.policy, self.hybrid.extended(content))

    def recommend(
        self,
        state: UserState,
        query: Query,
        seed: int = 0,
        interests: Mapping[str, NDArray[np.float32]] | None = None,
    ) -> Ranking:
        """The slate for a user.

        Args:
            state: the user's, from Redis or the record.
            query: what is asked for.
            seed: of the exploration's draws; the slate's id in the service.
            interests: vectors of the user's plain-language interests by their text, float32 (d,).
        """
        made = self.scores(state, interests)
        candidates = self._retrieve(made.total, self._allowed(state, query, made.total), query.limit)
        if len(candidates) == 0:
            return Ranking((), GREEDY, more=False)
        breadth = breadth_of(state, made.history, self.bundle.rows, self.embeddings, self._average)
        topics = Calibration.of(_unrefused(made.history, made.stated), self._topics, candidates)
        greedy = greedy_dpp(made.total[candidates], self.embeddings[candidates], query.limit, breadth, topics)
        explores = query.explore and state.setting(Setting.EXPLORATION)
        slates = self._slates(state, made, candidates, greedy) if explores else unexplored(greedy)
        drawn = slates.draw(np.random.default_rng(seed))
        items = self._told(state, query, made, candidates[drawn.chosen], candidates[greedy], drawn.propensity)
        more = len(candidates) > len(items)
        pair = None if drawn.pair is None else len(query.shown) + drawn.pair
        return Ranking(items, slates.policy, more, pair)

    def _slates(
        self, state: UserState, made: Scores, candidates: NDArray[np.intp], greedy: NDArray[np.intp]
    ) -> Plan:
        """The slates that the policy makes of the greedy one."""
        rest = np.setdiff1d(np.arange(len(candidates)), greedy)  # ascending: best first
        learned = made.scored.parts[:, 0, candidates].sum(axis=0)  # what is stated is certain
        doubt = self._doubt(made.history, candidates)
        spread = usual_spread(learned, self.hybrid.readers[candidates], doubt)
        discovery = state.setting(Setting.DISCOVERY)
        return plan(greedy, rest, made.total[candidates], spread, self.policy, discovery)

    def _told(
        self,
        state: UserState,
        query: Query,
        made: Scores,
        rows: NDArray[np.intp],
        greedy: NDArray[np.intp],
        propensity: NDArray[np.float64],
    ) -> tuple[Recommendation, ...]:
        """The papers of a list, with their reasons."""
        about = self.taken_apart(state, made, rows)
        reasons = explain(*about)
        whole = explain_in_full(*about, made.total[rows]) if query.in_full else [None] * len(rows)
        return tuple(
            Recommendation(
                int(row),
                self.bundle.items[row],
                float(made.total[row]),
                len(query.shown) + n,
                float(propensity[n]),
                reasons[n],
                whole[n],
                greedy=bool(row == greedy[n]),
            )
            for n, row in enumerate(rows)
        )

    def scores(self, state: UserState, interests: Mapping[str, NDArray[np.float32]] | None = None) -> Scores:
        """The scores of all papers for a user, before anything is left out or re-ranked."""
        history = self.history(state)
        scored = self.hybrid.scored(history)
        total = scored.parts[:, 0].sum(axis=0)
        stated = stated_terms(state, self.bundle, total, interests or {})
        for term in stated:
            total = total + term.part
        return Scores(history, scored, stated, total)

    def taken_apart(
        self, state: UserState, made: Scores, rows: NDArray[np.intp]
    ) -> tuple[Words, list[str], Shares, list[Term], NDArray[np.intp]]:
        """What explanations of some papers' scores are made from."""
        hybrid = self.hybrid
        shares = shares_of(hybrid.models, hybrid.weights, hybrid.readers, made.history, made.scored, rows)
        return Words(self.bundle, state, made.history), hybrid.terms, shares, made.stated, rows

    def similar(self, item: str, limit: int, hide: Collection[str] = ()) -> list[tuple[int, float]]:
        """The (row, score) of the papers nearest to one in the bundle, best first."""
        row = self.bundle.rows[item]
        rows, scores = self.hybrid.similar_items(np.array([row]), limit + len(hide))
        hidden = {self.bundle.rows.get(item) for item in hide}
        pairs = zip(rows[0].tolist(), scores[0].tolist(), strict=True)
        return [(r, s) for r, s in pairs if r >= 0 and r not in hidden][:limit]

    def nearest(self, vector: NDArray[np.float32], limit: int) -> list[tuple[int, float]]:
        """The (row, cosine) of the papers whose text is nearest to an embedded query, best first."""
        cosine = self.embeddings @ vector
        rows = np.lexsort((np.arange(len(cosine)), -cosine))[:limit]
        return [(int(row), float(cosine[row])) for row in rows if cosine[row] > 0]

    def were_shown(self, tokens: Collection[int]) -> NDArray[np.bool_]:
        """Which papers have one of these tokens (`shown_token`), bool (n_items,)."""
        return np.isin(self._tokens, np.fromiter(tokens, dtype=np.int64, count=len(tokens)))

    def _doubt(self, history: sparse.csr_matrix, rows: NDArray[np.intp]) -> NDArray[np.float32]:
        """What the reader's events leave unknown, float32 (n,): the head's posterior tells."""
        head = self.hybrid.models.get("head")
        if isinstance(head, Head):
            return head.doubt(history, rows)
        return np.full(len(rows), 1 / (1 + history.nnz / _KNOWN_READER), dtype=np.float32)

    def history(self, state: UserState) -> sparse.csr_matrix:
        """The user's signed history as a row, float32 (1, n_items); papers that aren't ranked drop out."""
        said = state.history(self.meaning, self.changed_at(state))
        known = [(self.bundle.rows[item], w) for item, w in said.items() if item in self.bundle.rows]
        rows = np.array([row for row, _ in known], dtype=np.int32)
        weights = np.array([weight for _, weight in known], dtype=np.float32)
        shape = (1, len(self.bundle.items))
        history = sparse.csr_matrix((weights, rows, [0, len(rows)]), shape=shape)
        history.sort_indices()
        return history

    def changed_at(self, state: UserState) -> int | None:
        """When the user's taste changed, ms since the epoch; None where it never did."""
        in_time = sorted(
            (time, self.bundle.rows[item])
            for item, (value, time) in state.said(self.meaning).items()
            if value > 0 and item in self.bundle.rows
        )
        changed = change_point(self.embeddings[[row for _, row in in_time]])
        return None if changed is None else in_time[changed][0]

    def _allowed(self, state: UserState, query: Query, scores: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Which papers may be shown at all, bool (n_items,)."""
        allowed = np.ones(len(self.bundle.items), dtype=bool)
        if query.category is not None:
            allowed[:] = False
            allowed[self.bundle.topic_rows.get(query.category.casefold(), [])] = True
        if query.since is not None:
            allowed &= self.bundle.published >= query.since
        for rows in muted_rows(state, self.bundle):
            allowed[rows] = False
        barred = state.hidden | state.snoozed(query.now) | (set() if query.repeat else state.done)
        allowed[[self.bundle.rows[item] for item in barred if item in self.bundle.rows]] = False
        if query.among is not None:
            among = np.zeros(len(allowed), dtype=bool)
            among[[self.bundle.rows[item] for item in query.among if item in self.bundle.rows]] = True
            allowed &= among
        if query.best < 1:
            allowed &= scores >= np.quantile(scores, 1 - query.best)
        if query.shown:
            allowed &= ~self.were_shown(query.shown)
        return allowed

    def _retrieve(
        self, scores: NDArray[np.float32], allowed: NDArray[np.bool_], limit: int
    ) -> NDArray[np.intp]:
        """The rows that re-ranking looks at, best first; ties go to the lower row."""
        rows = np.flatnonzero(allowed)
        depth = min(len(rows), max(_DEEPEST, 4 * limit))
        if depth == 0:
            return rows
        cut = np.partition(scores[rows], len(rows) - depth)[len(rows) - depth]
        rows = rows[scores[rows] >= cut]
        ranked: NDArray[np.intp] = rows[np.lexsort((rows, -scores[rows]))][:depth]
        return ranked


def _unrefused(history: sparse.csr_matrix, stated: Collection[Term]) -> sparse.csr_matrix:
    """The history without papers of topics and authors that the reader refuses: no list need match them."""
    kept = history.copy()
    for term in stated:
        if term.kind.startswith("refused-"):
            kept.data[term.part[kept.indices] < 0] = 0
    return kept
