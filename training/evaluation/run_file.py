"""Lists that were made elsewhere: CSV of user, item and score, by the dataset's own ids."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.errors import UserError
from recsys.models.base import candidate_rows
from recsys.models.topk import top_k
from recsys.splits import Times
from training.evaluation.data import Dataset
from training.evaluation.peers.peer import Peer
from training.evaluation.recommender import CannotDo, Lists, Recommender
from training.evaluation.spec import Role, Settings, Spec

_HEADER = ("user", "item", "score")


def run_file(path: Path, dataset: Dataset) -> Spec:
    """The lists of a file as a model of the run, named by the file.

    Raises:
        UserError: it can't be read, a line is malformed, or an id is none of the dataset's.
    """
    scores = _read(path, dataset)

    def build(_settings: Settings, _members: Mapping[str, Peer], _seed: int) -> Recommender:
        return RunLists(scores)

    return Spec(path.name, Role.CANDIDATE, build, cold_items=True)


class RunLists:
    """Lists as float64 CSR (n_users, n_items) of scores: what is stored may be ranked."""

    def __init__(self, scores: sparse.csr_matrix) -> None:
        self.scores = scores

    def fit(self, interactions: sparse.csr_matrix, content: Any = None, times: Times | None = None) -> Self:
        """Nothing: whoever made the file did."""
        return self

    def recommend(
        self,
        user_rows: NDArray[Any],
        k: int,
        exclude: sparse.csr_matrix | None = None,
        candidates: NDArray[Any] | None = None,
    ) -> Lists:
        """The best of the file; those that are excluded, or no candidates, make room for the next."""
        n_items = self.scores.shape[1]
        allowed = np.zeros(n_items, dtype=bool)
        allowed[np.arange(n_items) if candidates is None else candidate_rows(candidates, n_items)] = True
        items = np.full((len(user_rows), k), -1, dtype=np.int32)
        values = np.full((len(user_rows), k), -np.inf, dtype=np.float32)
        for place, user in enumerate(user_rows):
            row = np.full((1, n_items), -np.inf, dtype=np.float32)
            start, end = self.scores.indptr[user], self.scores.indptr[user + 1]
            row[0, self.scores.indices[start:end]] = self.scores.data[start:end]
            row[0, ~allowed] = -np.inf
            if exclude is not None:
                row[0, exclude.indices[exclude.indptr[user] : exclude.indptr[user + 1]]] = -np.inf
            best, best_scores = top_k(row, k)
            items[place], values[place] = best[0], best_scores[0]
        return items, values

    def recommend_histories(
        self,
        histories: sparse.csr_matrix,
        k: int,
        exclude: sparse.csr_matrix | None = None,
        candidates: NDArray[Any] | None = None,
    ) -> Lists:
        """A file has one list a user, whatever is known of them by now."""
        raise CannotDo("a run file has no lists for users as they come; it takes warm, cold-item or temporal")


def _read(path: Path, dataset: Dataset) -> sparse.csr_matrix:
    users = {id: row for row, id in enumerate(dataset.users)}
    items = {id: row for row, id in enumerate(dataset.items)}
    rows, cols, values = list[int](), list[int](), list[float]()
    for line, cells in _lines(path):
        if len(cells) != len(_HEADER):
            raise UserError(f"--run {path}: line {line} has {len(cells)} cells; give user,item,score")
        user, item, score = (cell.strip() for cell in cells)
        if user not in users or item not in items:
            what = f"user {user}" if user not in users else f"item {item}"
            raise UserError(f"--run {path}: line {line}: {what} is not in {dataset.name}; give its own ids")
        try:
            value = float(score)
        except ValueError:
            value = float("nan")
        if not np.isfinite(value):
            raise UserError(f"--run {path}: line {line}: the score {score!r} is not a number")
        rows.append(users[user])
        cols.append(items[item])
        values.append(value)
    if not rows:
        raise UserError(f"--run {path}: has no lists; give lines of user,item,score")
    return _once_each(path, np.array(rows), np.array(cols), np.array(values), dataset.interactions.shape)


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            for line, cells in enumerate(csv.reader(file), 1):
                header = line == 1 and tuple(cell.strip().lower() for cell in cells) == _HEADER
                if cells and not header:
                    yield line, cells
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"--run {path}: can't be read ({error}); give a CSV of user,item,score") from None


def _once_each(
    path: Path, rows: NDArray[Any], cols: NDArray[Any], values: NDArray[Any], shape: tuple[int, int]
) -> sparse.csr_matrix:
    scores = sparse.csr_matrix((values, (rows, cols)), shape=shape)
    if scores.nnz < len(values):
        raise UserError(f"--run {path}: a user has an item twice; give each pair once")
    return scores
