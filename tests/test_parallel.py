"""Work on all cores."""

from __future__ import annotations

import threading
import time

import pytest
from threadpoolctl import threadpool_info

from recsys import parallel
from recsys.parallel import in_order


@pytest.fixture(autouse=True)
def four_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "cpu_count", lambda: 4)


@pytest.mark.parametrize("n", [0, 1, 2, 30])
def test_results_come_in_the_order_of_the_pieces(n: int) -> None:
    def work(piece: int) -> int:
        time.sleep(0.002 * (piece % 3))
        return piece**2

    assert list(in_order(work, range(n))) == [piece**2 for piece in range(n)]


def test_pieces_are_worked_on_at_once() -> None:
    together = threading.Barrier(4, timeout=10)  # opens only when four threads wait at it
    list(in_order(lambda _: together.wait(), range(8)))


def test_few_results_are_ahead_of_the_reader() -> None:
    begun: list[int] = []
    results = in_order(begun.append, range(100))
    next(results)
    time.sleep(0.05)
    assert len(begun) <= 5


def test_blas_has_one_thread_meanwhile() -> None:
    def threads(_: int) -> set[int]:
        return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}

    assert all(found == {1} for found in in_order(threads, range(3)))


def test_an_error_reaches_the_caller() -> None:
    with pytest.raises(ZeroDivisionError):
        list(in_order(lambda piece: 1 // piece, [1, 0, 2]))
