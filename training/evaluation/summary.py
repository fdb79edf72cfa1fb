"""From the measurements of a run to what is reported: figures, tests, slices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from recsys.comparison import Comparison, compare, holm
from recsys.metrics import Figure
from training.evaluation.pooling import Pooled, figures, pool
from training.evaluation.running import Cost, Plan, Run
from training.evaluation.slices import Slice, slices
from training.evaluation.spec import Role

TESTED = ("recall", "ndcg")


@dataclass(frozen=True)
class Tested:
    """A model's difference from the best single baseline; `p_adjusted` is by Holm over all of the run."""

    against: str
    comparison: Comparison
    p_adjusted: float


@dataclass(frozen=True)
class ModelResult:
    """A row of a case's table: figures and tests by `metric@k`."""

    name: str
    role: Role
    figures: Mapping[str, Figure]
    tests: Mapping[str, Tested] = field(default_factory=dict)


@dataclass(frozen=True)
class CaseResult:
    """One table: the models on the same requests."""

    label: str
    requests: int
    users: int
    models: tuple[ModelResult, ...]
    best_single: str | None  # of the single baselines, by recall at the first k
    best_baseline: str | None  # of all baselines
    slices: tuple[Slice, ...]  # of the challenger against the best baseline, the worst first

    def model(self, name: str) -> ModelResult:
        """The row of a model.

        Raises:
            KeyError: it has none in this case.
        """
        for row in self.models:
            if row.name == name:
                return row
        raise KeyError(name)


@dataclass(frozen=True)
class Summary:
    """All that the table, the files and the report show."""

    plan: Plan
    cases: tuple[CaseResult, ...]
    challenger: str | None
    refused: Mapping[str, str]
    costs: tuple[Cost, ...]
    pooled: Mapping[str, Mapping[str, Pooled]] = field(repr=False)


def summarise(run: Run, challenger: str | None = None) -> Summary:
    """Figures, tests and slices; the challenger, if not given, is the last candidate that has figures."""
    plan = run.plan
    pooled = pool(run.measured, [spec.name for spec in plan.specs])
    roles = {spec.name: spec.role for spec in plan.specs}
    candidates = [s.name for s in plan.specs if s.role is Role.CANDIDATE and s.name not in run.refused]
    judged = challenger or (candidates[-1] if candidates else None)
    tests = _tests(pooled, roles, plan)
    cases = [_case(label, models, roles, plan, judged, tests) for label, models in pooled.items()]
    return Summary(plan, tuple(cases), judged, run.refused, tuple(run.costs), pooled)


def _case(
    label: str,
    models: Mapping[str, Pooled],
    roles: Mapping[str, Role],
    plan: Plan,
    judged: str | None,
    tests: Mapping[tuple[str, str, str], Tested],
) -> CaseResult:
    first = next(iter(models.values()))
    best = _best(models, roles, plan.ks[0], (Role.SINGLE, Role.SUM))
    rows = tuple(
        ModelResult(
            name,
            roles[name],
            figures(of_model, plan.ks),
            {metric: test for (case, model, metric), test in tests.items() if (case, model) == (label, name)},
        )
        for name, of_model in models.items()
    )
    compared = best is not None and judged in models and judged != best
    return CaseResult(
        label=label,
        requests=len(first.users),
        users=len(set(first.users.tolist())),
        models=rows,
        best_single=_best(models, roles, plan.ks[0], (Role.SINGLE,)),
        best_baseline=best,
        slices=tuple(slices(models[judged], models[best], plan.dataset, plan.ks[0]))
        if compared and judged and best
        else (),
    )


def _best(
    models: Mapping[str, Pooled], roles: Mapping[str, Role], k: int, among: tuple[Role, ...]
) -> str | None:
    """The model with the highest mean recall; the first of equals."""
    baselines = [name for name in models if roles[name] in among]
    return max(baselines, key=lambda name: models[name].mean("recall", k), default=None)


def _tests(
    pooled: Mapping[str, Mapping[str, Pooled]], roles: Mapping[str, Role], plan: Plan
) -> dict[tuple[str, str, str], Tested]:
    """(label, model, metric@k) -> the test of every model against the best single baseline of the case."""
    found: dict[tuple[str, str, str], tuple[str, Comparison]] = {}
    for label, models in pooled.items():
        against = _best(models, roles, plan.ks[0], (Role.SINGLE,))
        for name in models if against else ():
            if against is None or name == against:
                continue
            for metric, k in ((metric, k) for metric in TESTED for k in plan.ks):
                ours, theirs = models[name].values(metric, k), models[against].values(metric, k)
                compared = compare(ours, theirs, models[name].users)
                found[label, name, f"{metric}@{k}"] = against, compared
    adjusted = holm([compared.p for _, compared in found.values()])
    return {key: Tested(*pair, p) for (key, pair), p in zip(found.items(), adjusted, strict=True)}
