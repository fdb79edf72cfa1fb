"""The most memory that a part of the process took, on Linux; elsewhere, of the process so far."""

from __future__ import annotations

import re
import resource
from contextlib import suppress
from pathlib import Path

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")


def reset_peak() -> None:
    """Forget the peak so far, where the system can (man 5 proc: 5 resets the peak resident set size)."""
    with suppress(OSError):
        _CLEAR.write_text("5")


def peak_mib() -> float:
    """The peak resident set size in MiB since the last reset."""
    with suppress(OSError):
        if found := _PEAK.search(_STATUS.read_text()):
            return int(found.group(1)) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
