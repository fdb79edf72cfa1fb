"""`recsys evaluate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from recsys.errors import UserError
from training.evaluation import output
from training.evaluation.data import LOADERS, Dataset
from training.evaluation.others import hybrid, imported
from training.evaluation.peers.line_up import BASELINES
from training.evaluation.plots import draw
from training.evaluation.protocols import Protocol
from training.evaluation.report import write_report
from training.evaluation.results import write_json, write_parquet
from training.evaluation.run_file import run_file
from training.evaluation.running import Plan, run
from training.evaluation.spec import Spec
from training.evaluation.summary import Summary, summarise
from training.evaluation.table import print_tables

_NAMES = f"all, or some of: hybrid, {', '.join(BASELINES)}; or package.module:name of one's own"


def evaluate(
    dataset: Annotated[str, typer.Option(help=f"One of {', '.join(LOADERS)}.")],
    data: Annotated[Path, typer.Option(help="The folder with its files.")],
    protocol: Annotated[str, typer.Option(help=f"One of {', '.join(Protocol)}.")] = "warm",
    seed: Annotated[list[str] | None, typer.Option(help="0 by default; several as 0,1,2.")] = None,
    models: Annotated[str, typer.Option(help=_NAMES)] = "all",
    k: Annotated[str, typer.Option("--k", help="Lengths of the lists; the first one decides.")] = "20,100",
    out: Annotated[
        Path | None, typer.Option(help="The folder of the results; under results/ if not given.")
    ] = None,
    run_files: Annotated[
        list[Path] | None,
        typer.Option("--run", help="CSV of user,item,score made elsewhere; several may be given."),
    ] = None,
    budget: Annotated[int, typer.Option(help="Settings tried for each baseline.")] = 6,
    shots: Annotated[str, typer.Option(help="For cold-user: papers that a new user gives.")] = "1,3,5,10",
    challenger: Annotated[
        str | None, typer.Option(help="The model judged; the last candidate if not given.")
    ] = None,
) -> None:
    """Compare models with tuned baselines on the same requests; see docs/evaluation.md."""
    _choice("--dataset", dataset, list(LOADERS))
    kind = Protocol(_choice("--protocol", protocol, list(Protocol)))
    if budget < 1:
        raise UserError(f"--budget {budget}: give 1 or more")
    seeds = _numbers("--seed", ",".join(seed or ["0"]), least=0)
    folder = out or Path("results") / f"{dataset}-{protocol}"
    output.check(folder)
    specs = _specs(models, kind)
    loaded = LOADERS[dataset](data)
    specs += _runs(run_files or [], loaded, seeds, specs)
    _check_challenger(challenger, specs)
    ks = _numbers("--k", k, least=1)
    plan = Plan(loaded, kind, seeds, tuple(specs), ks, budget, _numbers("--shots", shots, least=1))
    summary = evaluate_plan(plan, folder, challenger)
    print_tables(summary)
    typer.echo(f"report: {folder / output.REPORT}")


def evaluate_plan(plan: Plan, folder: Path, challenger: str | None = None) -> Summary:
    """Run a plan with progress on stderr, and write everything to the folder.

    Raises:
        UserError: the data can't be split by the protocol, or no model could be evaluated.
    """
    columns = (TextColumn("{task.description:<30}"), BarColumn(), TaskProgressColumn())
    times = (TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, *times, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("splitting", total=1.0)
        result = run(plan, lambda what, share: bar.update(task, description=what, completed=share))
        if not result.measured:
            reasons = "; ".join(f"{name}: {reason}" for name, reason in result.refused.items())
            raise UserError(f"--models: none could be evaluated ({reasons})")
        bar.update(task, description="figures and report", completed=1.0)
        summary = summarise(result, challenger)
        with output.draft_of(folder) as draft:
            write_json(summary, draft / output.RESULTS)
            write_parquet(summary, draft / output.PER_USER)
            write_report(summary, draw(summary, draft), draft / output.REPORT)
    return summary


def _specs(models: str, protocol: Protocol) -> list[Spec]:
    """The named models, the members of sums before them, candidates last."""
    names = [name.strip() for name in models.split(",") if name.strip()]
    if not names:
        raise UserError(f"--models is empty; give {_NAMES}")
    wanted: set[str] = set()
    candidates: dict[str, Spec] = {}
    for name in names:
        if name == "all":
            wanted |= BASELINES.keys()
        elif name in BASELINES:
            wanted |= {name, *BASELINES[name].members}
        elif ":" in name:
            candidates[name] = imported(name)
        elif name != "hybrid":
            raise UserError(f"--models {name} is unknown; give {_NAMES}")
        if name in ("all", "hybrid"):
            candidates["hybrid"] = hybrid(protocol)
    return [spec for name, spec in BASELINES.items() if name in wanted] + list(candidates.values())


def _runs(files: list[Path], dataset: Dataset, seeds: tuple[int, ...], specs: list[Spec]) -> list[Spec]:
    if files and len(seeds) > 1:
        raise UserError(
            "--run: lists are of one split; give one --seed, that of the split they were made for"
        )
    found = [run_file(path, dataset) for path in files]
    names = [spec.name for spec in (*specs, *found)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UserError(f"--run: two models are called {twice[0]}; rename the file")
    return found


def _check_challenger(challenger: str | None, specs: list[Spec]) -> None:
    names = [spec.name for spec in specs]
    if challenger is not None and challenger not in names:
        raise UserError(f"--challenger {challenger} is not evaluated; give one of {', '.join(names)}")


def _choice(option: str, given: str, known: list[str]) -> str:
    if given not in known:
        raise UserError(f"{option} {given} is unknown; give one of {', '.join(known)}")
    return given


def _numbers(option: str, text: str, least: int) -> tuple[int, ...]:
    """Whole numbers separated by commas, each once, in their order."""
    cells = [cell.strip() for cell in text.split(",")]
    if not all(cell.isdecimal() and least <= int(cell) < 2**31 for cell in cells):
        raise UserError(f"{option} {text}: give whole numbers from {least}, separated by commas")
    return tuple(dict.fromkeys(int(cell) for cell in cells))
