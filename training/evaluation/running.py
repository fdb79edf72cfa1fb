"""The run itself: every model is tuned, fitted, asked and measured, one after another."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from recsys.content import Content, as_content
from training.evaluation.data import Dataset
from training.evaluation.measures import Asked, Measured, asked_of, measure
from training.evaluation.memory import peak_mib, reset_peak
from training.evaluation.peers.peer import Peer
from training.evaluation.protocols import Case, Protocol, Trial, make_trial, training_times
from training.evaluation.recommender import CannotDo, Recommender, lists_of
from training.evaluation.spec import Spec
from training.evaluation.tuning import Tuned, tries, tune

Progress = Callable[[str, float], None]  # what is being done, and the share done so far


@dataclass(frozen=True)
class Plan:
    """Everything that decides what a run gives."""

    dataset: Dataset
    protocol: Protocol
    seeds: tuple[int, ...]
    specs: tuple[Spec, ...]  # members of sums before the sums
    ks: tuple[int, ...]
    budget: int
    shots: tuple[int, ...]


@dataclass
class Cost:
    """What a model took under one seed, and the settings it was given."""

    model: str
    seed: int
    tuned: Tuned
    tuning_seconds: float = 0.0
    fit_seconds: float = 0.0
    rank_seconds: float = 0.0
    peak_mib: float = 0.0


@dataclass
class Run:
    """What a run gives: measurements, costs, and why some models have none."""

    plan: Plan
    measured: list[Measured] = field(default_factory=list)
    costs: list[Cost] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)


def run(plan: Plan, progress: Progress) -> Run:
    """Evaluate the plan's models.

    Raises:
        recsys.errors.UserError: the dataset can't be split by the protocol.
    """
    result = Run(plan, refused=_impossible(plan))
    content = as_content(plan.dataset.content, plan.dataset.interactions.shape[1])
    trials = [make_trial(plan.dataset, plan.protocol, seed, plan.shots) for seed in plan.seeds]
    steps = _Steps(plan, trials, result, progress)
    for trial in trials:
        _Evaluation(result, trial, content, steps).run()
    result.measured = [m for m in result.measured if m.model not in result.refused]
    result.costs = [cost for cost in result.costs if cost.model not in result.refused]
    return result


class _Evaluation:
    """One trial: the settings chosen so far, and the fitted baselines that sums still need."""

    def __init__(self, result: Run, trial: Trial, content: Content | None, steps: _Steps) -> None:
        self.result, self.plan, self.trial = result, result.plan, trial
        self.content, self.steps = content, steps
        self.costs: dict[str, Cost] = {}
        self.on_validation: dict[str, Peer] = {}
        self.wanted = {m for s in self.plan.specs if s.name not in result.refused for m in s.members}

    def run(self) -> None:
        for spec in self._possible():
            self._tune(spec)
        self.on_validation.clear()
        for cases in self.trial.fits:
            asked = [asked_of(case.split, self.trial.seed, case.label) for case in cases]
            fitted: dict[str, Peer] = {}
            for spec in self._possible():
                try:
                    model = self._measure(spec, cases, asked, fitted)
                except CannotDo as error:
                    self.result.refused[spec.name] = str(error)
                    continue
                if isinstance(model, Peer) and spec.name in self.wanted:
                    fitted[spec.name] = model
                del model
                gc.collect()
        self.result.costs += self.costs.values()

    def _possible(self) -> list[Spec]:
        return [spec for spec in self.plan.specs if spec.name not in self.result.refused]

    def _tune(self, spec: Spec) -> None:
        began = time.monotonic()
        self.steps.say(f"{spec.name}: tuning")
        keep = spec.name in self.wanted
        tuned = tune(
            spec,
            self.trial.validation,
            self._content(spec),
            self.on_validation,
            self.plan.budget,
            self.plan.ks[0],
            self.trial.seed,
            keep,
            self.steps.advance,
        )
        if isinstance(tuned.model, Peer):
            self.on_validation[spec.name] = tuned.model
        seconds = time.monotonic() - began
        self.costs[spec.name] = Cost(
            spec.name, self.trial.seed, Tuned(tuned.settings, tuned.tried), tuning_seconds=seconds
        )

    def _measure(
        self, spec: Spec, cases: Sequence[Case], asked: Sequence[Asked], fitted: dict[str, Peer]
    ) -> Recommender:
        cost = self.costs[spec.name]
        self.steps.say(f"{spec.name}: fitting")
        reset_peak()
        began = time.monotonic()
        model = spec.build(cost.tuned.settings, fitted, self.trial.seed)
        train = cases[0].split.train
        times = training_times(self.plan.dataset, self.plan.protocol, train)
        model.fit(train, self._content(spec), times)
        cost.fit_seconds += time.monotonic() - began
        self.steps.advance()
        self.steps.say(f"{spec.name}: ranking")
        for case, about in zip(cases, asked, strict=True):
            began = time.monotonic()
            lists = lists_of(model, case.split, max(self.plan.ks))
            cost.rank_seconds += time.monotonic() - began
            vectors = None if self.content is None else self.content.embeddings
            self.result.measured.append(measure(spec.name, lists, case.split, about, self.plan.ks, vectors))
        cost.peak_mib = max(cost.peak_mib, peak_mib())
        self.steps.advance()
        return model

    def _content(self, spec: Spec) -> Any:
        return self.plan.dataset.content if spec.raw_content else self.content


class _Steps:
    """Counts what is done: a step for each setting tried, each fit and each ranking."""

    def __init__(self, plan: Plan, trials: Sequence[Trial], result: Run, progress: Progress) -> None:
        n_items = plan.dataset.interactions.shape[1]
        possible = [spec for spec in plan.specs if spec.name not in result.refused]
        tuning = sum(len(tries(spec, n_items, plan.budget)) for spec in possible)
        self.total = sum(tuning + 2 * len(possible) * len(trial.fits) for trial in trials)
        self.done, self.what, self.progress = 0, "", progress

    def say(self, what: str) -> None:
        self.what = what
        self.progress(what, self.done / self.total)

    def advance(self) -> None:
        self.done += 1
        self.progress(self.what, min(1.0, self.done / self.total))


def _impossible(plan: Plan) -> dict[str, str]:
    """Models that the protocol or the data leaves without anything to say, and why."""
    reasons: dict[str, str] = {}
    n_items = plan.dataset.interactions.shape[1]
    for spec in plan.specs:
        missing = [member for member in spec.members if member in reasons]
        if plan.protocol is Protocol.COLD_ITEM and not spec.cold_items:
            reasons[spec.name] = "it knows nothing of items without interactions"
        elif spec.needs_content and plan.dataset.content is None:
            reasons[spec.name] = f"{plan.dataset.name} has no content"
        elif spec.most_items is not None and n_items > spec.most_items:
            reasons[spec.name] = (
                f"{n_items:,} items are more than the {spec.most_items:,} it can be fitted to"
            )
        elif missing:
            reasons[spec.name] = f"its member {missing[0]} is n/a"
    return reasons
