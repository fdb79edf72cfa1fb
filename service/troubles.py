"""The last requests that went wrong: enough to know where to look, and nothing that a reader sent.

Addresses can hold secrets (feeds, links to sign in), so the route's template stands for them; details can
quote what was sent, so only the kind of problem is kept.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from recsys.events import now_ms

_KEPT = 50  # of the service's own faults, and as many of its callers': one can't crowd out the other


@dataclass(frozen=True, slots=True)
class Trouble:
    """One request: `time` in ms since the epoch, `kind` is that of the problem, or an exception's name."""

    time: int
    method: str
    route: str
    status: int
    kind: str


class Troubles:
    """Of one process, the last ones only."""

    def __init__(self) -> None:
        self._ours: deque[Trouble] = deque(maxlen=_KEPT)
        self._theirs: deque[Trouble] = deque(maxlen=_KEPT)

    def note(self, method: str, route: str, status: int, kind: str) -> None:
        """Keep one, if it is one."""
        if status >= 400:
            kept = self._ours if status >= 500 else self._theirs
            kept.append(Trouble(now_ms(), method, route, status, kind))

    def last(self) -> list[Trouble]:
        """Those that are kept, the newest first."""
        return sorted([*self._ours, *self._theirs], key=lambda trouble: -trouble.time)
