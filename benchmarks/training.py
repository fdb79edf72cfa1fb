"""How the training of `Hybrid` grows: time, by step, and memory, as users, items and interactions double.

.venv/bin/python benchmarks/training.py [--base 4000 8000 100000] [--plot docs/training.svg]
.venv/bin/python benchmarks/training.py --large     # 100,000 users, 200,000 items, 5,000,000 interactions

Each size is fitted in a process of its own, on seeded data (made_data.py); Recall@20 is of a held-out fifth
of 300 readers. EASE changes its method above 20,000 items, and the tower has a least and a most number of
steps: an exponent across such a line is of no one curve. On a busy machine set OPENBLAS_NUM_THREADS=1, or
threads that wait for one another are what is measured.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from made_data import make_data
from rich.console import Console
from rich.table import Table

LARGE = (100_000, 200_000, 5_000_000)
LONGEST, MOST_GIB = 30 * 60, 16.0  # of the large size
AXES = ("users", "items", "interactions")
TESTED = 300


class Steps:
    """Seconds and peak memory of each step between two reports of progress."""

    def __init__(self, aloud: bool) -> None:
        self.aloud, self.found = aloud, list[dict[str, Any]]()
        self.what, self.since = "preparing", time.monotonic()
        self.joined = False
        _forget_peak()

    def __call__(self, what: str, share: float) -> None:
        """A step ends and another begins, as Hybrid's `progress`."""
        now = time.monotonic()
        gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        step = {"step": self.what, "final": self.joined, "seconds": now - self.since, "gib": gib}
        self.found.append(step)
        if self.aloud:
            print(f"{self.what:24} {now - self.since:8.1f} s {gib:6.2f} GiB", file=sys.stderr, flush=True)
        self.joined |= self.what == "learning the join"
        self.what, self.since = what, now
        _forget_peak()


