"""citeulike-a and citeulike-t (Wang, Chen and Li 2013) as matrices: saves, counts of words, tags."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy import sparse

from recsys.errors import UserError
from recsys.splits import canonical
from training.evaluation.data.dataset import Dataset, Groups

_ITEMS_OF = ("mult.dat", "item-tag.dat", "citations.dat")  # files with one line for each item


def load_citeulike(folder: Path) -> Dataset:
    """The saves of a folder; content is the counts of words in `mult.dat`, or None where there is none.

    Raises:
        UserError: `users.dat` is missing or a file is malformed.
    """
    saves = _lists(folder / "users.dat")
    lines = [len(_cells(folder / name)) for name in _ITEMS_OF if (folder / name).exists()]
    n_items = max([saves.shape[1], *lines])
    saves.resize((saves.shape[0], n_items))
    bags = folder / "mult.dat"
    return Dataset(
        name=folder.resolve().name,
        interactions=canonical(saves),
        users=tuple(str(row) for row in range(saves.shape[0])),
        items=tuple(str(row) for row in range(n_items)),
        content=_counts(bags, n_items) if bags.exists() else None,
        topics=_tags(folder, n_items),
    )


def _lists(path: Path) -> sparse.csr_matrix:
    """Lines of a count and that many numbers, as ones in a CSR matrix with a row for each line."""
    indptr, numbers = [0], list[int]()
    for line, cells in enumerate(_cells(path), 1):
        try:
            count, *found = map(int, cells)
        except ValueError:
            count, found = -1, []
        if count != len(found) or min(found, default=0) < 0:
            raise UserError(f"{path}: line {line} is not a count and as many numbers; fetch the file anew")
        numbers += found
        indptr.append(len(numbers))
    width = max(numbers, default=-1) + 1
    ones = np.ones(len(numbers), dtype=np.float32)
    return sparse.csr_matrix((ones, np.array(numbers, dtype=np.int32), indptr), (len(indptr) - 1, width))


def _counts(path: Path, n_items: int) -> sparse.csr_matrix:
    """Lines of a count and that many `word:times`, as float32 CSR (n_items, n_words)."""
    indptr, pairs = [0], list[str]()
    for line, (_, *found) in enumerate(_cells(path), 1):
        if not all(":" in pair for pair in found):
            raise UserError(f"{path}: line {line} is not a count and `word:times`; fetch the file anew")
        pairs += found
        indptr.append(len(pairs))
    try:
        numbers = np.array(":".join(pairs).split(":"), dtype=np.int64).reshape(-1, 2)
    except ValueError:
        raise UserError(f"{path}: a `word:times` is not two whole numbers; fetch the file anew") from None
    shape = (len(indptr) - 1, int(numbers[:, 0].max(initial=-1)) + 1)
    counts = sparse.csr_matrix((numbers[:, 1].astype(np.float32), numbers[:, 0], indptr), shape=shape)
    counts.resize((n_items, shape[1]))
    counts.sum_duplicates()
    return counts


def _tags(folder: Path, n_items: int) -> Groups | None:
    if not (folder / "tags.dat").exists():
        return None
    names = tuple((folder / "tags.dat").read_text(errors="replace").split("\n"))
    if (folder / "item-tag.dat").exists():
        of_items = _lists(folder / "item-tag.dat")
    elif (folder / "tag-item.dat").exists():
        of_items = _lists(folder / "tag-item.dat").T.tocsr()
    else:
        return None
    of_items = canonical(of_items)
    of_items.data[:] = 1
    of_items.resize((n_items, len(names)))
    return Groups(names, of_items)


def _cells(path: Path) -> list[list[str]]:
    try:
        text = path.read_text(errors="replace")
    except OSError as error:
        raise UserError(f"--data: {path}: {error.strerror}; give the folder that holds it") from None
    return [line.split() for line in text.splitlines() if line.strip()]
