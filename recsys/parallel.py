"""Work on all cores: NumPy, SciPy and LAPACK let other threads run while they compute."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from joblib import cpu_count
from threadpoolctl import threadpool_limits

Piece = TypeVar("Piece")
Result = TypeVar("Result")


def in_order(work: Callable[[Piece], Result], pieces: Iterable[Piece]) -> Iterator[Result]:
    """`work` of each piece, in the order of the pieces, by as many threads as this process has cores.

    Only a few results are computed ahead of the one that is wanted, so that memory holds few. BLAS has one
    thread meanwhile: threads that wait for one another would be slower, and the sums are the same on any
    number of cores. A single piece is left to the threads of BLAS.
    """
    queue = list(pieces)
    if len(queue) <= 1:
        yield from map(work, queue)
        return
    n_threads = cpu_count()
    ahead: deque[Future[Result]] = deque()
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(n_threads) as pool:
        for piece in queue:
            ahead.append(pool.submit(work, piece))
            if len(ahead) > n_threads:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
