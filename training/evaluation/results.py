"""The files of a run: results.json and per_user.parquet."""

from __future__ import annotations

import json
import math
import platform
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from training.evaluation.measures import BY_REQUEST
from training.evaluation.pooling import Pooled
from training.evaluation.summary import CaseResult, Summary

SCHEMA = 1  # of results.json; it changes when a key does
_PACKAGES = ("recsys", "numpy", "scipy", "scikit-learn", "implicit", "lightfm-next", "torch")


def as_json(summary: Summary) -> dict[str, Any]:
    """Everything but the values by user, as JSON can hold it (a figure that means nothing is null)."""
    plan = summary.plan
    liked = int((plan.dataset.interactions.data > 0).sum())
    result: dict[str, Any] = _finite(
        {
            "schema": SCHEMA,
            "dataset": {
                "name": plan.dataset.name,
                "users": plan.dataset.interactions.shape[0],
                "items": plan.dataset.interactions.shape[1],
                "interactions": liked,
                "notes": list(plan.dataset.notes),
            },
            "protocol": str(plan.protocol),
            "seeds": list(plan.seeds),
            "k": list(plan.ks),
            "budget": plan.budget,
            "challenger": summary.challenger,
            "cases": [_case(case) for case in summary.cases],
            "refused": dict(summary.refused),
            "costs": [_cost(cost) for cost in summary.costs],
            "versions": {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}},
            "machine": f"{platform.system()} {platform.machine()}",
        }
    )
    return result


def write_json(summary: Summary, path: Path) -> None:
    """Write `as_json`."""
    path.write_text(json.dumps(as_json(summary), indent=1, allow_nan=False) + "\n", encoding="utf-8")


def write_parquet(summary: Summary, path: Path) -> None:
    """A row for each model and request: who asked, what they had, and every metric at every k."""
    tables = [
        _table(label, pooled, summary)
        for label, models in summary.pooled.items()
        for pooled in models.values()
    ]
    pq.write_table(pa.concat_tables(tables), path, compression="zstd")


def _case(case: CaseResult) -> dict[str, Any]:
    return {
        "label": case.label,
        "requests": case.requests,
        "users": case.users,
        "best_single": case.best_single,
        "best_baseline": case.best_baseline,
        "models": [
            {
                "name": row.name,
                "role": str(row.role),
                "figures": {name: asdict(figure) for name, figure in row.figures.items()},
                "tests": {
                    name: {
                        "against": test.against,
                        **asdict(test.comparison),
                        "p_adjusted": test.p_adjusted,
                    }
                    for name, test in row.tests.items()
                },
            }
            for row in case.models
        ],
        "slices": [asdict(one) for one in case.slices],
    }


def _cost(cost: Any) -> dict[str, Any]:
    return {
        "model": cost.model,
        "seed": cost.seed,
        "settings": dict(cost.tuned.settings),
        "tried": [{"settings": dict(settings), "recall": value} for settings, value in cost.tuned.tried],
        "tuning_seconds": round(cost.tuning_seconds, 3),
        "fit_seconds": round(cost.fit_seconds, 3),
        "rank_seconds": round(cost.rank_seconds, 3),
        "peak_mib": round(cost.peak_mib, 1),
    }


def _table(label: str, pooled: Pooled, summary: Summary) -> pa.Table:
    ids = np.array(summary.plan.dataset.users)
    columns: dict[str, Any] = {
        "case": pa.array([label] * len(pooled.users)).dictionary_encode(),
        "seed": np.concatenate([np.full(len(p.asked.users), p.asked.seed) for p in pooled.parts]),
        "model": pa.array([pooled.model] * len(pooled.users)).dictionary_encode(),
        "user": ids[pooled.users],
        "history": pooled.history,
        "relevant": np.concatenate([np.diff(p.asked.test.indptr) for p in pooled.parts]).astype(np.int64),
    }
    for k in summary.plan.ks:
        for metric in BY_REQUEST:
            columns[f"{metric}@{k}"] = pooled.values(metric, k).astype(np.float32)
    return pa.table(columns).unify_dictionaries()


def _finite(value: Any) -> Any:
    """The value with None for every float that JSON has no word for."""
    if isinstance(value, dict):
        return {key: _finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
