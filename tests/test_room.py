"""Arrays with room behind them."""

from __future__ import annotations

import gc
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from recsys import room
from recsys.room import mapped, with_rows


@pytest.fixture(params=["wide", "flat", "empty", "strings", "column-major", "one page"])
def array(request: pytest.FixtureRequest) -> np.ndarray:
    rng = np.random.default_rng(0)
    return {
        "wide": rng.random((300, 7), dtype=np.float32),
        "flat": rng.integers(0, 99, 1_000).astype(np.int32),
        "empty": np.zeros((0, 3), dtype=np.float32),
        "strings": np.array(["a", "word", "ü"]),
        "column-major": np.asfortranarray(rng.random((5, 4))),
        "one page": np.arange(4096 // 8 - 16, dtype=np.int64),  # with its header, just a page
    }[request.param]


@pytest.fixture
def file(array: np.ndarray, tmp_path: Path) -> Path:
    path = tmp_path / "array.npy"
    np.save(path, array)
    return path


def some_rows(array: np.ndarray, n: int) -> np.ndarray:
    return np.resize(array, (n, *array.shape[1:])) if array.size else np.ones((n, 3), array.dtype)


def test_a_mapped_array_is_the_file_s_and_stays_so(array: np.ndarray, file: Path) -> None:
    before = file.read_bytes()
    found = mapped(file)
    assert type(found) is np.ndarray
    assert_array_equal(found, array)
    with pytest.raises(ValueError, match="read-only"):
        found[:] = found
    more = some_rows(array, 5)
    grown = with_rows(found, more)
    assert_array_equal(grown, np.concatenate([array, more]))
    assert_array_equal(found, array)
    assert file.read_bytes() == before
    assert_array_equal(mapped(file), array)  # another process maps it so too


def test_rows_are_put_behind_without_a_copy(array: np.ndarray, file: Path) -> None:
    found = mapped(file)
    grown = with_rows(with_rows(found, some_rows(array, 3)), some_rows(array, 4))
    assert_array_equal(grown, np.concatenate([array, some_rows(array, 3), some_rows(array, 4)]))
    assert np.shares_memory(grown, found) == (array.flags.c_contiguous and array.size > 0)


def test_two_that_grow_from_the_same_array_do_not_share_rows(array: np.ndarray, file: Path) -> None:
    found = mapped(file)
    one = with_rows(found, some_rows(array, 2))
    other = with_rows(found, some_rows(array, 6)[::-1])
    assert_array_equal(one, np.concatenate([array, some_rows(array, 2)]))
    assert_array_equal(other, np.concatenate([array, some_rows(array, 6)[::-1]]))


def test_without_room_there_is_a_copy(array: np.ndarray, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_ROWS", 0)
    found = mapped(file)
    more = some_rows(array, 2_000)
    assert_array_equal(with_rows(found, more), np.concatenate([array, more]))
    assert_array_equal(with_rows(np.array(array), more), np.concatenate([array, more]))
    assert_array_equal(with_rows(found[:0], more), more)


def test_memory_lasts_as_long_as_an_array_of_it(array: np.ndarray, file: Path) -> None:
    grown = with_rows(mapped(file), some_rows(array, 3))
    file.unlink()
    gc.collect()
    assert_array_equal(grown[: len(array)], array)


def test_what_is_no_array_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.npy").write_bytes(b"not an array")
    with pytest.raises(ValueError, match="pickle"):
        mapped(tmp_path / "x.npy")
    with pytest.raises(FileNotFoundError):
        mapped(tmp_path / "y.npy")
