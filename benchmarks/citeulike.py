"""citeulike-t for real: imported, trained, served to 50 of its users; times, memory and held-out figures.

.venv/bin/python benchmarks/citeulike.py [--data ../shared/data/citeulike-t]
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import httpx
import numpy as np
from installation import run, serving

USERS = 50


def library_of(data: Path, user: int) -> set[str]:
    """The papers that a user of the data set has saved."""
    line = data.joinpath("users.dat").read_text().splitlines()[user]
    return {f"{data.name}:{item}" for item in line.split()[1:]}


def ask(client: httpx.Client, data: Path, users: list[int]) -> None:
    """Check each user's first page, and print how long an answer took."""
    slates, milliseconds = [], []
    for user in users:
        answer = client.get("/v1/recommendations", params={"user": f"{data.name}:user-{user}", "limit": 20})
        answer.raise_for_status()
        body = answer.json()
        assert body["degraded"] == [], body["degraded"]
        slate = [item["paper"]["id"] for item in body["items"]]
        assert len(slate) == len(set(slate)) == 20
        assert not set(slate) & library_of(data, user), f"user {user} was shown what they have"
        slates.append(tuple(slate))
        milliseconds.append(answer.elapsed.total_seconds() * 1000)
    assert len(set(slates)) == len(slates), "two users were shown the same list"
    print(
        f"served   {len(slates)} users: all lists whole, distinct, nothing from their libraries; "
        f"median {np.median(milliseconds):.0f} ms, 95th percentile {np.percentile(milliseconds, 95):.0f} ms"
    )


def main() -> None:
    """Print every step with its time and memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/citeulike-t"))
    data = parser.parse_args().data.resolve()
    if not data.joinpath("users.dat").exists():
        raise SystemExit(f"{data} holds no users.dat: give the folder of citeulike-t by --data")
    with tempfile.TemporaryDirectory(prefix="recsys-benchmark-") as folder:
        home = Path(folder) / "var"
        imported = run(home, "import", "citeulike", str(data))
        print(f"imported {imported.seconds:.0f} s, {imported.gib:.1f} GiB at most")
        trained = run(home, "train", "--embedder", "lsa")
        print(f"trained  {trained.seconds:.0f} s, {trained.gib:.1f} GiB at most\n{trained.output}")
        with serving(home) as (client, ready):
            print(f"ready    {ready:.1f} s after `recsys up`")
            users = np.random.default_rng(0).choice(7_947, size=USERS, replace=False)
            ask(client, data, [int(user) for user in users])
        print(f"in all   {imported.seconds + trained.seconds + ready:.0f} s")


if __name__ == "__main__":
    main()
