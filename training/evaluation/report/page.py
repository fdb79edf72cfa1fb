"""What the report's template is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from recsys.metrics import Figure
from training.evaluation.report.inline_svg import inlined
from training.evaluation.results import as_json
from training.evaluation.slices import worst
from training.evaluation.spec import Role
from training.evaluation.summary import CaseResult, ModelResult, Summary
from training.evaluation.table import decimals, p_text, p_value

_CAPTIONS = {
    "recall-by-history": "Who is served well: recall by how much was known of the reader.",
    "recall-by-popularity": "What is found: recall of papers by their readers in training.",
    "accuracy-diversity": "What it costs: recall against how unlike the papers of a list are.",
}
_BEYOND = (
    ("macro_recall", "macro recall", "recall of each paper, averaged over papers"),
    ("micro_recall", "micro recall", "share of all test interactions that was found"),
    ("head_recall", "head", "recall of the fifth of the papers with the most readers"),
    ("tail_recall", "tail", "recall of all other papers"),
    ("mrr", "MRR", "1 / rank of the first hit"),
    ("map", "MAP", "mean average precision"),
    ("coverage", "coverage", "share of the candidates shown to anybody"),
    ("novelty", "novelty", "self-information of what is shown, in bits"),
    ("diversity", "diversity", "1 - mean cosine of the pairs in a list"),
)


@dataclass(frozen=True)
class Headline:
    """The first sentence of a case: the challenger next to the best single baseline."""

    case: CaseResult
    ours: Figure
    theirs: Figure
    ratio: float
    low: float
    high: float
    p: str
    verdict: str


def write_report(summary: Summary, pictures: Mapping[str, Path], path: Path) -> None:
    """Write the page, pictures inlined."""
    figures = [(inlined(file.read_text(), name), _CAPTIONS[name]) for name, file in pictures.items()]
    page = _PAGE.render(
        summary=summary,
        facts=as_json(summary),
        headlines=[line for case in summary.cases if (line := _headline(case, summary)) is not None],
        worst={case.label: worst(list(case.slices)) for case in summary.cases},
        pictures=figures,
        beyond=_BEYOND,
        tested=[f"{metric}@{k}" for k in summary.plan.ks for metric in ("recall", "ndcg")],
        k=summary.plan.ks[0],
        p_value=p_value,
        candidate=Role.CANDIDATE,
        longest=_longest(summary),
    )
    path.write_text(page, encoding="utf-8")


def _page() -> Template:
    environment = Environment(
        loader=PackageLoader("training.evaluation", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"decimals": decimals, "width": _interval, "settings": _settings, "p": p_text}
    return environment.get_template("page.html.j2")


def _headline(case: CaseResult, summary: Summary) -> Headline | None:
    metric = f"recall@{summary.plan.ks[0]}"
    if summary.challenger is None or case.best_single is None or summary.challenger == case.best_single:
        return None
    rows = {row.name: row for row in case.models}
    if summary.challenger not in rows:
        return None
    ours, theirs = rows[summary.challenger], rows[case.best_single]
    test = ours.tests[metric]
    mean, base = ours.figures[metric].mean, theirs.figures[metric].mean
    clear = test.p_adjusted < 0.05
    verdict = "no clear difference" if not clear else "better" if test.comparison.difference > 0 else "worse"
    return Headline(
        case,
        ours.figures[metric],
        theirs.figures[metric],
        mean / base if base else float("nan"),
        test.comparison.low,
        test.comparison.high,
        p_value(ours, metric),
        verdict,
    )


def _longest(summary: Summary) -> dict[str, float]:
    """The highest recall at the first k of each case, for the bars of the table."""
    metric = f"recall@{summary.plan.ks[0]}"

    def best(rows: tuple[ModelResult, ...]) -> float:
        return max((row.figures[metric].mean for row in rows), default=0.0) or 1.0

    return {case.label: best(case.models) for case in summary.cases}


def _interval(figure: Figure) -> str:
    """Low and high of an interval."""
    return f"{figure.low:.3f}–{figure.high:.3f}"


def _settings(settings: Mapping[str, Any]) -> str:
    """Settings in words."""
    return ", ".join(f"{name} {value:g}" for name, value in settings.items()) or "–"


_PAGE = _page()  # now, so that a fault in it doesn't cost a run of hours
