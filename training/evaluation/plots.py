"""Three pictures of a run, as SVG files that stand alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from training.evaluation.pooling import Pooled
from training.evaluation.slices import EDGES, bucket_names, by_popularity, recall_of_groups
from training.evaluation.spec import Role
from training.evaluation.summary import Summary

# Okabe and Ito's colours, which colour-blind readers can tell apart; in the dark the report has lighter ones.
COLOURS = ("#d55e00", "#0072b2", "#009e73", "#cc79a7", "#56b4e9", "#999999")
INK, FAINT, PAPER = "#1b1f24", "#d0d4da", "#ffffff"
_MARKERS = "os^Dvx"
_LINES = 5  # models in one picture; more can't be told apart
_FEWEST = 10  # requests behind a point
_STYLE: Any = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
}


def draw(summary: Summary, folder: Path) -> dict[str, Path]:
    """Write the pictures that the run has figures for: name -> file."""
    drawn: dict[str, Path] = {}
    with matplotlib.rc_context(_STYLE):
        for name, picture in (
            ("recall-by-history", _by_history(summary)),
            ("recall-by-popularity", _by_popularity(summary)),
            ("accuracy-diversity", _plane(summary)),
        ):
            if picture is not None:
                drawn[name] = folder / f"{name}.svg"
                with matplotlib.rc_context({"svg.hashsalt": name}):
                    picture.savefig(drawn[name], metadata={"Date": None}, bbox_inches="tight")
    return drawn


def shown_models(summary: Summary) -> list[str]:
    """The models in the line pictures: the last two candidates, the best baselines, popularity."""
    first = summary.cases[0]
    metric = f"recall@{summary.plan.ks[0]}"
    candidates = [row.name for row in first.models if row.role is Role.CANDIDATE]
    baselines = [row for row in first.models if row.role is not Role.CANDIDATE]
    best = sorted(baselines, key=lambda row: -row.figures[metric].mean)
    names = candidates[-2:] + [row.name for row in best]
    chosen = names[:_LINES]
    if "popularity" in names and "popularity" not in chosen:
        chosen[-1] = "popularity"
    return chosen


def _pooled(summary: Summary, model: str) -> Pooled | None:
    """A model's measurements in all cases together."""
    parts = [models[model].parts for models in summary.pooled.values() if model in models]
    return Pooled(model, tuple(part for of_case in parts for part in of_case)) if parts else None


def _by_history(summary: Summary) -> Figure | None:
    k = summary.plan.ks[0]
    curves: dict[str, NDArray[np.float64]] = {}
    for model in shown_models(summary):
        pooled = _pooled(summary, model)
        if pooled is not None:
            bucket = np.searchsorted(EDGES, pooled.history, side="right")
            within = bucket[:, None] == np.arange(len(EDGES) + 1)
            curves[model] = np.where(within, pooled.values("recall", k)[:, None], np.nan)
    return _curves(curves, f"Recall@{k}", "papers that the reader had liked", "requests")


def _by_popularity(summary: Summary) -> Figure | None:
    k = summary.plan.ks[0]
    curves: dict[str, NDArray[np.float64]] = {}
    for model in shown_models(summary):
        pooled = _pooled(summary, model)
        if pooled is not None:
            groups = [by_popularity(part) for part in pooled.parts]
            curves[model] = recall_of_groups(pooled, k, groups)
    return _curves(
        curves, f"Recall@{k} of such papers", "readers of the paper in the training data", "readers"
    )


def _curves(curves: Mapping[str, NDArray[np.float64]], up: str, along: str, counted: str) -> Figure | None:
    """Means by bucket of (n_requests, n_buckets), nan where a request says nothing of a bucket."""
    if not curves:
        return None
    counts = (~np.isnan(next(iter(curves.values())))).sum(axis=0)
    kept = np.flatnonzero(counts >= _FEWEST)
    if len(kept) == 0:
        return None
    figure, axes = _canvas()
    names = bucket_names(EDGES)
    for number, (model, values) in enumerate(curves.items()):
        means = np.nanmean(values[:, kept], axis=0)
        axes.plot(
            np.arange(len(kept)),
            means,
            color=COLOURS[number % len(COLOURS)],
            marker=_MARKERS[number % len(_MARKERS)],
            linewidth=2.6 if number == 0 else 1.4,
            markersize=6 if number == 0 else 4.5,
            label=model,
            zorder=10 - number,
        )
    labels = [f"{names[bucket].replace(' or more', '+')}\n{counts[bucket]:,}" for bucket in kept]
    axes.set_xticks(np.arange(len(kept)), labels)
    axes.set_xlabel(f"{along} (below: {counted})")
    axes.set_ylabel(up)
    axes.set_ylim(bottom=0)
    axes.grid(axis="x", visible=False)
    axes.legend(frameon=False, loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=3, labelcolor=INK)
    return figure


def _plane(summary: Summary) -> Figure | None:
    k = summary.plan.ks[0]
    rows = summary.cases[0].models
    points = [
        (row.name, row.role, row.figures[f"recall@{k}"].mean, row.figures[f"diversity@{k}"].mean)
        for row in rows
        if np.isfinite(row.figures[f"diversity@{k}"].mean)
    ]
    if not points:
        return None
    figure, axes = _canvas()
    for _, role, recall, diversity in points:
        ours = role is Role.CANDIDATE
        axes.scatter(recall, diversity, s=70 if ours else 36, color=COLOURS[0 if ours else 1], zorder=3)
    axes.set_xlabel(f"Recall@{k} (more is found)")
    axes.set_ylabel(f"diversity of {k} (less alike)")
    axes.margins(x=0.08, y=0.08)
    _label_beside(axes, points)
    return figure


def _label_beside(axes: Any, points: list[tuple[str, Role, float, float]]) -> None:
    """The names one below the other right of the picture, each with a line to its point: none overlap."""
    ordered = sorted(points, key=lambda point: (-point[3], -point[2]))
    step = 1 / len(ordered)
    for place, (name, role, recall, diversity) in enumerate(ordered):
        axes.annotate(
            name,
            (recall, diversity),
            xytext=(1.06, 1 - (place + 0.5) * step),
            textcoords="axes fraction",
            verticalalignment="center",
            fontweight="bold" if role is Role.CANDIDATE else "normal",
            arrowprops={
                "arrowstyle": "-",
                "color": FAINT,
                "linewidth": 0.9,
                "shrinkA": 1,
                "relpos": (0, 0.5),
            },
        )


def _canvas() -> tuple[Figure, Any]:
    figure = Figure(figsize=(5.4, 3.4), facecolor=PAPER)
    axes = figure.add_subplot()
    axes.set_facecolor(PAPER)
    return figure, axes
