"""How long an answer takes, beside a bare answer of the same server from the same run.

The baseline is `/health/live`: the same HTTP stack with nothing to do. Rounds alternate, so that the
machine's noise falls on all alike.

    .venv/bin/python benchmarks/latency.py [--rounds 30]
"""

from __future__ import annotations

import argparse
import tempfile
import uuid
from collections.abc import Callable
from pathlib import Path

import httpx
import numpy as np
from installation import run, serving

PER_ROUND = 10
USER = "benchmark"


def calls(client: httpx.Client, papers: list[str]) -> dict[str, Callable[[int], httpx.Response]]:
    """What is timed, by name."""

    def like(n: int) -> httpx.Response:
        event = {"id": uuid.uuid4().hex, "user": USER, "kind": "like", "item": papers[n % len(papers)]}
        return client.post("/v1/events", json={"events": [event]})

    def recommend(_n: int) -> httpx.Response:
        return client.get("/v1/recommendations", params={"user": USER})

    return {
        "bare answer (/health/live)": lambda _n: client.get("/health/live"),
        "recommendations": recommend,
        "event, on disk and in the state": like,
        "search": lambda _n: client.get("/v1/search", params={"q": "reward models"}),
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory(prefix="recsys-benchmark-") as folder:
        home = Path(folder) / "var"
        run(home, "demo")
        run(home, "train")
        with serving(home) as (client, _):
            papers = [p["id"] for p in client.get("/v1/papers", params={"limit": 100}).json()["items"]]
            timed = calls(client, papers)
            taken: dict[str, list[float]] = {name: [] for name in timed}
            for call in timed.values():
                call(0).raise_for_status()
            for number in range(rounds):
                for name, call in timed.items():
                    for n in range(PER_ROUND):
                        answer = call(number * PER_ROUND + n)
                        answer.raise_for_status()
                        taken[name].append(answer.elapsed.total_seconds() * 1000)
    bare = np.median(next(iter(taken.values())))
    print(f"{'':34}{'median':>10}{'95%':>10}{'99%':>10}{'x bare':>9}   ({rounds * PER_ROUND} calls each)")
    for name, values in taken.items():
        low, high, most = np.percentile(values, [50, 95, 99])
        print(f"{name:34}{low:>7.1f} ms{high:>7.1f} ms{most:>7.1f} ms{low / bare:>9.1f}")


if __name__ == "__main__":
    main()