def _forget_peak() -> None:
    """Begin the kernel's peak anew (Linux); elsewhere a step's peak is that of all steps so far."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def one(sizes: Sequence[int], aloud: bool) -> dict[str, Any]:
    """Make data and fit, here in this process."""
    import implicit.cpu.als  # noqa: F401  so that no step pays for the imports
    import sklearn.utils.extmath  # noqa: F401

    from recsys import Hybrid
    from recsys.metrics import recall
    from recsys.models.sparse import kept

    began = time.monotonic()
    interactions, counts = make_data(sizes[0], sizes[1], sizes[2], seed=0)
    made = time.monotonic() - began
    rng = np.random.default_rng(1)
    rows = np.repeat(np.arange(sizes[0]), np.diff(interactions.indptr))
    testable = np.flatnonzero(np.diff(interactions.indptr) >= 5)
    tested = np.sort(rng.choice(testable, min(TESTED, len(testable)), replace=False))
    out = np.isin(rows, tested) & (rng.random(len(rows)) < 0.2)
    seen, held = kept(interactions, ~out), kept(interactions, out)
    steps = Steps(aloud)
    began = time.monotonic()
    model = Hybrid(random_state=0, progress=steps).fit(seen, content=counts)
    seconds = time.monotonic() - began
    relevant = held[tested]

    def found(recommender: Any) -> float:
        items, _ = recommender.recommend(tested, k=20, exclude=seen)
        return float(np.nanmean(recall(items, relevant, 20)))

    return {
        "sizes": list(sizes),
        "data": made,
        "seconds": seconds,
        "gib": max(step["gib"] for step in steps.found),
        "words": counts.nnz / sizes[1],
        "steps": steps.found,
        "recall": found(model),
        "popular": found(model.models["popularity"]),
    }


def measured(sizes: Sequence[int], aloud: bool = False) -> dict[str, Any]:
    """`one` in a process of its own; the large one is stopped at its limits."""
    command = [sys.executable, __file__, "--one", *map(str, sizes), *(["--aloud"] if aloud else [])]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    began, limited = time.monotonic(), tuple(sizes) == LARGE
    while process.poll() is None and limited:
        time.sleep(0.5)
        resident = Path(f"/proc/{process.pid}/statm")
        pages = int(resident.read_text().split()[1]) if resident.exists() else 0
        gib = pages * os.sysconf("SC_PAGE_SIZE") / 2**30
        if gib > MOST_GIB or time.monotonic() - began > LONGEST:
            process.kill()
            raise SystemExit(f"stopped after {time.monotonic() - began:.0f} s at {gib:.1f} GiB: over a limit")
    output, _ = process.communicate()
    if process.returncode != 0:
        raise SystemExit(f"{sizes} failed")
    result: dict[str, Any] = json.loads(output)
    return result


def exponent(sizes: npt.ArrayLike, values: Sequence[float]) -> float:
    """The slope of a line through the logarithms, by least squares."""
    return float(np.polyfit(np.log(sizes), np.log(np.maximum(values, 1e-3)), 1)[0])


def by_step(result: dict[str, Any]) -> Counter[str]:
    """Seconds by step, both fits of a model together, the longest first."""
    total: Counter[str] = Counter()
    for step in result["steps"]:
        total[step["step"].removeprefix("fitting ")] += step["seconds"]
    return Counter(dict(total.most_common()))


def table(results: Sequence[dict[str, Any]]) -> Table:
    """One row a size: time, memory, recall, and the share of the time by step."""
    shown = Table(
        "users", "items", "interactions", "seconds", "GiB", "recall@20, popular", "share of time by step"
    )
    for result in results:
        shares = [f"{name} {s / result['seconds']:.0%}" for name, s in by_step(result).items()]
        row = [*(f"{n:,}" for n in result["sizes"]), f"{result['seconds']:.1f}", f"{result['gib']:.2f}"]
        shown.add_row(*row, f"{result['recall']:.3f}, {result['popular']:.3f}", ", ".join(shares))
    return shown


def growth(axis: int, results: Sequence[dict[str, Any]]) -> str:
    """The exponents of time, of memory, and of the time of each step that takes a tenth of it somewhere."""
    n = [result["sizes"][axis] for result in results]
    steps = [by_step(result) for result in results]
    large = [k for k in steps[-1] if max(s[k] / s.total() for s in steps) >= 0.1]
    inner = ", ".join(f"{k} {exponent(n, [s[k] for s in steps]):.2f}" for k in large)
    times, sizes = ([r[key] for r in results] for key in ("seconds", "gib"))
    return f"{AXES[axis]:13} time {exponent(n, times):.2f}  memory {exponent(n, sizes):.2f}  by step: {inner}"


def plot(axes: Sequence[Sequence[dict[str, Any]]], file: Path) -> None:
    """Time and memory by size, in multiples of the base; blue, ochre and grey read on light and on dark."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "recsys", "font.size": 11})
    from matplotlib import pyplot as plt

    grey = "#7d8590"
    figure, panels = plt.subplots(1, 2, figsize=(9, 3.8), layout="constrained")
    for panel, key, title in zip(panels, ("seconds", "gib"), ("seconds", "GiB at most"), strict=True):
        for axis, (results, colour, mark) in enumerate(
            zip(axes, ("#2f81f7", "#bf8700", grey), "os^", strict=True)
        ):
            n = np.array([result["sizes"][axis] for result in results])
            values = [result[key] for result in results]
            label = f"{AXES[axis]}: exponent {exponent(n, values):.2f}"
            panel.loglog(n / n[0], values, color=colour, marker=mark, label=label)
        panel.set_xticks([1, 2, 4], ["base", "×2", "×4"])
        panel.minorticks_off()
        low, high = panel.get_ylim()
        ticks = [t for t in (m * 10.0**e for e in range(-2, 4) for m in (1, 2, 5)) if low <= t <= high]
        panel.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
        panel.set_title(title, color=grey)
        panel.tick_params(colors=grey)
        panel.patch.set_alpha(0)
        for spine in panel.spines.values():
            spine.set_color(grey)
        panel.legend(frameon=False, labelcolor=grey)
    figure.patch.set_alpha(0)
    figure.savefig(file, metadata={"Date": None})


def main() -> None:
    """Measure, print and plot."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--base", type=int, nargs=3, default=(4_000, 8_000, 100_000), metavar=("U", "I", "N"))
    parser.add_argument("--large", action="store_true", help="one fit of 100,000 x 200,000 x 5,000,000")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the growth as SVG")
    parser.add_argument("--one", type=int, nargs=3, metavar=("U", "I", "N"), help="one fit, here, as JSON")
    parser.add_argument("--aloud", action="store_true", help="a line to stderr after each step")
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(one(arguments.one, arguments.aloud)))
        return
    console = Console(width=None if sys.stdout.isatty() else 150)
    if arguments.large:
        console.print(table([measured(LARGE, aloud=True)]))
        return
    base = tuple(arguments.base)
    first = measured(base, arguments.aloud)
    axes = []
    for axis in range(3):
        larger = [tuple(n * (factor if i == axis else 1) for i, n in enumerate(base)) for factor in (2, 4)]
        axes.append([first, *(measured(sizes, arguments.aloud) for sizes in larger)])
    console.print(table([first, *(result for results in axes for result in results[1:])]))
    for axis, results in enumerate(axes):
        console.print(growth(axis, results), highlight=False)
    if arguments.plot:
        plot(axes, arguments.plot)


if __name__ == "__main__":
    main()
