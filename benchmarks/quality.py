"""How good the recommendations are: hybrid next to tuned baselines of the same run, on five public tasks.

.venv/bin/python benchmarks/quality.py [--only warm-t,temporal-ml] [--seeds 0,1,2] [--budget 3]

Each task is a run of `recsys evaluate` (its report is kept under --out). All of them with three seeds take
hours on 2 cores, most of it for tuning the baselines; --only and --seeds 0 give a first look.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import without_namesakes  # noqa: F401
from rich import box
from rich.console import Console
from rich.table import Table

from recsys.errors import UserError
from training.evaluation import output
from training.evaluation.command import evaluate_plan
from training.evaluation.data import LOADERS
from training.evaluation.others import hybrid
from training.evaluation.peers.line_up import BASELINES
from training.evaluation.protocols import Protocol
from training.evaluation.running import Plan
from training.evaluation.summary import CaseResult, Summary
from training.evaluation.table import decimals, p_value

K = 20
SHOTS = (1, 3, 5, 10)
_FIRST = ("recall", "ndcg")
_BEYOND = ("macro_recall", "head_recall", "tail_recall")


@dataclass(frozen=True)
class Task:
    """A dataset, a protocol, and what is aimed at: Recall@20, or its ratio to the best single baseline's."""

    dataset: str
    protocol: Protocol
    recall: float | None = None
    ratio: float | None = None


TASKS = {
    "warm-t": Task("citeulike-t", Protocol.WARM, recall=0.295),
    "warm-a": Task("citeulike-a", Protocol.WARM, recall=0.350),
    "cold-item-t": Task("citeulike-t", Protocol.COLD_ITEM, recall=0.355),
    "cold-user-t": Task("citeulike-t", Protocol.COLD_USER, ratio=1.25),
    "temporal-ml": Task("movielens-100k", Protocol.TEMPORAL, ratio=1.05),
}


def main() -> None:
    """Run the tasks one after another, and print what each reached as soon as it is known."""
    arguments = _arguments()
    console = Console(width=None if Console().is_terminal else 150)
    for name in arguments.only:
        task = TASKS[name]
        try:
            summary = run_task(
                task,
                arguments.data,
                arguments.seeds,
                arguments.budget,
                arguments.models,
                arguments.out / name,
            )
        except UserError as error:
            raise SystemExit(f"{name}: {error}") from None
        console.print(f"\n[bold]{name}[/bold]: {task.dataset}, {task.protocol}, seeds {arguments.seeds}")
        console.print(accuracy(task, summary))
        console.print(beyond(summary))
        console.print(f"report: {arguments.out / name / output.REPORT}", highlight=False)


def run_task(
    task: Task, data: Path, seeds: Sequence[int], budget: int, models: Sequence[str], out: Path
) -> Summary:
    """One run of the evaluation; results go to `out`."""
    output.check(out)
    dataset = LOADERS[task.dataset](data / task.dataset)
    wanted = {member for name in models for member in (name, *BASELINES[name].members)}
    specs = tuple(spec for name, spec in BASELINES.items() if name in wanted)
    plan = Plan(
        dataset, task.protocol, tuple(seeds), (*specs, hybrid(task.protocol)), (K, 100), budget, SHOTS
    )
    return evaluate_plan(plan, out)


def accuracy(task: Task, summary: Summary) -> Table:
    """Recall and nDCG of the hybrid, the best single baseline and the best of all, with the aim."""
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("")
    for column in (
        "best single",
        "best of all",
        "hybrid",
        "× single",
        "× best of all",
        "p",
        "aim",
        "reached",
    ):
        table.add_column(column, justify="right")
    for case in summary.cases:
        for metric in (f"{name}@{K}" for name in _FIRST):
            table.add_row(f"{case.label} {metric}".strip(), *_accuracy_row(task, case, metric))
    return table


def beyond(summary: Summary) -> Table:
    """Macro, head and tail recall of the hybrid next to the best of all baselines."""
    table = Table(box=box.SIMPLE_HEAD)
    for column in ("", "best of all", "hybrid", "×"):
        table.add_column(column, justify="right" if column else "left")
    for case in summary.cases:
        for metric in (f"{name}@{K}" for name in _BEYOND):
            ours, theirs = (case.model(name).figures[metric] for name in ("hybrid", _best(case)))
            cells = (f"{decimals(theirs)} {_best(case)}", decimals(ours), _times(ours.mean, theirs.mean))
            table.add_row(f"{case.label} {metric.replace('_', ' ')}".strip(), *cells)
    return table


def _accuracy_row(task: Task, case: CaseResult, metric: str) -> list[str]:
    single = case.best_single or _best(case)
    ours, alone, best = (case.model(name).figures[metric] for name in ("hybrid", single, _best(case)))
    aim, reached = "", ""
    if metric == f"recall@{K}":
        goal = task.recall if task.recall is not None else (task.ratio or 1.0) * alone.mean
        aim = f"{goal:.3f}" if task.recall is not None else f"{goal:.3f} (× {task.ratio})"
        reached = "yes" if ours.mean >= goal else "no"
    return [
        f"{decimals(alone)} {single}",
        f"{decimals(best)} {_best(case)}",
        f"{decimals(ours)} ({ours.low:.3f}-{ours.high:.3f})",
        _times(ours.mean, alone.mean),
        _times(ours.mean, best.mean),
        p_value(case.model("hybrid"), metric),
        aim,
        reached,
    ]


def _best(case: CaseResult) -> str:
    if case.best_baseline is None:
        raise SystemExit("no baseline could be evaluated: give others by --models")
    return case.best_baseline


def _times(ours: float, theirs: float) -> str:
    return f"{ours / theirs:.2f}" if theirs > 0 else "–"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--data", type=Path, default=Path("../shared/data"), help="the folder of the datasets"
    )
    parser.add_argument("--seeds", type=_numbers, default=(0, 1, 2))
    parser.add_argument("--only", type=_names(TASKS), default=tuple(TASKS), help=", ".join(TASKS))
    parser.add_argument("--models", type=_names(BASELINES), default=tuple(BASELINES), help="the baselines")
    parser.add_argument("--budget", type=int, default=3, help="settings tried for each baseline")
    parser.add_argument("--out", type=Path, default=Path("results/quality"))
    return parser.parse_args()


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(cell) for cell in text.split(","))


def _names(known: Collection[str]) -> Callable[[str], tuple[str, ...]]:
    """A parser of names separated by commas, as argparse takes it."""

    def parse(text: str) -> tuple[str, ...]:
        names = tuple(text.split(","))
        unknown = [name for name in names if name not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"{unknown[0]} is unknown; give some of {', '.join(known)}")
        return names

    return parse


if __name__ == "__main__":
    main()
