"""MovieLens 100K (GroupLens) as matrices: ratings from 4 as likes, up to 2 as dislikes, all with times."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.errors import UserError
from recsys.events import Kind
from recsys.meaning import SAYS
from training.evaluation.data.dataset import Dataset, Groups, in_csr_order

_LIKED, _DISLIKED = 4, 2  # a rating of 3 says neither
_YEAR = re.compile(r"(\d{4})$")


def load_movielens(folder: Path) -> Dataset:
    """The ratings of a folder; content is titles with genres.

    Raises:
        UserError: a file is missing or malformed.
    """
    genres = [line.split("|")[0] for line in _lines(folder / "u.genre")]
    films = [line.split("|") for line in _lines(folder / "u.item")]
    if not films or any(len(film) != 5 + len(genres) for film in films):
        raise UserError(f"{folder / 'u.item'}: each line must have {5 + len(genres)} cells; fetch it anew")
    flags = np.array([[cell == "1" for cell in film[5:]] for film in films])
    ratings = _ratings(folder / "u.data")
    ids = [film[0] for film in films]
    rows = {item: row for row, item in enumerate(ids)}
    unknown = {str(item) for item in np.unique(ratings[:, 1])} - rows.keys()
    if unknown:
        raise UserError(f"{folder / 'u.data'}: film {min(unknown)} is not in u.item; fetch both anew")
    said = ratings[(ratings[:, 2] >= _LIKED) | (ratings[:, 2] <= _DISLIKED)]
    users, user_rows = np.unique(said[:, 0], return_inverse=True)
    item_rows = np.array([rows[str(item)] for item in said[:, 1]])
    values = np.where(said[:, 2] >= _LIKED, SAYS[Kind.LIKE].strength, SAYS[Kind.DISLIKE].strength)
    shape = (len(users), len(ids))
    matrix, times = in_csr_order(user_rows, item_rows, values.astype(np.float32), said[:, 3], shape)
    return Dataset(
        name="movielens-100k",
        interactions=matrix,
        users=tuple(str(user) for user in users),
        items=tuple(ids),
        content=[_text(film[1], flags[row], genres) for row, film in enumerate(films)],
        times=times,
        topics=Groups(tuple(genres), sparse.csr_matrix(flags, dtype=np.float32)),
        years=np.array([_year(film[2]) for film in films]),
        notes=("ratings from 4 are likes; of 1 and 2, dislikes: in timed protocols not ranked again",),
    )


def _ratings(path: Path) -> NDArray[np.int64]:
    """User, item, rating and time in seconds: (n, 4)."""
    cells = [line.split() for line in _lines(path)]
    try:
        ratings = np.array(cells, dtype=np.int64)
    except ValueError:
        ratings = np.zeros((0, 0), dtype=np.int64)
    if ratings.ndim != 2 or ratings.shape[1] != 4 or len(np.unique(ratings[:, :2], axis=0)) != len(ratings):
        raise UserError(f"{path}: each line must be a user, item, rating and time, each pair once")
    return ratings


def _text(title: str, flags: NDArray[np.bool_], genres: list[str]) -> str:
    return " ".join([title, *(genre for genre, flag in zip(genres, flags, strict=True) if flag)])


def _year(released: str) -> float:
    year = _YEAR.search(released)
    return float(year.group(1)) if year else float("nan")


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="latin-1")
    except OSError as error:
        raise UserError(f"--data: {path}: {error.strerror}; give the folder that holds it") from None
    return [line for line in text.split("\n") if line.strip()]
