"""The datasets of the evaluation, one loader a file, straight to matrices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from training.evaluation.data.citeulike import load_citeulike
from training.evaluation.data.dataset import Dataset, Groups
from training.evaluation.data.movielens import load_movielens
from training.evaluation.data.own import load_own

__all__ = ["LOADERS", "Dataset", "Groups"]

LOADERS: Mapping[str, Callable[[Path], Dataset]] = {
    "citeulike-a": load_citeulike,
    "citeulike-t": load_citeulike,
    "movielens-100k": load_movielens,
    "own": load_own,
}
