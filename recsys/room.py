"""Arrays of files in mapped memory, with room for more rows behind them.

What the file holds stays in the page cache, shared by all processes that map it; only rows that are added
take memory of this process. Without the room, one more row would cost a copy of all.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import threading
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_ROWS = 20_000  # for which there is room; addresses only, until they are used
_ENTRIES = 200  # of a sparse row: as much of a flat array counts as a row

_libc = ctypes.CDLL(None, use_errno=True)
_libc.mmap.restype = ctypes.c_void_p
_libc.mmap.argtypes = (
    ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long,
)  # fmt: skip


class _Room(mmap.mmap):
    """Memory that begins with a file's pages. `end`: the byte after the last that is in use."""

    end: int
    lock: threading.Lock


def mapped(path: Path) -> NDArray[Any]:
    """The array of a `.npy` file, as a plain one in mapped memory that can't be written to.

    Raises:
        OSError: the file can't be mapped.
        ValueError: it is no such file, or holds Python objects.
    """
    found = np.load(path, mmap_mode="r", allow_pickle=False)
    if not found.flags.c_contiguous or found.ndim == 0:
        return np.asarray(found)
    start, size = int(found.offset), found.nbytes
    row = found.itemsize * max(_ENTRIES if found.ndim == 1 else 1, found[:1].size)
    room = _Room(-1, _whole_pages(start + size + _ROWS * row), mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    room.end, room.lock = start + size, threading.Lock()
    with path.open("rb") as file:
        _map_over(room, file.fileno(), os.fstat(file.fileno()).st_size)
    return _view(room, start, found.dtype, found.shape)


def with_rows(array: NDArray[Any], more: NDArray[Any]) -> NDArray[Any]:
    """The array (n, ...) with further rows, in its own dtype: behind it where there is room, else in a copy.

    No array that there was before changes: rows that another has taken already are left to it.
    """
    rows = np.ascontiguousarray(more, dtype=array.dtype)
    room = _room_of(array)
    if room is None:
        return np.concatenate([array, rows])
    begin = _address(array) - _address(np.frombuffer(room, np.uint8))
    end = begin + array.nbytes
    with room.lock:
        if room.end != end or len(room) < end + rows.nbytes:
            return np.concatenate([array, rows])
        np.frombuffer(room, array.dtype, rows.size, end)[:] = rows.ravel()
        room.end += rows.nbytes
    return _view(room, begin, array.dtype, (len(array) + len(rows), *array.shape[1:]))


def _view(room: _Room, start: int, dtype: np.dtype[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    size = int(np.prod(shape, dtype=np.int64))
    view: NDArray[Any] = np.frombuffer(room, dtype, size, start).reshape(shape)
    view.flags.writeable = False
    return view


def _room_of(array: NDArray[Any]) -> _Room | None:
    base: Any = array
    while isinstance(base, np.ndarray):
        base = base.base
    owner = base.obj if isinstance(base, memoryview) else base
    return owner if isinstance(owner, _Room) and array.flags.c_contiguous else None


def _address(array: NDArray[Any]) -> int:
    return int(array.__array_interface__["data"][0])


def _whole_pages(size: int) -> int:
    return -(-size // mmap.PAGESIZE) * mmap.PAGESIZE


def _map_over(room: _Room, file: int, size: int) -> None:
    """Put the pages of a file, copied where they are written to, in place of the room's first."""
    address = _address(np.frombuffer(room, np.uint8))
    protection, flags = mmap.PROT_READ | mmap.PROT_WRITE, mmap.MAP_PRIVATE | _MAP_FIXED
    if _libc.mmap(address, size, protection, flags, file, 0) != address:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


_MAP_FIXED = 0x10  # in Linux and macOS alike; the module mmap doesn't name it
