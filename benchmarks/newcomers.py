"""What it is worth to choose the papers that a newcomer is asked about, on citeulike-t.

.venv/bin/python benchmarks/newcomers.py --data ../shared/data [--asked 12] [--rounds 3] [--halves 3]

A fifth of the readers are newcomers: models are fitted without them. Of each with at least ten papers, half
of the library is what they can tell; the other half is to be found; three times, halved anew. They are asked
about 12 papers, chosen

- at random;
- by popularity;
- diverse only: greedy MAP of a determinantal point process over the texts of 5,000 papers, drawn at random;
- to teach most (`recsys.teaching`): all at once, and in rounds on what was answered so far.

Two kinds of simulated newcomers answer. The first like what is in the half that they can tell: they
recognise, and know few of 26,000 papers. The others also like what is of their field: the 3% of the catalogue
whose texts lie nearest to a paper of that half (and that isn't in the other half). Nobody dislikes anything.
Then they get 20 papers from the same join: Recall@20 of the other half, with 95% intervals over readers, and
the ratios to asking at random and by popularity.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
import without_namesakes  # noqa: F401
from numpy.typing import NDArray
from rich import box
from rich.console import Console
from rich.table import Table
from scipy import sparse

from recsys.content import as_content
from recsys.diversify import greedy_dpp
from recsys.hybrid import Hybrid
from recsys.metrics import bootstrap, bootstrap_ratio, recall
from recsys.models.topk import top_k
from recsys.teaching import teaching_set
from training.evaluation.data import LOADERS

K = 20
MODELS = ("popularity", "als", "content", "head")  # without the slowest two
FEWEST = 10  # papers of a newcomer
FIELD = 0.03  # of the catalogue

Rows = NDArray[np.intp]
Choice = Callable[["Asked", int], Rows]


@dataclass(frozen=True)
class Newcomer:
    """Whose half it is; what they can tell, and what should be found, as rows."""

    user: int
    tells: Rows
    sought: Rows


@dataclass
class Asked:
    """How far the asking is: rows asked about and rows liked, in order."""

    asked: list[int]
    liked: list[int]


class World:
    """The models fitted without the newcomers, and the ways to choose."""

    def __init__(self, data: Path, halves: int) -> None:
        dataset = LOADERS["citeulike-t"](data / "citeulike-t")
        library = sparse.csr_matrix(dataset.interactions, dtype=np.float32, copy=True)
        library.data[:] = 1
        new = np.random.default_rng(0).random(library.shape[0]) < 0.2
        content = as_content(dataset.content, library.shape[1], 0)
        assert content is not None
        self.embeddings = content.embeddings
        self.hybrid = Hybrid(random_state=0, models=MODELS).fit(library[~new], content=content)
        self.n_items = library.shape[1]
        long = [row for row in np.flatnonzero(new) if library.indptr[row + 1] - library.indptr[row] >= FEWEST]
        self.newcomers = [_halved(row, library[row].indices, n) for row in long for n in range(halves)]
        self._scores: dict[tuple[int, ...], NDArray[np.float32]] = {}

    def scores(self, liked: Sequence[int]) -> NDArray[np.float32]:
        """The joint scores of a reader who likes these."""
        key = tuple(sorted(liked))
        if key not in self._scores:
            self._scores[key] = self.hybrid.score_histories(self.histories([key]))[0]
        return self._scores[key]

    def histories(self, liked: Sequence[Sequence[int]]) -> sparse.csr_matrix:
        """Likes as a matrix, a row for each reader."""
        columns = np.concatenate([np.sort(np.array(items, dtype=np.intp)) for items in liked])
        ends = np.cumsum([0, *(len(items) for items in liked)])
        ones = np.ones(len(columns), dtype=np.float32)
        return sparse.csr_matrix((ones, columns, ends), shape=(len(liked), self.n_items))

    def at_random(self, so_far: Asked, n: int) -> Rows:
        """The same for everybody; what is popular has no better chance."""
        return np.random.default_rng(len(so_far.asked)).choice(self.n_items, n, replace=False)

    def by_popularity(self, so_far: Asked, n: int) -> Rows:
        """Those with most readers."""
        order = np.argsort(-self.hybrid.readers, kind="stable")
        return order[~np.isin(order, so_far.asked)][:n]

    def diverse(self, so_far: Asked, n: int) -> Rows:
        """Those least like each other."""
        left = np.setdiff1d(np.random.default_rng(0).permutation(self.n_items)[:5_000], so_far.asked)
        return left[greedy_dpp(np.zeros(len(left), np.float32), self.embeddings[left], n, 1.0)]

    def to_teach(self, so_far: Asked, n: int) -> Rows:
        """Those whose answers teach most."""
        allowed = np.ones(self.n_items, dtype=bool)
        allowed[so_far.asked] = False
        asked = np.array(so_far.asked, dtype=np.intp)
        lessons = teaching_set(self.embeddings, self.scores(so_far.liked), asked, allowed, n)
        return np.array([lesson.row for lesson in lessons])

    def of_their_field(self, newcomer: Newcomer) -> Newcomer:
        """One who also likes what is like the papers they can tell."""
        nearness = (self.embeddings @ self.embeddings[newcomer.tells].T).max(axis=1)
        field = np.flatnonzero(nearness >= np.quantile(nearness, 1 - FIELD))
        likes = np.union1d(newcomer.tells, np.setdiff1d(field, newcomer.sought))
        return Newcomer(newcomer.user, likes, newcomer.sought)

    def interview(self, newcomers: Sequence[Newcomer], choose: Choice, n: int, rounds: int) -> list[Asked]:
        """Ask each; those who answered alike so far are asked alike."""
        held: dict[tuple[tuple[int, ...], tuple[int, ...]], Rows] = {}
        interviews = [Asked([], []) for _ in newcomers]
        for number in range(rounds):
            size = n * (number + 1) // rounds - n * number // rounds
            for newcomer, so_far in zip(newcomers, interviews, strict=True):
                key = tuple(so_far.asked), tuple(so_far.liked)
                if key not in held:
                    held[key] = choose(so_far, size)
                so_far.asked += held[key].tolist()
                so_far.liked += held[key][np.isin(held[key], newcomer.tells)].tolist()
        return interviews

    def recall_of(self, newcomers: Sequence[Newcomer], interviews: Sequence[Asked]) -> NDArray[np.float64]:
        """Recall@20 of what is sought, by what was liked."""
        histories = self.histories([one.liked for one in interviews])
        scores = self.hybrid.score_histories(histories)
        for row, one in enumerate(interviews):
            scores[row, one.liked] = -np.inf
        sought = self.histories([one.sought for one in newcomers])
        return recall(top_k(scores, K)[0], sought, K)


def main() -> None:
    """Print a table for each kind of newcomer."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--asked", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--halves", type=int, default=3, help="how often each library is halved")
    arguments = parser.parse_args()
    console = Console(width=None if Console().is_terminal else 150)
    began = perf_counter()
    world = World(arguments.data, arguments.halves)
    console.print(
        f"fitted in {perf_counter() - began:.0f} s; {len(world.newcomers) // arguments.halves} newcomers"
    )
    console.print(compared(world, world.newcomers, arguments, "They like what they have"))
    field = [world.of_their_field(one) for one in world.newcomers]
    console.print(compared(world, field, arguments, "They also like what is of their field"))
    times = [_timed(world) for _ in range(20)]
    console.print(f"to choose {arguments.asked} of {world.n_items:,}: {np.median(times) * 1000:.0f} ms")


