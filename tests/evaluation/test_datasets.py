"""Datasets come out of their files as matrices, and malformed files say what to mend."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from evaluation.own_data import write_own

from recsys.errors import UserError
from training.evaluation.data import LOADERS

SHARED = Path(__file__).parents[3] / "shared" / "data"


def real(name: str) -> Path:
    for folder in (SHARED / name, Path("/work/shared/data") / name):
        if folder.exists():
            return folder
    pytest.skip(f"{SHARED / name} is not there: the loader of {name} was NOT tested on the real files")


def citeulike(folder: Path, **files: str) -> Path:
    folder.mkdir()
    for name, text in {"users": "2 0 3\n0\n1 1\n", **files}.items():
        (folder / f"{name.replace('_', '-')}.dat").write_text(text)
    return folder


def test_citeulike_with_words_and_tags(tmp_path: Path) -> None:
    files = {
        "mult": "2 0:1 4:2\n0\n1 1:3\n1 0:1\n1 2:1\n",
        "tag_item": "2 0 4\n1 3\n",
        "tags": "graphs\ngenes\n",
    }
    data = LOADERS["citeulike-t"](citeulike(tmp_path / "citeulike-t", **files))
    assert data.interactions.toarray().tolist() == [[1, 0, 0, 1, 0], [0] * 5, [0, 1, 0, 0, 0]]
    assert data.content.toarray()[0].tolist() == [1, 0, 0, 0, 2]
    assert data.topics.members[:, 0].toarray().ravel().tolist() == [1, 0, 0, 0, 1]
    assert data.users == ("0", "1", "2")


def test_citeulike_without_words_knows_items_from_its_tags(tmp_path: Path) -> None:
    data = LOADERS["citeulike-a"](citeulike(tmp_path / "citeulike-a", item_tag="0\n" * 9, tags="x\n"))
    assert data.content is None
    assert data.interactions.shape == (3, 9)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"users": "3 1\n"}, "users.dat: line 1"),
        ({"users": "1 x\n"}, "users.dat: line 1"),
        ({"mult": "1 5\n"}, "mult.dat: line 1"),
        ({"mult": "1 a:b\n"}, "mult.dat"),
    ],
)
def test_malformed_citeulike(tmp_path: Path, files: dict[str, str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        LOADERS["citeulike-t"](citeulike(tmp_path / "citeulike-t", **files))


def test_movielens(tmp_path: Path) -> None:
    (tmp_path / "u.genre").write_text("Drama|0\nWar|1\n")
    films = ["7|Crumb (1994)|01-Jan-1994||url|1|0", "9|Ran (1985)|||url|1|1"]
    (tmp_path / "u.item").write_text("\n".join(films), encoding="latin-1")
    (tmp_path / "u.data").write_text("3\t9\t5\t100\n3\t7\t1\t90\n1\t7\t3\t80\n2\t7\t4\t70\n")
    data = LOADERS["movielens-100k"](tmp_path)
    assert data.users == ("2", "3")  # a rating of 3 says neither
    np.testing.assert_allclose(data.interactions.toarray(), [[1, 0], [-0.7, 1]])
    assert data.times.tolist() == [70, 90, 100]
    assert data.content == ["Crumb (1994) Drama", "Ran (1985) Drama War"]
    assert data.years[0] == 1994
    assert np.isnan(data.years[1])


def test_own(tmp_path: Path) -> None:
    world = write_own(tmp_path)
    data = LOADERS["own"](tmp_path)
    assert data.interactions.shape == world.interactions.shape
    assert data.interactions.nnz == world.interactions.nnz
    assert (data.interactions.data < 0).any()
    assert len(data.times) == data.interactions.nnz
    assert data.topics.names == tuple(sorted({f"theme-{theme}" for theme in world.themes}))
    assert len(data.content) == len(data.items) == 70


def test_own_with_refused_events_says_how_many(tmp_path: Path) -> None:
    write_own(tmp_path)
    with (tmp_path / "events.jsonl").open("a") as events:
        events.write('{"id": "bad", "user": "u1", "kind": "dance", "item": "p1"}\n')
    assert any("1 of events.jsonl" in note for note in LOADERS["own"](tmp_path).notes)


@pytest.mark.parametrize("missing", ["papers.jsonl", "events.jsonl"])
def test_own_with_a_file_missing(tmp_path: Path, missing: str) -> None:
    write_own(tmp_path)
    (tmp_path / missing).unlink()
    with pytest.raises(UserError, match=missing.split(".")[0]):
        LOADERS["own"](tmp_path)


@pytest.mark.parametrize(
    ("name", "users", "items", "likes"),
    [
        ("citeulike-a", 5_551, 16_980, 204_986),
        ("citeulike-t", 7_947, 25_975, 134_860),
        ("movielens-100k", 943, 1_682, 55_375),
    ],
)
def test_real_files(name: str, users: int, items: int, likes: int) -> None:
    data = LOADERS[name](real(name))
    assert data.interactions.shape == (users, items)
    assert (data.interactions.data > 0).sum() == likes
    assert (data.content is None) == (name == "citeulike-a")
