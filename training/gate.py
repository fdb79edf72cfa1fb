"""The gate: a model that does worse than the one in service, past noise, does not go live by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any

import numpy as np

from recsys.metrics import bootstrap
from recsys.stacking import Report

METRIC = "ndcg@20"
_FEWEST_USERS = 20
_Z = 1.96


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether to go live, and why in one sentence."""

    live: bool
    why: str


def summarise(report: Report) -> dict[str, Any]:
    """The held-out figures as the manifest keeps them: model -> metric -> mean, low, high, users, error."""
    return {
        model: {
            metric: {**asdict(bootstrap(values)), "error": _standard_error(values)}
            for metric, values in figures.items()
        }
        for model, figures in report.figures.items()
    }


def judge(report: Report, parent: Mapping[str, Any] | None) -> Verdict:
    """Compare the candidate with popularity (same users, paired) and with what the parent reached.

    The parent's figure is the one of its own night, on held-out interactions of that night: the two are
    independent samples, so their difference must exceed 1.96 standard errors of both to count.
    """
    if "hybrid" not in report.figures or len(report.figures["hybrid"][METRIC]) < _FEWEST_USERS:
        return Verdict(True, f"too few readers to judge by (fewer than {_FEWEST_USERS})")
    values = report.figures["hybrid"][METRIC]
    mean, error = float(np.mean(values)), _standard_error(values)
    against = report.figures.get("popularity")
    if against is not None:
        behind = against[METRIC] - values
        if float(np.mean(behind)) > _Z * _standard_error(behind):
            return Verdict(False, f"{METRIC} {mean:.3f} is worse than popularity alone")
    before = ((parent or {}).get("metrics") or {}).get("hybrid", {}).get(METRIC)
    if not before or before["users"] < _FEWEST_USERS:
        return Verdict(True, f"{METRIC} {mean:.3f}; nothing in service to compare with")
    noise = _Z * sqrt(error**2 + before["error"] ** 2)
    compared = f"{METRIC} {mean:.3f} against {before['mean']:.3f} in service (noise ±{noise:.3f})"
    return Verdict(mean >= before["mean"] - noise, compared)


def _standard_error(values: Any) -> float:
    return float(np.std(values, ddof=1) / sqrt(len(values))) if len(values) > 1 else 0.0
