"""What papers that came after the bundle cost, beside the same in a bundle; and how soon they are ranked.

.venv/bin/python benchmarks/newer_papers.py [--papers 2000] [--newer 1000] [--rounds 20]

A demo installation is filled with made-up papers, each of sentences from the demo's, and trained. Then more
come. The baselines are an answer before they came and one after the next training, from the same run; memory
is what the worker holds for itself, without the files of the bundle that workers share.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import orjson
from installation import run, serving

USER = "benchmark"
DEMO = Path(__file__).parents[1] / "recsys" / "demo" / "catalogue.jsonl"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--papers", type=int, default=2_000)
    parser.add_argument("--newer", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=20)
    arguments = parser.parse_args()
    papers = made_up()
    with tempfile.TemporaryDirectory(prefix="recsys-benchmark-") as folder:
        home = Path(folder) / "var"
        run(home, "demo")
        ingest(home, papers, arguments.papers)
        run(home, "train", "--force")
        with serving(home) as (client, _):
            like_some(client)
            rows = [("before", *measure(client, home, arguments.rounds))]
            one = next(papers)
            began = time.monotonic()
            client.post("/v1/papers", json=one).raise_for_status()
            wait_for(client, 1)
            alone = time.monotonic() - began
            began = time.monotonic()
            ingest(home, papers, arguments.newer - 1)
            wait_for(client, arguments.newer)
            together = time.monotonic() - began
            rows.append((f"{arguments.newer} newer", *measure(client, home, arguments.rounds)))
        run(home, "train", "--force")
        with serving(home) as (client, _):
            rows.append(("trained", *measure(client, home, arguments.rounds)))
    print(f"one paper is ranked {alone:.1f} s after it was posted, {arguments.newer} within {together:.0f} s")
    print(f"{'':14}{'papers':>8}{'median':>10}{'95%':>10}{'x before':>10}{'own memory':>12}")
    before = rows[0][2]
    for name, count, median, high, mib in rows:
        print(f"{name:14}{count:>8}{median:>7.1f} ms{high:>7.1f} ms{median / before:>10.2f}{mib:>8.0f} MiB")


def made_up() -> Iterator[dict[str, str]]:
    """Papers without end, each of four sentences from the demo's summaries."""
    demo = [orjson.loads(line) for line in DEMO.read_bytes().splitlines()]
    sentences = [each for paper in demo for each in paper["abstract"].split(". ")]
    rng = np.random.default_rng(0)
    number = 0
    while True:
        number += 1
        yield {
            "id": f"made-up:{number}",
            "title": f"{demo[int(rng.integers(len(demo)))]['title']} {number}",
            "abstract": ". ".join(rng.choice(sentences, 4).tolist()),
        }


def ingest(home: Path, papers: Iterator[dict[str, str]], n: int) -> None:
    """Bring the next n papers into the catalogue."""
    file = home.parent / "papers.jsonl"
    file.write_bytes(b"".join(orjson.dumps(next(papers)) + b"\n" for _ in range(n)))
    run(home, "ingest", str(file))


def like_some(client: httpx.Client) -> None:
    """Give the reader a history of ten papers."""
    found = client.get("/v1/papers", params={"limit": 10}).json()["items"]
    events = [{"id": p["id"], "user": USER, "kind": "like", "item": p["id"]} for p in found]
    client.post("/v1/events", json={"events": events}).raise_for_status()


def wait_for(client: httpx.Client, n: int) -> None:
    """Until so many newer papers are ranked."""
    while f'recsys_newer_papers{{state="ranked"}} {float(n)}' not in client.get("/metrics").text:
        time.sleep(0.05)


def measure(client: httpx.Client, home: Path, rounds: int) -> tuple[int, float, float, float]:
    """How many papers are ranked; median and 95% of an answer in ms; the worker's own memory in MiB."""
    taken = []
    for _ in range(10 * rounds):
        answer = client.get("/v1/recommendations", params={"user": USER})
        answer.raise_for_status()
        taken.append(answer.elapsed.total_seconds() * 1000)
    text = client.get("/metrics").text
    newer = next(float(line.split()[-1]) for line in text.splitlines() if 'state="ranked"' in line)
    shown = subprocess.run(
        ["pgrep", "-f", "uvicorn service.app:from_environment --factory"],
        capture_output=True,
        text=True,
        check=True,
    )
    own = max(own_mib(int(pid)) for pid in shown.stdout.split() if belongs(int(pid), home))
    bundle = orjson.loads((home / "bundles" / answer.json()["bundle"] / "manifest.json").read_bytes())
    median, high = np.percentile(taken, [50, 95])
    return int(bundle["counts"]["papers"] + newer), float(median), float(high), own


def belongs(pid: int, home: Path) -> bool:
    """Whether the process serves this home."""
    return f"RECSYS_HOME={home.resolve()}".encode() in Path(f"/proc/{pid}/environ").read_bytes()


def own_mib(pid: int) -> float:
    """Private memory of a process, by the kernel."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return (
        sum(int(line.split()[1]) for line in lines if line.startswith(("Private_Clean", "Private_Dirty")))
        / 1024
    )


if __name__ == "__main__":
    main()
