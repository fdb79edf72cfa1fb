"""New readers through the online path (events, state, weights, ranking), beside the hybrid's own figures.

.venv/bin/python benchmarks/cold_online.py --data ../shared/data [--dataset citeulike-t] [--seed 0]

The hybrid is fitted without a fifth of the users (protocol cold-user). Each of them then likes 1, 3, 5 or 10
papers of theirs, one a minute or one a day in random order, and the rest of their library is asked for. The
hybrid is given the same papers as a row of ones, as in `recsys evaluate`; the online path
makes events of them and ranks with the weights of the state that results (`UserState.history`), as the
service does. Recall@20 and nDCG@20, with the ratio's 95% interval over readers.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import without_namesakes  # noqa: F401
from numpy.typing import NDArray
from rich import box
from rich.console import Console
from rich.table import Table
from scipy import sparse

from recsys.events import Kind, StoredEvent
from recsys.hybrid import Hybrid
from recsys.metrics import bootstrap, bootstrap_ratio, ndcg, recall
from recsys.profile import state_from_events
from recsys.splits import Split, cold_user
from training.evaluation.data import LOADERS

SHOTS = (1, 3, 5, 10)
K = 20
PACES = {"a minute": 60_000, "a day": 86_400_000}  # ms between two likes


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--dataset", choices=sorted(LOADERS), default="citeulike-t")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    dataset = LOADERS[arguments.dataset](arguments.data / arguments.dataset)
    hybrid: Hybrid | None = None
    table = Table(title=f"{arguments.dataset}, cold users, seed {arguments.seed}", box=box.SIMPLE)
    for heading in ("papers", "readers", "path", "Recall@20", "x hybrid", "nDCG@20", "x hybrid"):
        table.add_column(heading, justify="left" if heading == "path" else "right")
    for shots in SHOTS:
        split = cold_user(dataset.interactions, arguments.seed, shots)
        if hybrid is None:  # the training data are the same for all
            hybrid = Hybrid(random_state=0).fit(split.train, content=dataset.content)
        own = figures(hybrid, split, split.histories)
        add(table, shots, "hybrid, a row of ones", own, own)
        for pace, gap in PACES.items():
            add(table, shots, f"online, one {pace}", figures(hybrid, split, through_events(split, gap)), own)
    Console(width=None if Console().is_terminal else 120).print(table)


def through_events(split: Split, gap: int) -> sparse.csr_matrix:
    """The histories as the state weighs them, after likes in random order every `gap` ms."""
    rng = np.random.default_rng(0)
    weighed = split.histories.copy()
    for start, end in zip(weighed.indptr[:-1], weighed.indptr[1:], strict=True):
        items, moments = weighed.indices[start:end], rng.permutation(end - start) * gap
        events = [
            StoredEvent(str(item), "", Kind.LIKE, int(moment), item=str(item))
            for item, moment in zip(items, moments, strict=True)
        ]
        weights = state_from_events("", events).history()
        weighed.data[start:end] = [weights[str(item)] for item in items]
    return weighed


def figures(hybrid: Hybrid, split: Split, histories: sparse.csr_matrix) -> list[NDArray[np.float64]]:
    """Recall@20 and nDCG@20 of each reader."""
    items, _ = hybrid.recommend_histories(histories, K, exclude=split.exclude)
    return [measure(items, split.test, K) for measure in (recall, ndcg)]


def add(
    table: Table, shots: int, path: str, mine: list[NDArray[np.float64]], own: list[NDArray[np.float64]]
) -> None:
    """A row."""
    cells = [str(shots), str(len(own[0])), path]
    for figure, base in zip(mine, own, strict=True):
        ratio = bootstrap_ratio(figure, base)
        cells += [f"{bootstrap(figure).mean:.4f}", f"{ratio.mean:.3f} ({ratio.low:.3f}-{ratio.high:.3f})"]
    table.add_row(*cells)


if __name__ == "__main__":
    main()
