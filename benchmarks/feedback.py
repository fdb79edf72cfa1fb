"""What feedback is worth: each liked film predicted, then learned from, in the order of MovieLens-100k.

.venv/bin/python benchmarks/feedback.py --data ../shared/data [--requests 2000] [--nights 5]

Models are fitted anew at equally spaced nights on what was liked before, as the nightly job does. Between
nights the very same models rank by what they know of the reader:

- nightly only: the reader's events up to the last night (the baseline);
- online, likes: every like until the moment, weighed as the service weighs it (`UserState.history`);
- online, likes and dislikes: with ratings of 1 and 2 as dislikes.

Recall@20 and nDCG@20 of the next liked film, with 95% intervals over readers, and ratios to the baseline.
Films that the reader rated before are not ranked. Two parts by themselves, online: the head and the factors.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import without_namesakes  # noqa: F401
from numpy.typing import NDArray
from rich import box
from rich.console import Console
from rich.progress import Progress, TaskID
from rich.table import Table
from scipy import sparse

from recsys.events import Kind, StoredEvent
from recsys.metrics import bootstrap, bootstrap_ratio
from recsys.models.base import Model
from recsys.models.sparse import kept, row_of_each_entry
from recsys.profile import state_from_events
from recsys.splits import NIGHTS, Split, prequential
from training.evaluation.data import LOADERS
from training.evaluation.data.dataset import Dataset
from training.evaluation.others import Nightly
from training.evaluation.protocols import times_of

K = 20
LENGTHS = ((0, 0), (1, 3), (4, 9), (10, 29), (30, 99), (100, 10_000))
BASELINE, ONLINE, WITH_DISLIKES = "nightly only", "online, likes", "online, likes and dislikes"


@dataclass(frozen=True, eq=False)
class Asked:
    """The requests of a night: `ranks` of the film that was liked, from 0, by who ranked."""

    users: NDArray[np.int64]
    lengths: NDArray[np.int64]  # films the reader had liked
    ranks: Mapping[str, NDArray[np.int64]]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--requests", type=int, default=2_000, help="of each night at most, drawn at random")
    parser.add_argument("--nights", type=int, default=NIGHTS)
    arguments = parser.parse_args()
    dataset = LOADERS["movielens-100k"](arguments.data / "movielens-100k")
    console = Console(width=None if Console().is_terminal else 140)
    with Progress(console=console) as progress:
        bar = progress.add_task("nights", total=arguments.nights)
        nights = list(replay(dataset, arguments.nights, arguments.requests, progress, bar))
    users = np.concatenate([night.users for night in nights])
    lengths = np.concatenate([night.lengths for night in nights])
    ranks = {name: np.concatenate([night.ranks[name] for night in nights]) for name in nights[0].ranks}
    console.print(overall(ranks, users))
    console.print(by_length(ranks, lengths))


def replay(dataset: Dataset, nights: int, most: int, progress: Progress, bar: TaskID) -> Iterator[Asked]:
    """Fit on each night, and rank for the likes until the next."""
    matrix, times = dataset.interactions, dataset.times
    assert times is not None
    liked = matrix.data > 0
    edges = np.linspace(times[liked].min(), times[liked].max(), nights + 2)[1:-1]
    for edge, split in zip(edges, prequential(matrix, times, nights), strict=True):
        moments = times_of(split.train, matrix, times)
        hybrid = Nightly(random_state=0).fit(split.train, content=dataset.content, times=moments)
        drawn = np.random.default_rng(0).permutation(len(split.users))[:most]
        users = split.users[drawn]
        known = {
            BASELINE: weighed(kept(matrix, times < edge)[users], users, dataset),
            ONLINE: weighed(split.exclude[drawn], users, dataset, dislikes=False),
            WITH_DISLIKES: weighed(split.exclude[drawn], users, dataset),
        }
        ranks = {name: ranks_of(hybrid, histories, split, drawn) for name, histories in known.items()}
        for part in ("head", "als"):
            ranks[f"{part} alone"] = ranks_of(hybrid.models[part], known[WITH_DISLIKES], split, drawn)
        yield Asked(users, np.asarray((split.exclude[drawn] > 0).sum(axis=1)).ravel(), ranks)
        progress.advance(bar)


def weighed(
    seen: sparse.csr_matrix, users: NDArray[np.int64], dataset: Dataset, dislikes: bool = True
) -> sparse.csr_matrix:
    """What each reader rated so far as the history that the service would rank with, of the same shape."""
    n_items = seen.shape[1]
    all_rows = row_of_each_entry(dataset.interactions).astype(np.int64)
    keys = all_rows * n_items + dataset.interactions.indices
    assert dataset.times is not None
    rows, columns, values = [], [], []
    for row, user in enumerate(users):
        span = slice(seen.indptr[row], seen.indptr[row + 1])
        items, said = seen.indices[span], seen.data[span]
        moments = dataset.times[np.searchsorted(keys, user * n_items + items)] * 1_000
        events = [
            StoredEvent(str(item), "", Kind.LIKE if value > 0 else Kind.DISLIKE, int(time), item=str(item))
            for item, value, time in zip(items, said, moments, strict=True)
            if value > 0 or dislikes
        ]
        for item, weight in state_from_events("", events).history().items():
            rows.append(row)
            columns.append(int(item))
            values.append(weight)
    return sparse.csr_matrix((np.array(values, np.float32), (rows, columns)), shape=seen.shape)


def ranks_of(
    model: Model, histories: sparse.csr_matrix, split: Split, drawn: NDArray[np.intp]
) -> NDArray[np.int64]:
    """The place of each film that was liked; of films with equal scores half come first."""
    scores = model.score_histories(histories)
    exclude = split.exclude[drawn]
    scores[row_of_each_entry(exclude), exclude.indices] = -np.inf
    own = scores[np.arange(len(drawn)), split.test[drawn].indices][:, None]
    return np.asarray((scores > own).sum(axis=1) + ((scores == own).sum(axis=1) - 1) // 2)


def overall(ranks: Mapping[str, NDArray[np.int64]], users: NDArray[np.int64]) -> Table:
    """Recall, nDCG and their ratios to the baseline's."""
    table = Table(title=f"{len(users)} likes of {len(np.unique(users))} readers", box=box.SIMPLE)
    for heading in ("", "Recall@20", "x nightly", "nDCG@20", "x nightly"):
        table.add_column(heading, justify="left" if not heading else "right")
    for name, places in ranks.items():
        cells = [name]
        for gain in (found, discounted):
            mine, base = gain(places), gain(ranks[BASELINE])
            figure, ratio = bootstrap(mine, users=users), bootstrap_ratio(mine, base, users=users)
            cells += [f"{figure.mean:.4f}", f"{ratio.mean:.2f} ({ratio.low:.2f}-{ratio.high:.2f})"]
        table.add_row(*cells)
    return table


def by_length(ranks: Mapping[str, NDArray[np.int64]], lengths: NDArray[np.int64]) -> Table:
    """Recall by how many films the reader had liked."""
    table = Table(title="Recall@20 by films liked before", box=box.SIMPLE)
    table.add_column("")
    parts = [(lengths >= low) & (lengths <= high) for low, high in LENGTHS]
    for (low, high), part in zip(LENGTHS, parts, strict=True):
        span = str(low) if low == high else f"{low}-{high}" if high < LENGTHS[-1][1] else f"{low}+"
        table.add_column(f"{span} (n {part.sum()})", justify="right")
    for name, places in ranks.items():
        table.add_row(name, *(f"{found(places[part]).mean():.3f}" if part.any() else "-" for part in parts))
    return table


def found(places: NDArray[np.int64]) -> NDArray[np.float64]:
    """Recall@20 of one film: whether it is among the first 20."""
    return (places < K).astype(np.float64)


def discounted(places: NDArray[np.int64]) -> NDArray[np.float64]:
    """nDCG@20 of one film."""
    return np.where(places < K, 1 / np.log2(places + 2), 0.0)


if __name__ == "__main__":
    main()
