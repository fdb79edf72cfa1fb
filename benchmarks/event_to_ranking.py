"""How long it takes from an event to the ranking that reflects it, within the process: no HTTP, no disk.

.venv/bin/python benchmarks/event_to_ranking.py [--home HOME] [--rounds 200]

A reader's events are folded into their state, the state goes through the bytes that Redis holds, and the
list is ranked, diversified, explored and explained. The baseline is one product of the embeddings with a
vector, which any ranking by content must do. By default a demo installation is made; --home takes one that
has a bundle.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from installation import run
from threadpoolctl import threadpool_limits

from recsys.bundle import load_bundle
from recsys.events import Kind, StoredEvent
from recsys.profile import UserState, state_from_events
from recsys.rank import Query, Ranker

HISTORIES = (1, 10, 50)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--home", type=Path)
    parser.add_argument("--rounds", type=int, default=200)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="recsys-benchmark-") as folder:
        home = arguments.home or Path(folder) / "var"
        if arguments.home is None:
            run(home, "demo")
            run(home, "train")
        with threadpool_limits(1, "blas"):  # as the service does
            measure(Ranker(load_bundle(home / "bundles")), arguments.rounds)


def measure(ranker: Ranker, rounds: int) -> None:
    """Medians in milliseconds, by the length of the history."""
    items = ranker.bundle.items
    baseline = median(lambda n: ranker.embeddings @ ranker.embeddings[n % len(items)], rounds)
    print(f"{len(items)} papers; embeddings times a vector: {baseline:.2f} ms")
    print(f"{'events':>8}{'state, ms':>12}{'ranking, ms':>14}{'both, ms':>12}{'x product':>12}")
    for size in HISTORIES:
        acts = [
            StoredEvent(f"e{n}", "ada", Kind.LIKE, n * 1_000, item=items[n * 7 % len(items)])
            for n in range(size)
        ]
        state = UserState.from_bytes(state_from_events("ada", acts).to_bytes())
        folding = median(lambda _n, acts=acts: fold(acts), rounds)
        ranking = median(lambda n, state=state: ranker.recommend(state, Query(), seed=n), rounds)
        both = median(lambda n, acts=acts: ranker.recommend(fold(acts), Query(), seed=n), rounds)
        print(f"{size:>8}{folding:>12.2f}{ranking:>14.2f}{both:>12.2f}{both / baseline:>12.1f}")


def fold(acts: list[StoredEvent]) -> UserState:
    """The state as the next request reads it."""
    return UserState.from_bytes(state_from_events("ada", acts).to_bytes())


def median(work: Callable[[int], object], rounds: int) -> float:
    """Of so many runs, in milliseconds; the first ones are for warming up."""
    times = []
    for n in range(rounds + 10):
        began = time.perf_counter()
        work(n)
        times.append(time.perf_counter() - began)
    return float(np.median(times[10:])) * 1_000


if __name__ == "__main__":
    main()
