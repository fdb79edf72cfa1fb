"""A model of a run, not yet fitted: what it is called, what is tried, what it needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from training.evaluation.peers.peer import Peer
from training.evaluation.recommender import Recommender

Settings = Mapping[str, Any]
Build = Callable[[Settings, Mapping[str, Peer], int], Recommender]  # of settings, fitted members and the seed


class Role(StrEnum):
    """What a model is there for."""

    SINGLE = "single"  # a baseline that rests on one kind of model
    SUM = "sum"  # a baseline that is a weighted sum of others
    CANDIDATE = "candidate"  # what is judged


@dataclass(frozen=True)
class Spec:
    """One row of the table to come.

    Attributes:
        name: as given by `--models`.
        role: baseline or candidate.
        build: makes the unfitted model.
        grid: the settings tried, the most usual first; one of them is not tuned at all.
        members: names of the baselines that a sum is made of.
        large_budget: the most settings tried on large catalogues, where a fit takes minutes.
        needs_content: whether it is nothing without content.
        cold_items: whether it can say anything of items without interactions.
        raw_content: whether it takes content as the dataset has it, not prepared as `recsys.content.Content`.
        most_items: of how many it can be fitted, or None.
    """

    name: str
    role: Role
    build: Build
    grid: tuple[Settings, ...] = ({},)
    members: tuple[str, ...] = ()
    large_budget: int | None = None
    needs_content: bool = False
    cold_items: bool = False
    raw_content: bool = False
    most_items: int | None = None
