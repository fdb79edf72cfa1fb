"""Asking the subscribed feeds while `recsys up` runs.

A process of its own does it: what the feeds send isn't ours.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping

from recsys.events import now_ms
from recsys.home import Home
from recsys.store import StoreError
from service import children

EVERY_S = 10  # between two looks at what is due


class SourcePolling:
    """Runs `recsys sources poll` whenever a feed is due.

    Args:
        home: the installation's; what came of it is in `logs/sources.log`.
        database_url: the record, if not the home's own.
        environment: of the process.
    """

    def __init__(self, home: Home, database_url: str | None, environment: Mapping[str, str]) -> None:
        self._home = home
        self._database_url = database_url
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None

    def look(self) -> None:
        """Ask what is due, and wait until that has been done."""
        try:
            with self._home.open_store(self._database_url) as store:
                due = store.sources.due(now_ms())
        except StoreError:  # the service says so to everyone who asks
            return
        if due:
            command = [sys.executable, "-m", "recsys", "sources", "poll"]
            self._process = children.start(command, self._environment, self._home.logs / "sources.log")
            self._process.wait()

    def stop(self) -> None:
        """End what runs."""
        if self._process is not None:
            children.stop(self._process)
