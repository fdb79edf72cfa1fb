"""The table in the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from recsys.metrics import Figure
from training.evaluation.spec import Role
from training.evaluation.summary import CaseResult, ModelResult, Summary

BEYOND = ("macro_recall", "head_recall", "tail_recall", "coverage", "novelty", "diversity")
_NARROWEST = 132  # columns where the output is no terminal


def print_tables(summary: Summary, console: Console | None = None) -> None:
    """Two tables for each case, then what could not be done."""
    out = console or Console()
    if not out.is_terminal and console is None:
        out = Console(width=_NARROWEST)
    k = summary.plan.ks[0]
    for case in summary.cases:
        name = " ".join(filter(None, [summary.plan.dataset.name, summary.plan.protocol, case.label]))
        out.print(
            _accuracy(case, summary.plan.ks, f"{name}: {case.users:,} users, {case.requests:,} requests")
        )
        if case.best_single:
            out.print(
                f"mean ± half of the 95% interval; p: paired over users against {case.best_single}, the best "
                f"single baseline by recall@{k}; Holm-corrected over the run",
                highlight=False,
            )
        out.print(_beyond(case, k))
    for name, reason in summary.refused.items():
        out.print(f"{name}: n/a: {reason}", highlight=False)


def decimals(figure: Figure | None, digits: int = 3) -> str:
    """A mean, or a dash where there is none."""
    return "–" if figure is None or figure.mean != figure.mean else f"{figure.mean:.{digits}f}"


def p_value(row: ModelResult, metric: str) -> str:
    """The adjusted p-value of a test, as it is printed."""
    test = row.tests.get(metric)
    return "" if test is None else p_text(test.p_adjusted)


def p_text(p: float) -> str:
    """A p-value as it is printed; nothing where nothing could be compared."""
    if p != p:
        return ""
    return "<.001" if p < 0.001 else f"{p:.3f}".removeprefix("0")


def _accuracy(case: CaseResult, ks: Sequence[int], title: str) -> Table:
    table = _with_models(title)
    tested = [f"{metric}@{k}" for k in ks for metric in ("recall", "ndcg")]
    for metric in tested:
        table.add_column(metric, justify="right", no_wrap=True)
        table.add_column("p", justify="right", no_wrap=True)
    for row in case.models:
        cells: list[str] = []
        for metric in tested:
            figure = row.figures[metric]
            reach = f"{(figure.high - figure.low) / 2:.3f}".removeprefix("0")
            cells += [f"{decimals(figure)} ±{reach}", p_value(row, metric)]
        table.add_row(row.name, *cells, style=_style(row))
    return table


def _beyond(case: CaseResult, k: int) -> Table:
    table = _with_models(None)
    for metric in BEYOND:
        table.add_column(f"{metric.replace('_', ' ')}@{k}", justify="right")
    for row in case.models:
        cells = [decimals(row.figures[f"{metric}@{k}"]) for metric in BEYOND]
        table.add_row(row.name, *cells, style=_style(row))
    return table


def _with_models(title: str | None) -> Table:
    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left")
    table.add_column("model", no_wrap=True)
    return table


def _style(row: ModelResult) -> str | None:
    return "bold" if row.role is Role.CANDIDATE else None