def compared(world: World, newcomers: list[Newcomer], arguments: argparse.Namespace, title: str) -> Table:
    """Recall and what led to it, for each way to choose."""
    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left")
    for column in ("asked about", "liked", "any liked", "Recall@20", "× random", "× popularity"):
        table.add_column(column, justify="right" if table.columns else "left")
    ways: dict[str, tuple[Choice, int]] = {
        "random": (world.at_random, 1),
        "popular": (world.by_popularity, 1),
        "diverse only": (world.diverse, 1),
        "to teach most": (world.to_teach, 1),
        f"to teach most, in {arguments.rounds} rounds": (world.to_teach, arguments.rounds),
    }
    found: dict[str, NDArray[np.float64]] = {}
    users = np.array([one.user for one in newcomers])
    for name, (choose, rounds) in ways.items():
        interviews = world.interview(newcomers, choose, arguments.asked, rounds)
        found[name] = world.recall_of(newcomers, interviews)
        likes = np.array([len(one.liked) for one in interviews])
        ratios = [
            bootstrap_ratio(found[name], found[base], users=users)
            for base in ("random", "popular")
            if base in found
        ]
        table.add_row(
            name,
            f"{likes.mean():.2f}",
            f"{(likes > 0).mean():.0%}",
            bootstrap(found[name], users=users).told(4),
            *(ratio.told(2) for ratio in ratios),
        )
    return table


def _halved(user: int, library: NDArray[np.int32], seed: int) -> Newcomer:
    shuffled = np.random.default_rng((int(user), seed)).permutation(library).astype(np.intp)
    return Newcomer(int(user), shuffled[: len(shuffled) // 2], np.sort(shuffled[len(shuffled) // 2 :]))


def _timed(world: World) -> float:
    began = perf_counter()
    world.to_teach(Asked([], []), 12)
    return perf_counter() - began


if __name__ == "__main__":
    main()
